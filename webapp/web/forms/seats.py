"""Forms of costs and terms of a platform."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, NumberRange

from webapp.web.forms.base import REQUIRED, PageForm, optional_id
from webapp.web.forms.fields import DayField, MoneyField
from webapp.web.labels_seats import BASIS

HIGHEST = Decimal("9999999.99")


class CostForm(PageForm):
    """What one seat of a product costs in a month, from a day on."""

    compares = False
    product_id = SelectField(_("Product"), [InputRequired(REQUIRED)], coerce=optional_id)
    from_on = DayField(
        _("From"), [InputRequired(REQUIRED)], description=_("The same day again corrects what was written for it.")
    )
    value = MoneyField(
        _("Cost per seat and month"),
        [InputRequired(REQUIRED), NumberRange(0, HIGHEST, _("Write an amount between 0 and 9,999,999.99."))],
    )


class TermsForm(PageForm):
    """How a platform bills."""

    compares = False
    basis = SelectField(_("Who is billed in a month"), choices=[(key, one.text) for key, one in BASIS.items()])
    suspended_counts = BooleanField(
        _("Suspended subscribers are billed"), description=_("Many platforms bill them until they are cancelled.")
    )
    pending_counts = BooleanField(
        _("Subscribers who have not finished their sign-up are billed"),
    )
