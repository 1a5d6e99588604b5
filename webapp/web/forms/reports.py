"""Forms of reports and receipts: who is told of each month, the provider's CNPJ, a file to check."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.web.forms.base import PageForm, longest, strip


class SummaryForm(PageForm):
    """The channels that are told of each month."""

    channels = SelectMultipleField(
        _("Channels"), coerce=int, choices=[], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )


class CnpjForm(PageForm):
    """The provider's CNPJ."""

    cnpj = StringField(_("CNPJ of the provider"), [longest(18)], filters=[strip])


class ReceiptFileForm(PageForm):
    """A receipt that somebody shows."""

    file = FileField(_("File"), description=_("The PDF, the ZIP or the JSON of a receipt, up to 20 MB."))
