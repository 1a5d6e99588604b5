"""Forms of packages sold on a service."""

from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Optional

from webapp.web.forms.base import REQUIRED, DayField, MoneyField, PageForm, ParamRow, longest, strip


class SaleForm(PageForm):
    """Sell a package, or change what was sold; the gateway's params are added to it."""

    version = HiddenField()
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED)], render_kw={"inputmode": "decimal"})
    description = StringField(_("Description"), [longest(200)], filters=[strip])
    starts_on = DayField(_("First day"), [Optional()])
    ends_on = DayField(_("Last day"), [Optional()])
    free = FieldList(FormField(ParamRow))


class ReasonForm(PageForm):
    """Confirm something that ends, with a reason."""

    reason = StringField(_("Reason"), [longest(200)], filters=[strip])
