"""Gathers what ``decide/why.py`` judges, from rows that a page has loaded already. Asks nobody, writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.clock import utc_now
from webapp.decide.causes import Situated, Sold
from webapp.decide.desired import Rules, ServiceDates
from webapp.decide.policy import CUSTOMER_SCOPE
from webapp.decide.state import NONE, PENDING_USER, SUSPENDED, UNKNOWN
from webapp.decide.why_facts import AccountFacts, Facts, SourceFacts, WayFacts
from webapp.gateways.contract import Operation, Traits, Unit
from webapp.models import Account, Integration, Service, ServicePackage
from webapp.models.account import BLOCKED, PARKED
from webapp.services import epoch
from webapp.services.buyers import traits_of
from webapp.services.holds import hold_of
from webapp.services.hub import current_hub

_STATES = ("active", PENDING_USER, SUSPENDED, UNKNOWN, "absent")


@dataclass(frozen=True)
class Beside:
    """What stands in other tables than service, sale and account.

    Attributes:
        source: that brings the service; None = kept by hand.
        filled: ids of packages that have a product.
        others: the customer's other services, code -> status.
        since, by: when and from whom the service got its status; None and empty = not known.
        runs: account -> reconciliation with an open difference of it, and whether that waits for a person.
        read: integration -> when all its accounts were last read without trouble.
        looking: accounts that shall be looked at and were not yet.
    """

    source: SourceFacts | None = None
    filled: frozenset[int] = frozenset()
    others: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    by: str = ""
    runs: Mapping[int, tuple[int, bool]] = field(default_factory=dict)
    read: Mapping[int, datetime] = field(default_factory=dict)
    looking: frozenset[int] = frozenset()


def facts_of(service: Service, sale: ServicePackage, account: Account | None, beside: Beside) -> Facts:
    """Return what is known of one package sold; service, package, plan and integration are loaded."""
    integration, now = sale.package.integration, utc_now()
    traits = traits_of(integration)
    words = {
        "package": sale.package.description, "plan": service.plan.description,
        "platform": integration.description if integration else "",
    }  # fmt: skip
    return Facts(
        now=now,
        sold=_sold(sale, beside),
        situated=_situated(service, integration, account, beside),
        source=beside.source,
        way=None if integration is None else _way(integration, traits),
        account=None if account is None else _account(account, sale, traits, beside, now),
        words=words,
    )


def _sold(sale: ServicePackage, beside: Beside) -> Sold:
    # Which products they are does not matter here, only whether there is any.
    products = ("some",) if sale.package_id in beside.filled else ()
    return Sold(sale.id, sale.package.description, sale.value, products, sale.starts_on, sale.ends_on)


def _situated(service: Service, integration: Integration | None, account: Account | None, beside: Beside) -> Situated:
    scope = integration.status_scope if integration else ""
    rules = Rules(
        integration.follow_status if integration else True,
        dict(integration.status_rules) if integration else {}, {}, scope,
    )  # fmt: skip
    kept = account is not None and account.keep_content
    return Situated(
        status=service.status, rules=rules, today=current_hub().today(),
        dates=ServiceDates(service.pause_from, service.pause_until, service.no_suspend_until),
        others=beside.others if scope == CUSTOMER_SCOPE else {}, since=_day(beside.since), by=beside.by,
        keep=account.keep_content if account else "", keep_since=_day(account.kept_at) if kept and account else "",
        keep_reason=account.keep_reason if account else "",
    )  # fmt: skip


def _way(integration: Integration, traits: Traits | None) -> WayFacts:
    hold = hold_of(integration)
    return WayFacts(
        integration.description, integration.active,
        hold=hold.code if hold else "" if traits else "gateway_missing",
        hold_params=dict(hold.params) if hold else {"gateway": integration.gateway},
        until=hold.until if hold else None,
        silent=hold is not None and hold.code == "waits_unreachable",
        observing=epoch.observing(integration.id) is not None,
        finds=traits is not None and traits.can(Operation.FIND),
        lists=traits is not None and traits.can(Operation.LIST),
    )  # fmt: skip


def _account(
    account: Account, sale: ServicePackage, traits: Traits | None, beside: Beside, now: datetime
) -> AccountFacts:
    applied, agreed = _rights(account, sale)
    apart = traits is not None and traits.unit is Unit.ENTITLEMENT
    busy = account.due_at is not None or account.status in (BLOCKED, PARKED)
    run_id, waits = beside.runs.get(account.id, (None, False))
    return AccountFacts(
        status=account.status, applied=applied, settled=agreed if apart else agreed and not busy,
        due_at=account.due_at, leased=account.lease_until is not None and account.lease_until > now,
        kind=account.error_kind or "", code=account.error_code or "", params=dict(account.error_params),
        data_field=account.error_field or "", at=account.error_at, applied_at=account.applied_at,
        seen=account.observed or "", seen_at=account.observed_at if account.observed else None,
        read_at=beside.read.get(account.integration_id), missing_since=account.missing_since,
        looking=account.id in beside.looking, run_id=run_id, run_waits=waits,
    )  # fmt: skip


def _rights(account: Account, sale: ServicePackage) -> tuple[str, bool]:
    """Return the most alive state of the package's own rights, and whether all are as they shall be."""
    mine: Sequence[Any] = [right for right in account.entitlements if right.service_package_id == sale.id]
    states = {right.applied for right in mine}
    agreed = bool(mine) and all(right.desired == right.applied for right in mine)
    return next((state for state in _STATES if state in states), NONE), agreed


def _day(at: datetime | None) -> str:
    return "" if at is None else _local(at).isoformat()


def _local(at: datetime) -> date:
    return at.astimezone(ZoneInfo(current_hub().settings.timezone)).date()
