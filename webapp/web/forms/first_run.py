"""Short forms of the first steps; each makes the real thing, with as little to type as can be."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import Email, InputRequired, NumberRange

from webapp.decide.calendar import STATES
from webapp.models import Product
from webapp.services.inputs import CompositionInput, CustomerInput, PackageInput, PlanInput, PlanPackageInput
from webapp.services.provider import LONGEST
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.forms.fields import EMAIL_KEYS, OTHERS, MoneyField

HIGHEST = Decimal("9999999.99")
IN_RANGE = NumberRange(0, HIGHEST, _("Write an amount between 0 and 9,999,999.99."))
NOT_AN_ADDRESS = _("Write an e-mail address like maria@example.com.")


class ProviderForm(PageForm):
    """Who the provider is."""

    name = StringField(
        _("Name of your provider"), [InputRequired(REQUIRED), longest(LONGEST)], filters=[strip],
        description=_("As your customers know it."), render_kw={"autocomplete": "organization"},
    )  # fmt: skip
    state = SelectField(
        _("State"), choices=[("", _("I will say it later")), *((one, one) for one in STATES)],
        description=_("Its holidays count where you choose that nobody is suspended on a holiday."),
    )  # fmt: skip


class FirstPackageForm(PageForm):
    """What is sold: one product of the platform, at a price."""

    product = SelectField(_("Product of the platform"))
    description = StringField(
        _("Name of the package"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("What the attendant sees when selling."), render_kw=dict(OTHERS),
    )  # fmt: skip
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED), IN_RANGE])

    def offer(self, products: Sequence[Product]) -> None:
        """Let one of these be chosen."""
        self.product.choices = [(one.code, one.name) for one in products]

    def package(self, integration_id: int) -> PackageInput:
        """Return the package that is meant, all of its value as a value-added service."""
        line = CompositionInput(description=self.description.data, kind="sva", value=self.value.data)
        return PackageInput(
            description=self.description.data, value=self.value.data, composition=[line],
            integration_id=integration_id, product_codes=[self.product.data],
        )  # fmt: skip


class FirstPlanForm(PageForm):
    """The internet plan that the package comes with."""

    description = StringField(
        _("Name of the plan"), [InputRequired(REQUIRED), longest(200)], filters=[strip], render_kw=dict(OTHERS),
        description=_("As in your ERP, so that readings recognise it."),
    )  # fmt: skip
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED), IN_RANGE])

    def plan(self, package_id: int) -> PlanInput:
        """Return the plan that is meant: whoever has it gets the package."""
        return PlanInput(
            description=self.description.data, value=self.value.data,
            packages=[PlanPackageInput(package_id=package_id, mandatory=True)],
        )  # fmt: skip


class LearnerForm(PageForm):
    """A customer who does not exist."""

    name = StringField(_("Name"), [InputRequired(REQUIRED), longest(200)], filters=[strip], render_kw=dict(OTHERS))
    email = StringField(
        _("E-mail"), [InputRequired(REQUIRED), longest(254), Email(NOT_AN_ADDRESS)], filters=[strip],
        render_kw=dict(EMAIL_KEYS),
        description=_("It becomes the log-in on the platform. Nothing is sent to it."),
    )  # fmt: skip

    def customer(self) -> CustomerInput:
        """Return the customer that is meant."""
        return CustomerInput(name=self.name.data, email=self.email.data)


def defaults(practises: bool, products: Sequence[Product]) -> dict[str, dict[str, Any]]:
    """Return what stands in the forms at the beginning, by step; of real things only what is known.

    Args:
        practises: the platform is the practice platform, so nothing that is proposed does harm.
    """
    if not practises:
        return {"package": {"description": products[0].name} if products else {}, "plan": {}, "customer": {}}
    return {
        "package": {"description": str(_("Streaming (practice)")), "value": Decimal("19.90")},
        "plan": {"description": str(_("Fibre 500 Mega (practice)")), "value": Decimal("99.90")},
        "customer": {"name": str(_("Maria da Silva (practice)")), "email": "maria.pratica@example.com"},
    }
