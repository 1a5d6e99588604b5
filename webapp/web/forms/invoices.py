"""Forms of platforms' invoices: a file, which column is what, products that nobody knew."""

from collections.abc import Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import Field, SelectField
from wtforms.validators import InputRequired

from webapp.models import Integration
from webapp.services.invoices.columns import FIELDS
from webapp.services.invoices.uploading import Header
from webapp.web.forms.base import REQUIRED, PageForm, what_was_sent
from webapp.web.labels import label

COLUMN = "column-"


class UploadForm(PageForm):
    """One invoice."""

    integration_id = SelectField(_("Platform"), validators=[InputRequired(REQUIRED)])
    month = SelectField(
        _("Month"),
        description=_("Choose the month whose seats the platform bills."),
        validators=[InputRequired(REQUIRED)],
    )
    file = FileField(_("File"), description=_("CSV, XLSX or a PDF with text, up to 20 MB. You can also drop it here."))


class ColumnsForm(PageForm):
    """A choice for every column of a file, in the order of the file."""

    names: tuple[str, ...] = ()

    def find_field(self, path: str) -> Field | None:
        """Return the choice of a column by its name in the file."""
        if path in self.names:
            return self[f"{COLUMN}{self.names.index(path)}"]
        return super().find_field(path)

    def chosen(self) -> dict[str, str]:
        """Return field -> column of the file; see ``find_repeated``."""
        found: dict[str, str] = {}
        for number, name in enumerate(self.names):
            field = self[f"{COLUMN}{number}"].data
            if field:
                found.setdefault(field, name)
        return found

    def find_repeated(self) -> list[str]:
        """Return the columns whose choice an earlier column made already."""
        chosen = self.chosen()
        fields = [(name, self[f"{COLUMN}{number}"].data) for number, name in enumerate(self.names)]
        return [name for name, field in fields if field and chosen.get(field) != name]


def upload_form(integrations: Sequence[Integration], months: Sequence[tuple[str, str]]) -> UploadForm:
    """Return the form for these platforms and months, each with its name."""
    form = UploadForm()
    form.month.choices = [("", _("Choose one")), *months]
    form.integration_id.choices = [("", _("Choose one")), *((str(one.id), one.description) for one in integrations)]
    return form


def columns_form(header: Header) -> ColumnsForm:
    """Return the form for a file, with what is chosen, remembered or suggested filled in."""
    choices = [("", _("Leave out")), *((name, label("invoice_field", name).text) for name in FIELDS)]
    # What was sent counts as it is: a choice that it lacks is none, whatever was remembered.
    known = {column: field for field, column in header.mapping.items()} if what_was_sent() is None else {}
    fields: dict[str, Any] = {
        f"{COLUMN}{number}": SelectField(name, choices=choices, default=known.get(name, ""))
        for number, name in enumerate(header.columns)
    }
    kind = type("ColumnsFormOfInvoice", (ColumnsForm,), {**fields, "names": header.columns})
    return cast("ColumnsForm", kind())
