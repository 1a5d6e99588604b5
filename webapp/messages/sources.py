"""Messages about sources and what their words mean here."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_MAP = _("Open the mapping of the source and say what it means here; the next reading acts on it.")
_MEND = _("Mend it in the source; what is here stays until then.")

ENTRIES: dict[str, Entry] = {
    "source_not_found": Entry(_("There is no such source."), _("Open the list of sources and choose one.")),
    "source_kind_unknown": Entry(
        _("There is no kind of source called “{value}”."), _("Choose one of: {allowed}. Did you mean {meant}?")
    ),
    "source_kind_gone": Entry(
        _("This version of the hub has no sources of the kind “{kind}”, so nothing is read."),
        _("Install the version that had it, or inactivate the source. Nothing here was changed or forgotten."),
    ),
    "source_description_taken": Entry(
        _("The source {id} is called “{description}” already."),
        _("Open that one, or write a description by which both can be told apart."),
    ),
    "source_kind_frozen": Entry(
        _("Customers came from this source, so it stays of the kind “{kind}”."), _("Make a new source for another ERP.")
    ),
    "source_prefix_frozen": Entry(
        _("The codes of the customers of this source begin with “{prefix}” already, so the prefix stays."),
        _("With another one the hub would take everybody for somebody new."),
    ),
    "source_no_changes": Entry(
        _("{source} cannot say what changed lately."), _("Leave the field empty; whole readings find every change.")
    ),
    "source_secret_again": Entry(
        _("The address is another one now, and secrets of one server are never sent to another."),
        _("Type {label} for the new address."),
    ),
    "source_status_unknown": Entry(_("The status “{label}” has no meaning here yet, so the status stays."), _MAP),
    "source_status_missing": Entry(
        _("The source does not say the status of this service, so it stays as it is; a new service is not made."),
        _("Look at the service in the source. If all lack it, the answers of the source changed: press Test."),
    ),
    "source_plan_unmapped": Entry(
        _("The plan “{label}” has no meaning here yet, so the plan stays; a new service is not made."), _MAP
    ),
    "source_package_unmapped": Entry(
        _("The package “{label}” has no meaning here yet; it is neither sold nor removed."), _MAP
    ),
    "source_email_placeholder": Entry(
        _("“{value}” stands for “has no e-mail”, so it was left out."),
        _("Platforms that sign in by e-mail need a real one: ask the customer."),
    ),
    "source_value_odd": Entry(_("{value} is no amount that can be charged, so it was left out."), _MEND),
    "source_dates_crossed": Entry(_("The package “{label}” ends before it begins; its first day was left out."), _MEND),
    "source_code_long": Entry(
        _("The code of this record is longer than {maximum} characters."),
        _("Shorten the prefix of the source, or the code in the source."),
    ),
    "source_target_unknown": Entry(
        _("There is no such status, plan or package any more."), _("Reload the page and choose another.")
    ),
    "source_plan_name_unknown": Entry(
        _("No plan is called “{value}”."), _("Choose one of the list, or leave the field empty to decide later.")
    ),
}
