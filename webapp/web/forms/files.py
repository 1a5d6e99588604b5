"""Forms of spreadsheets: a new list, an upload, which column is what."""

from collections.abc import Mapping
from typing import Any, cast

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.services.source_files import FIELDS, FileHeader
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.labels import label

COLUMN = "column-"
PACKAGES = "packages"


class ListForm(PageForm):
    """A new list of customers, to which files are uploaded."""

    description = StringField(
        _("Description"), description=_("For example the system or the branch from which the files come."),
        validators=[InputRequired(REQUIRED), longest(200)], filters=[strip],
    )  # fmt: skip


class UploadForm(PageForm):
    """One file."""

    file = FileField(_("File"), description=_("CSV or XLSX, up to 50 MB and 500,000 rows. You can also drop it here."))


class ColumnsForm(PageForm):
    """A choice for every column of a file, in the order of the file."""

    sure = BooleanField(_("I looked at the marked columns, and they are right."))
    names: tuple[str, ...] = ()

    def find_field(self, path: str) -> Field | None:
        """Return the choice of a column by its name in the file."""
        if path in self.names:
            return self[f"{COLUMN}{self.names.index(path)}"]
        return super().find_field(path)

    def chosen(self) -> dict[str, str]:
        """Return our column -> the file's. Only packages may stand in several; see ``find_repeated``."""
        found: dict[str, str] = {}
        for number, name in enumerate(self.names):
            field = self[f"{COLUMN}{number}"].data
            if field == PACKAGES:
                found[_next_key(found)] = name
            elif field:
                found.setdefault(field, name)
        return found

    def find_repeated(self) -> list[str]:
        """Return the columns whose choice an earlier column made already."""
        chosen = self.chosen()
        return [
            name
            for number, name in enumerate(self.names)
            if (field := self[f"{COLUMN}{number}"].data) not in ("", PACKAGES) and chosen.get(field) != name
        ]


def columns_form(header: FileHeader) -> ColumnsForm:
    """Return the form for a file, with what is chosen, remembered or suggested filled in."""
    choices = [("", _("Leave out")), *((name, label("file_field", name).text) for name in FIELDS)]
    known = {column: key.partition(".")[0] for key, column in header.columns.items()}
    fields: dict[str, Any] = {
        f"{COLUMN}{number}": SelectField(name, choices=choices, default=known.get(name, ""))
        for number, name in enumerate(header.facts.header)
    }
    kind = type("ColumnsFormOfFile", (ColumnsForm,), {**fields, "names": header.facts.header})
    return cast("ColumnsForm", kind())


def _next_key(found: Mapping[str, str]) -> str:
    count = sum(key.partition(".")[0] == PACKAGES for key in found)
    return PACKAGES if not count else f"{PACKAGES}.{count + 1}"
