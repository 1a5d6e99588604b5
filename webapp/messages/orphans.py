"""Messages of accounts that a platform shows and that nobody here made."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

GUESSES: dict[str, Entry] = {
    "orphan_guess_reference": Entry(_("It carries the reference of an account of ours.")),
    "orphan_guess_document": Entry(_("The document there is the customer's.")),
    "orphan_guess_email": Entry(_("The log-in there is the customer's e-mail.")),
    "orphan_guess_service_login": Entry(_("The log-in there is that of the service.")),
    "orphan_guess_phone": Entry(_("The log-in there is the customer's phone number.")),
    "orphan_guess_customer_code": Entry(_("The log-in there is the customer's code.")),
    "orphan_guess_local_part": Entry(_("What stands before the @ of the log-in is a code or a log-in here.")),
    "orphan_guess_several": Entry(
        _("Several services fit equally well, so none is proposed."), _("Choose one of them after looking.")
    ),
}
DECISIONS: dict[str, Entry] = {
    "orphan_unknown": Entry(_("There is no orphan account {id} any more."), _("Go back to the list.")),
    "orphan_none_chosen": Entry(_("No account was chosen."), _("Tick at least one of the list.")),
    "orphans_too_many": Entry(_("These are too many accounts at once."), _("Choose up to {most}, then the next ones.")),
    "orphan_changed": Entry(
        _("What was decided does not fit the account {login} any more."),
        _("Somebody was quicker, or the platform shows something else. Look at the list again; nothing was changed."),
    ),
    "orphans_look_again": Entry(
        _("Since the page was shown, what would be done has changed."),
        _("Nothing was done. Look at what it is now and confirm again."),
    ),
    "orphan_busy": Entry(
        _("The account {login} is being ended at this very moment."), _("Wait some seconds and look again.")
    ),
    "orphan_reason_missing": Entry(_("The reason is missing."), _("Write why; it stays in the history.")),
    "orphan_second_operator": Entry(
        _("You asked for the end of the account {login}, so another person must approve it."),
        _("Ask another administrator, or take the wish back."),
    ),
    "orphan_cancel_unsupported": Entry(
        _("The gateway of {integration} has no call that ends an account."),
        _("End it in the platform's own panel; the next reading closes the line here."),
    ),
}
ADOPTION: dict[str, Entry] = {
    "orphan_nobody": Entry(
        _("Nobody is known whose account {login} is."), _("Search the customer and choose one of the services.")
    ),
    "orphan_document_differs": Entry(
        _("The document there is not that of {name}."),
        _("It is somebody else's account. Correct the document of the customer, or there, if one of them is wrong."),
    ),
    "orphan_is_ours": Entry(
        _("The account {login} belongs to one of our services by now."),
        _("Nothing is to be done; the next reading closes this line."),
    ),
    "orphan_account_live": Entry(
        _("Service {service} has another account there already: {login}."),
        _("One service has one account. End one of the two, or choose another service."),
    ),
    "orphan_login_taken": Entry(
        _("Another service uses the log-in {login} on this platform."), _("Choose that service, or end this account.")
    ),
    "orphan_not_sold": Entry(
        _("Service {service} has no package of this platform, so adopting would end the account."),
        _("Sell the package first, then adopt; or end the account."),
    ),
    "orphan_nothing_due": Entry(
        _("By status and dates of service {service}, nothing shall be on this platform today."),
        _("Adopting would end the account. Enable the service first; or end the account here, with a reason."),
    ),
    "orphan_product_unknown": Entry(
        _("The platform does not say which product the account {login} has."),
        _("Look it up in the platform's own panel and settle it there."),
    ),
    "orphan_product_not_sold": Entry(
        _("None of its products ({products}) is sold on this service, or it has them there already."),
        _("Sell the package with the product first, or choose another service."),
    ),
}
ENDING: dict[str, Entry] = {
    "orphan_waits_reading": Entry(
        _("This platform cannot be asked about one account, and its latest whole reading did not show this one."),
        _("It waits for the next whole reading; nothing is sent before."),
    ),
    "orphan_still_there": Entry(
        _("The platform accepted the end of the account {login} and still shows it."),
        _("Look at it in the platform's panel. Take the wish back and repeat it, or settle it there."),
    ),
    "orphan_another_there": Entry(
        _("With the log-in {login} the platform now shows another account than the one that was decided on."),
        _("Nothing was ended. Take the wish back; the next reading shows what is there."),
    ),
}
ALERTS: dict[str, Entry] = {
    "orphans_found": Entry(
        _("The platform shows accounts that belong to nobody here: {count}, of which {new} are new."),
        _("They may cost money every month. Adopt, ignore or end them under Orphan accounts; nothing ends by itself."),
    ),
}
ENTRIES: dict[str, Entry] = {**GUESSES, **DECISIONS, **ADOPTION, **ENDING, **ALERTS}
