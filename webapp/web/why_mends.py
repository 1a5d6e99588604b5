"""The button that mends it: where it leads, what it says, and for whom it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from webapp.decide.why_verdict import Mend
from webapp.services.cases import Case
from webapp.web.access import ADMINS, READERS, SELLERS, may

_OF_CUSTOMER = {"email": "email", "cpf_cnpj": "document", "telefone": "phone"}
_OF_SERVICE = {"login_autenticacao": "login", "senha_autenticacao": "password"}


@dataclass(frozen=True)
class Button:
    """One button.

    Attributes:
        post: it acts; otherwise it leads to a page.
        allowed: whoever reads may press it; otherwise the page says who may.
        for_admin: it is for administrators.
    """

    text: str
    symbol: str
    address: str
    post: bool = False
    allowed: bool = True
    for_admin: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(mend_button=mend_button, look_button=look_button)


def mend_button(case: Case, customer_id: int) -> Button | None:
    """Return the one button that mends it; None where nothing here does, or where its form stands on the page."""
    make = _MAKERS.get(case.mend)
    return make(case, customer_id) if make is not None else None


def look_button(case: Case) -> Button | None:
    """Return the button that has the platform asked about the account now, where that can be done."""
    facts, account = case.facts, case.account
    if facts is None or account is None or facts.way is None or not facts.way.finds or facts.way.hold:
        return None
    return _post(_("Look at the platform now"), "eye", "why.look", SELLERS, account_id=account.id)


def _link(text: str, symbol: str, endpoint: str, roles: tuple[str, ...], **values: Any) -> Button:
    admin = roles == ADMINS
    return Button(text, symbol, url_for(endpoint, **values), allowed=may(*roles), for_admin=admin)


def _post(text: str, symbol: str, endpoint: str, roles: tuple[str, ...], **values: Any) -> Button:
    fields = {"sale_id": str(values.pop("sale_id"))} if "sale_id" in values else {}
    return Button(text, symbol, url_for(endpoint, **values), post=True, allowed=may(*roles), fields=fields)


def _service_id(case: Case) -> int:
    return case.service.id if case.service else 0


def _plan(case: Case, _customer_id: int) -> Button:
    return _link(
        _("Open the plan"), "router", "plans.edit", ADMINS, plan_id=case.service.plan_id if case.service else 0
    )


def _data(case: Case, customer_id: int) -> Button:
    """The form with the field that the trouble names; else the customer's."""
    name = case.account.error_field or "" if case.account else ""
    if name in _OF_SERVICE:
        address = {"service_id": _service_id(case), "_anchor": _OF_SERVICE[name]}
        return _link(_("Correct the service's data"), "pencil", "services.edit", SELLERS, **address)
    if name and name not in _OF_CUSTOMER and case.sale is not None:
        return _link(_("Correct the package sold"), "pencil", "sales.edit", SELLERS, sale_id=case.sale.id)
    address = {"customer_id": customer_id, "_anchor": _OF_CUSTOMER.get(name)}
    return _link(_("Correct the customer's data"), "pencil", "customers.edit", SELLERS, **address)


def _sale(case: Case, _customer_id: int) -> Button | None:
    if case.sale is None:
        return None
    return _link(_("Change the dates"), "calendar", "sales.edit", SELLERS, sale_id=case.sale.id)


def _package(case: Case, _customer_id: int) -> Button | None:
    if case.sale is None:
        return None
    return _link(_("Open the package"), "package", "packages.edit", ADMINS, package_id=case.sale.package_id)


def _integration(case: Case, _customer_id: int) -> Button | None:
    integration_id = case.sale.package.integration_id if case.sale is not None else None
    if integration_id is None:
        return None
    where = "integrations.edit"
    return _link(_("Open the integration"), "plug-connected", where, ADMINS, integration_id=integration_id)


def _run(case: Case, _customer_id: int) -> Button | None:
    if case.run_id is None:
        return None
    return _link(_("Open the reconciliation"), "arrows-exchange", "runs.detail", READERS, run_id=case.run_id)


def _account(case: Case, make: Callable[[int], Button]) -> Button | None:
    return make(case.account.id) if case.account is not None else None


def _resend(case: Case, _customer_id: int) -> Button | None:
    extra = {"sale_id": case.sale.id} if case.sale else {}
    return _account(
        case, lambda id_: _post(_("Send again"), "send", "accounts.resend", SELLERS, account_id=id_, **extra)
    )


def _try_now(case: Case, _customer_id: int) -> Button | None:
    return _account(
        case, lambda id_: _post(_("Try now"), "player-play", "accounts.try_now", SELLERS, account_id=id_)
    )  # fmt: skip


def _sell(case: Case, _customer_id: int) -> Button:
    return _link(_("Sell a package"), "plus", "sales.sell", SELLERS, service_id=_service_id(case))


def _add(_case: Case, customer_id: int) -> Button:
    return _link(_("Add a service"), "plus", "services.new", SELLERS, customer_id=customer_id)


def _service(case: Case, _customer_id: int) -> Button:
    return _link(_("Open the service's form"), "pencil", "services.edit", SELLERS, service_id=_service_id(case))


def _enable(case: Case, _customer_id: int) -> Button:
    values = {"service_id": _service_id(case), "to": "enable"}
    return _link(pgettext("service", "Enable"), "player-play", "services.status", SELLERS, **values)


def _ask(case: Case, _customer_id: int) -> Button:
    return _post(_("Read it from the ERP now"), "refresh", "why.ask", SELLERS, service_id=_service_id(case))


def _order(case: Case, _customer_id: int) -> Button:
    return _post(_("Order it now"), "send", "why.order", SELLERS, service_id=_service_id(case))


def _observing(_case: Case, _customer_id: int) -> Button:
    return _link(_("See what to do"), "eye", "observing.index", READERS)


_MAKERS: Mapping[Mend, Callable[[Case, int], Button | None]] = {
    Mend.SELL: _sell, Mend.ADD_SERVICE: _add, Mend.OPEN_PLAN: _plan, Mend.OPEN_PACKAGE: _package, Mend.EDIT_SALE: _sale,
    Mend.EDIT_SERVICE: _service, Mend.EDIT_DATA: _data, Mend.ENABLE: _enable, Mend.ASK_SOURCE: _ask,
    Mend.ORDER: _order, Mend.TRY_NOW: _try_now, Mend.RESEND: _resend, Mend.OPEN_WAY: _integration,
    Mend.OPEN_RULES: _integration, Mend.OBSERVING: _observing, Mend.OPEN_RUN: _run,
    Mend.LOOK: lambda case, _customer_id: look_button(case),
}  # fmt: skip
