"""Forms of services: contract, change, status, change of ownership."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.decide.policy import PAYING, STATUSES, WAITING
from webapp.models.customer import BILLING_KINDS
from webapp.web.forms.base import REQUIRED, PageForm, longest, optional_id, strip
from webapp.web.forms.fields import EMAIL_KEYS, OTHERS, WHOLE_KEYS, DayField, MoneyField
from webapp.web.forms.params import STORED
from webapp.web.forms.secret import SecretField
from webapp.web.labels import BILLING, SERVICE

OWN_EMAIL = _("E-mail on the platforms")
WHY_OWN_EMAIL = _("Empty = the customer's. Give another one where the customer has an account there already.")
DAY_OF_MONTH = _("Give a day from 1 to 31.")


def status_choices(statuses: Sequence[str]) -> list[tuple[str, object]]:
    """Return statuses with their words, for a select."""
    return [(status, SERVICE[status].text if status in SERVICE else status) for status in statuses]


def kept_statuses(status: str) -> list[str]:
    """Return what a service's form may set beside its present status.

    Suspending, enabling and cancelling have pages of their own, which show what they do.
    """
    paying = PAYING if status in PAYING else ()
    return list(dict.fromkeys([status, *paying, *WAITING]))


class ServiceForm(PageForm):
    """What every service has; ``NewServiceForm`` and ``EditServiceForm`` add the rest."""

    code = StringField(
        _("Code"), [InputRequired(REQUIRED), longest(60)], filters=[strip], render_kw=OTHERS,
        description=_("As your ERP knows this service; it never changes."),
    )  # fmt: skip
    status = SelectField(_("Status"))
    login = StringField(
        _("Log-in"), [longest(120)], filters=[strip], render_kw={"autocomplete": "off"},
        description=_("Of the connection (login_autenticacao)."),
    )  # fmt: skip
    password = SecretField(
        _("Password"), [longest(120)], render_kw={"autocomplete": "new-password", "placeholder": STORED},
        description=_("Kept encrypted and never shown."),
    )  # fmt: skip
    address = StringField(_("Installation address"), [longest(300)], filters=[strip])
    city = StringField(_("City"), [longest(80)], filters=[strip], description=_("For the reports."))
    sold_on = DayField(_("Sold on"), [Optional()])
    value = MoneyField(
        _("Value of the service (R$)"), [Optional()],
        description=_("Without packages. Empty = the plan's value."),
    )  # fmt: skip
    due_day = IntegerField(
        _("Due day"), [Optional(), NumberRange(1, 31, DAY_OF_MONTH)],
        render_kw={**WHOLE_KEYS, "min": "1", "max": "31"},
    )  # fmt: skip
    billing_method = StringField(_("Billing method"), [longest(60)], filters=[strip])
    billing_kind = SelectField(
        _("Billing kind"), choices=[(kind, BILLING[kind].text) for kind in BILLING_KINDS], default=""
    )
    suspension_profile = StringField(_("Suspension profile"), [longest(60)], filters=[strip])
    contract_ends_on = DayField(_("Contract ends on"), [Optional()])
    pause_from = DayField(_("Paused from"), [Optional()])
    pause_until = DayField(_("Paused until"), [Optional()])
    no_suspend_until = DayField(_("Not suspended for debt until"), [Optional()])
    no_suspend_reason = StringField(_("Reason"), [longest(200)], filters=[strip])


class NewServiceForm(ServiceForm):
    """Contract a plan.

    ``shown_plan`` and ``proposed_end`` say what the packages and the contract's end on the page were made for.
    """

    plan_id = SelectField(_("Plan"), [InputRequired(REQUIRED)], coerce=optional_id)
    packages = SelectMultipleField(_("Packages"), coerce=int, choices=[], validate_choice=False)
    email = StringField(OWN_EMAIL, [longest(254)], filters=[strip], render_kw=EMAIL_KEYS, description=WHY_OWN_EMAIL)
    shown_plan = HiddenField()
    proposed_end = HiddenField()


class EditServiceForm(ServiceForm):
    """Change a service's own data; its plan changes by a migration."""

    version = HiddenField()
    no_password = BooleanField(_("Remove the stored password"))


class StatusForm(PageForm):
    """Change the status of a service."""

    compares = False
    version = HiddenField()
    status = SelectField(_("New status"), choices=status_choices(STATUSES))
    reason = StringField(_("Reason"), [longest(200)], filters=[strip])


class TransferForm(PageForm):
    """Give a service to another holder."""

    compares = False
    version = HiddenField()
    code = StringField(
        _("Code of the new service"), [InputRequired(REQUIRED), longest(60)], filters=[strip],
        description=_("The one that your ERP gives to the new holder's service."),
    )  # fmt: skip
    on = DayField(_("Day of the change"), [InputRequired(REQUIRED)])
    login = StringField(
        _("Log-in"), [longest(120)], filters=[strip], render_kw={"autocomplete": "off"},
        description=_("Proposed: that of the connection as it is; the preview below is made with it."),
    )  # fmt: skip
    password = SecretField(
        _("Password"), [longest(120)], render_kw={"autocomplete": "new-password"},
        description=_("The old holder's does not go along. Empty = none."),
    )  # fmt: skip
    email = StringField(OWN_EMAIL, [longest(254)], filters=[strip], render_kw=EMAIL_KEYS, description=WHY_OWN_EMAIL)
    reason = StringField(_("Reason"), [longest(200)], filters=[strip])
