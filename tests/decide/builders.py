"""Inputs of decisions, made of plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from webapp.decide.desired import DesiredUnit, Inputs, Rules, Sale, ServiceDates
from webapp.decide.policy import Content
from webapp.decide.state import Intent, UnitState
from webapp.gateways.contract import (
    AccountFacts,
    CustomerFacts,
    Guarantee,
    Limits,
    Operation,
    ParamSpec,
    PasswordRule,
    ProductFacts,
    ProductSource,
    Secret,
    ServiceFacts,
    Subject,
    Traits,
    Trust,
    Unit,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ALL = frozenset(Operation)
FULL = ProductFacts("full", "Plano Full")
BASIC = ProductFacts("basico", "PLANO BASICO")

NX = Traits(
    key="nx", label="NX", trust=Trust.ASSUMED, unit=Unit.ACCOUNT,
    params=(ParamSpec("usuario", "User", scope="both"), ParamSpec("noggin", "Noggin", scope="package"),
            ParamSpec("paramount", "Paramount", scope="package"),
            ParamSpec("email", "E-mail", scope="package", immutable=True)),
    capabilities=ALL, product_source=ProductSource.LIST, guarantee=Guarantee.EXACTLY_ONE,
    password=PasswordRule("login_autenticacao", 6, ("codigo_cliente",)), boolean_params=("noggin", "paramount"),
    limits=Limits(read_lag_s=60.0), honours_key=True,
)  # fmt: skip
HOOK = replace(
    NX, key="hook", unit=Unit.ENTITLEMENT, params=(), password=None, boolean_params=(), repeatable_create=True,
    honours_key=False, capabilities=ALL - {Operation.FIND, Operation.LIST},
    login_fields=("login_autenticacao", "email"),
)  # fmt: skip
BLIND = replace(NX, key="blind", honours_key=False, capabilities=ALL - {Operation.FIND, Operation.LIST})
LOOK_UP_ONLY = replace(NX, key="look_up", honours_key=False)

MARIA = CustomerFacts(1, "1234", "Maria da Conceição", "52998224725", "maria@example.com", "5511987654321")
SERVICE = ServiceFacts(7, "S-7", "servico_habilitado", "maria.login", Secret("pppoe-secret"))


def sale(**changes: Any) -> Sale:
    base = Sale(31, 240, "APP", "1 APP PREMIUM", {5: FULL}, {})
    return replace(base, **changes)


def inputs(**changes: Any) -> Inputs:
    status = changes.pop("status", None)
    base = Inputs(
        traits=NX, rules=Rules(True, {}, {}), account_id=9, reference="sin-abc-9", frozen_login="", remote_ids={},
        customer=MARIA, service=SERVICE, dates=ServiceDates(), sales=(sale(),), units={}, today=TODAY,
    )  # fmt: skip
    if status:
        changes["service"] = replace(changes.get("service", SERVICE), status=status)
    return replace(base, **changes)


def wanted(content: Content, payload: str = "p1") -> DesiredUnit:
    account = AccountFacts(9, "sin-abc-9", "maria@example.com", Secret("001234"), {}, (FULL,))
    return DesiredUnit("account", content, payload, Subject(account, MARIA, SERVICE), ((31, 5),))


def doubt(operation: Operation, payload: str = "p1", at: datetime = NOW) -> Intent:
    return Intent(str(operation), "k-1", payload, at.isoformat(), at.isoformat(), True)


def unit(state: str = "none", payload: str = "", intent: Intent | None = None, **changes: Any) -> UnitState:
    return UnitState(state=state, payload=payload, intent=intent, **changes)
