"""Words of the history about lists: views that everybody sees, files that somebody took."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from webapp.web.label import Label

EVENT: Mapping[str, Label] = {
    "table.export": Label(_("List taken as a file"), "azure"),
    "saved_view.create": Label(_("View shared with everybody"), "green"),
    "saved_view.update": Label(_("Shared view changed"), "azure"),
    "saved_view.delete": Label(_("Shared view deleted"), "secondary"),
}
OBJECT: Mapping[str, Label] = {
    "table": Label(_("List"), icon="download"),
    "saved_view": Label(_("View of a list"), icon="eye"),
}
FACT: Mapping[str, Label] = {
    "table": Label(_("List")),
    "columns": Label(_("Columns")),
    "rows": Label(_("Rows")),
    "shared": Label(_("Everybody sees it")),
}
