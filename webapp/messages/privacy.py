"""Messages about personal data: erasing, coming back, for how long things are kept."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "erasure_exists": Entry(
        _("The erasure of this person was asked for already, or is done."),
        _("See how far it is on the page of the person's data."),
    ),
    "erasure_unknown": Entry(_("There is no erasure with the number {id}.")),
    "erasure_over": Entry(
        _("This erasure is not in the state for that any more: it is done, or was taken back."),
        _("Open the list of erasures and look at it again."),
    ),
    "erasure_under_way": Entry(
        _("A call to a platform is still under way for this person."), _("Wait a minute and try again.")
    ),
    "erasure_services_live": Entry(
        _("{count} of the person's services have not ended: {services}."),
        _("End the contract first, or mark each of these services to be cancelled together with the erasure."),
    ),
    "erasure_code_wrong": Entry(
        _("This is not the code of the customer."), _("Type {code}, so that nobody else is erased by mistake.")
    ),
    "reason_missing": Entry(_("The reason is missing."), _("Write why; it stays in the history.")),
    "erased_person": Entry(
        _("This person asked to be erased, and was (erasure {erasure}). Nothing of them is taken in by itself."),
        _("Is it a new contract? An administrator admits the person again under Privacy > Erasures, with the reason."),
    ),
    "erased_person_back": Entry(
        _("The source brought {count} people who were erased here. Nothing of them was kept."),
        _("Have them erased in the source too. Is it a new contract? Admit the person under Privacy > Erasures."),
    ),
    "customer_erased": Entry(
        _("This customer was erased; what is left names nobody and stays as it is."),
        _("Register a new contract as a new customer."),
    ),
    "retention_out_of_range": Entry(_("{days} days cannot be chosen here."), _("Choose from {least} to {most} days.")),
    "erasure_file_unwritable": Entry(
        _("The file that remembers erasures cannot be written, so nothing was changed."),
        _("Make room on the disk of the instance folder, or give it back its rights, and try again."),
    ),
    "erasure_waits": Entry(
        _(
            "The erasure of a person waits for somebody: an account on a platform is in doubt, refused, or its"
            " integration is paused or inactive."
        ),
        _("Open Privacy > Erasures: the page of the erasure says which account it is and what can be done."),
    ),
}
