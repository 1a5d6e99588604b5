"""Messages of lists: columns, kept views, files."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "table_columns_none": Entry(_("No column is chosen."), _("Tick at least one column of the list.")),
    "table_size_unknown": Entry(
        _("A page of the list cannot have that many rows."), _("Choose one of the numbers that are offered.")
    ),
    "table_export_too_many": Entry(
        _("There are more rows than such a file can hold: at most {most}."),
        _("Narrow the list with a filter, or take it as CSV."),
    ),
    "saved_view_unknown": Entry(
        _("There is no view with the number {id}, or it is not yours to see."),
        _("Go back to the list; its owner may have deleted it or kept it to himself."),
    ),
    "saved_view_foreign": Entry(
        _("This view belongs to {owner}."), _("Save the list under a name of your own, or ask an administrator.")
    ),
    "saved_view_for_oneself": Entry(
        _("Whoever only looks keeps views for the own use."),
        _("Save it without showing it to everybody, or ask a colleague who may change things to share it."),
    ),
    "saved_view_unnamed": Entry(_("The view has no name."), _("Give it one that says what it shows.")),
    "saved_view_long": Entry(_("The name is longer than {most} characters."), _("Shorten it.")),
    "saved_view_taken": Entry(
        _("You have a view called “{name}” of this list already."), _("Choose another name, or change that view.")
    ),
    "saved_view_too_many": Entry(
        _("You have {most} views of this list already."), _("Delete those that you do not use any more.")
    ),
}
