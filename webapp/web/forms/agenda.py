"""Forms of what is planned: campaigns, new values from a day on, guided moves."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.services.campaigns import MOST_MONTHS
from webapp.web.forms.base import REQUIRED, PageForm, longest, optional_id, strip
from webapp.web.forms.fields import EMAIL_KEYS, DayField, MoneyField
from webapp.web.forms.plans import PercentField
from webapp.web.forms.secret import SecretField


class CampaignForm(PageForm):
    """A package that costs nothing for its first months, when it is sold within some days."""

    compares = False
    package_id = SelectField(_("Package"), [InputRequired(REQUIRED)], coerce=optional_id)
    description = StringField(
        _("Name of the campaign"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("Shown as the reason where the package costs nothing."),
    )  # fmt: skip
    from_on = DayField(_("First day of sale"), [InputRequired(REQUIRED)])
    until_on = DayField(_("Last day of sale"), [InputRequired(REQUIRED)])
    free_months = IntegerField(
        _("Free months"),
        [InputRequired(REQUIRED), NumberRange(1, MOST_MONTHS, _("Give 1 to 36 months."))],
        description=_("Whole months, counted from the sale."),
    )
    trial = BooleanField(
        _("The package ends with the free months"),
        description=_("Unless somebody keeps it: “Keep the package” on the page of the service's packages."),
    )


class PriceForm(PageForm):
    """By how much all that is chosen changes, and from when; a line may have a rate of its own."""

    compares = False
    checksum = HiddenField()
    percent = PercentField(_("Percentage"), [Optional()], description=_("Like 5,5 for more, -3 for less."))
    amount = MoneyField(_("Or the new value (R$)"), [Optional()], description=_("Instead of a percentage."))
    from_on = DayField(_("From"), [InputRequired(REQUIRED)], description=_("Applied by itself early on that day."))
    also_sold = BooleanField(
        _("Also what is sold already"),
        description=_("It changes in the same proportion; otherwise only what is sold from that day on costs more."),
    )
    reason = StringField(
        _("Reason"), [longest(200)], filters=[strip], description=_("Goes into the history, for example the index.")
    )


class GuidedMoveForm(PageForm):
    """Another holder, or another e-mail, step by step."""

    version = HiddenField()
    compares = False
    code = StringField(
        _("Code of the new service"), [InputRequired(REQUIRED), longest(60)], filters=[strip],
        description=_("The one that your ERP gives to the service that is made anew."),
    )  # fmt: skip
    on = DayField(_("Day on which it begins"), [InputRequired(REQUIRED)])
    email = StringField(_("New e-mail"), [longest(254)], filters=[strip], render_kw=EMAIL_KEYS)
    login = StringField(_("Log-in"), [longest(120)], filters=[strip], render_kw={"autocomplete": "off"})
    password = SecretField(
        _("Password"), [longest(120)], render_kw={"autocomplete": "new-password"},
        description=_("Of the new service; only where it begins today. Empty = none."),
    )  # fmt: skip
    also_own = BooleanField(
        _("The customer's own e-mail changes too"),
        description=_("Log-ins that other services have on a platform stay as they are."),
    )
    agree_gap = BooleanField(
        _("I agree to the gap: on these platforms the old account ends before the new one is made")
    )
    reason = StringField(_("Reason"), [longest(200)], filters=[strip])
