"""Forms of reports and receipts: who is told of each month, the provider's CNPJ, a file to check."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.labels_reports import AREA


class SummaryForm(PageForm):
    """The channels that are told of each month."""

    channels = SelectMultipleField(
        _("Channels"), coerce=int, choices=[], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )


class CnpjForm(PageForm):
    """The provider's CNPJ."""

    cnpj = StringField(_("CNPJ of the provider"), [longest(18)], filters=[strip])


class CityForm(PageForm):
    """What is said of one city."""

    compares = False
    city = SelectField(_("City"), [InputRequired(REQUIRED)])
    ibge = StringField(
        _("IBGE code"), [longest(20)], filters=[strip], description=_("Seven digits, from the IBGE's list.")
    )
    area = SelectField(_("Urban or rural"), choices=[(key, one.text) for key, one in AREA.items()])


class CitiesFileForm(PageForm):
    """A file with many cities."""

    file = FileField(_("File"), description=_("CSV or XLSX with the columns cidade, ibge and area, up to 6,000 rows."))


class ReceiptFileForm(PageForm):
    """A receipt that somebody shows."""

    file = FileField(_("File"), description=_("The PDF, the ZIP or the JSON of a receipt, up to 20 MB."))
