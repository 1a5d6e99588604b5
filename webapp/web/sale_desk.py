"""One package on one service, being sold or changed: what both forms do the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from webapp.decide.credentials import USER_PARAM
from webapp.gateways.contract import ParamSpec, Traits
from webapp.messages import explain
from webapp.models import Package, Service, ServicePackage
from webapp.services import pages_sales, previews, subscriptions
from webapp.services.buyers import traits_of
from webapp.services.errors import Problem
from webapp.services.inputs import SaleChange, SaleInput
from webapp.services.sales import add_problems, change_problems
from webapp.web.forms import sales as forms
from webapp.web.forms.base import edited_version
from webapp.web.forms.sales import SaleForm


@dataclass(frozen=True)
class Desk:
    """``sale`` is None while the package is being sold."""

    service: Service
    package: Package
    sale: ServicePackage | None = None

    @cached_property
    def traits(self) -> Traits | None:
        """What the gateway declares; None without a platform."""
        return traits_of(self.package.integration)

    @property
    def specs(self) -> list[ParamSpec]:
        """The params that the gateway knows of a sale."""
        return forms.specs_of(self.traits)

    @cached_property
    def frozen(self) -> str:
        """The log-in that the platform has for good; empty while the e-mail may change."""
        return pages_sales.frozen_login(self.service.id, self.package.integration)

    @property
    def default_field(self) -> str:
        """Where the password comes from when the sale does not say."""
        if self.traits is None or self.traits.password is None or self.package.integration is None:
            return ""
        own = {param.name: param.value for param in self.package.integration.params}
        return own.get(USER_PARAM, "").strip() or self.traits.password.default_field

    @property
    def email(self) -> str:
        """The customer's own."""
        return self.service.customer.email

    def form(self) -> SaleForm:
        """Return the form, filled in."""
        if self.sale is None:
            return forms.new_form(self.traits, self.package, self.email, self.default_field)
        return forms.edit_form(self.traits, self.sale, self.email, self.default_field)

    def save(self, form: SaleForm) -> None:
        """Sell or change.

        Raises:
            ServiceError: show it on the form; nothing was saved.
        """
        if self.sale is None:
            subscriptions.add_sale(self.service.code, self._new(form))
        else:
            subscriptions.update_sale(self.sale.id, self._change(form), version=edited_version(form))

    def problems(self, form: SaleForm) -> list[Problem]:
        """Return what would be refused; nothing is saved."""
        if self.sale is None:
            return add_problems(self.service, self.package, self._new(form))
        return change_problems(self.sale, self._change(form))

    def effects(self, form: SaleForm) -> list[previews.PlatformEffect]:
        """Return what would happen on the platform."""
        days, service = (form.starts_on.data, form.ends_on.data), self.service
        if self.sale is None:
            return previews.effects_of_sale(service.id, self.package.id, self._new(form).params, days, loaded=service)
        return previews.effects_of_change(self.sale.id, self._change(form).params or {}, days, loaded=service)

    @property
    def _asked_email(self) -> str | None:
        return None if self.frozen else self.email

    def _new(self, form: SaleForm) -> SaleInput:
        return forms.new_input(form, self.traits, self.package, self._asked_email)

    def _change(self, form: SaleForm) -> SaleChange:
        assert self.sale is not None
        return forms.change_input(form, self.traits, self.sale, self._asked_email)


def field_errors(form: SaleForm, problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Return label and words of everything that is wrong, for a preview beside the form."""
    fields = [*form, *(inner for entry in form.free for inner in entry.form)]
    found = [(str(field.label.text), str(text)) for field in fields if field is not form.free for text in field.errors]
    for problem in problems:
        field = form.find_field(problem.field)
        found.append((str(field.label.text) if field else "", str(explain(problem.code, problem.params))))
    return found
