"""What can be watched and what cannot, package by package: the verdicts of a customer's services. Reads only."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.decide.why import verdict_of
from webapp.decide.why_chain import Link, chain_of, chain_unsold
from webapp.decide.why_facts import Facts, Light, SourceFacts
from webapp.decide.why_unsold import Unsold, verdict_unsold
from webapp.decide.why_verdict import Mend, Verdict
from webapp.models import Account, Service, ServicePackage, Source
from webapp.services.hub import current_hub
from webapp.services.pages_sources import Origin
from webapp.services.source_asking import answers
from webapp.services.why_facts import Beside, facts_of

_WORST = (Light.RED, Light.AMBER, Light.GREY, Light.GREEN)


@dataclass(frozen=True)
class Brought:
    """The source of a service: as a page names it, and whether it can be asked about this service alone."""

    source: Source
    origin: Origin

    @property
    def asks(self) -> bool:
        """Tell whether it can be read again for this service now."""
        return answers(self.source)

    @property
    def facts(self) -> SourceFacts:
        """Return what the verdict depends on."""
        source, origin = self.source, self.origin
        return SourceFacts(
            source.description, origin.seen_at, origin.missing_since, source.paused_code or "",
            dict(source.paused_params), source.active,
        )  # fmt: skip


@dataclass(frozen=True)
class Around:
    """What stands around a customer's services, loaded for all of them at once.

    Attributes:
        since: service -> when and from whom it got its status.
        carries: service -> how many packages its plan has.
        runs, looking: by account, and read by integration, as ``why_facts.Beside`` has them.
    """

    accounts: Mapping[int, Sequence[Account]] = field(default_factory=dict)
    brought: Mapping[int, Brought] = field(default_factory=dict)
    filled: frozenset[int] = frozenset()
    statuses: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[int, tuple[datetime, str]] = field(default_factory=dict)
    carries: Mapping[int, int] = field(default_factory=dict)
    runs: Mapping[int, tuple[int, bool]] = field(default_factory=dict)
    read: Mapping[int, datetime] = field(default_factory=dict)
    looking: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Case:
    """One package sold, or one service without any, and why it is as it is.

    Attributes:
        key: names it on a page.
        facts: None where nothing is sold.
        asks_source: the source can be asked about this service alone.
    """

    key: str
    service: Service | None
    verdict: Verdict
    sale: ServicePackage | None = None
    account: Account | None = None
    facts: Facts | None = None
    source: str = ""
    asks_source: bool = False

    @property
    def chain(self) -> tuple[Link, ...]:
        """Return ERP, wanted, sent, platform."""
        if self.facts is not None:
            return chain_of(self.facts, self.verdict)
        return chain_unsold(self.verdict, self.service.status if self.service else "", self.source)

    @property
    def looking(self) -> bool:
        """Tell whether a look was asked for and not made yet."""
        return self.facts is not None and self.facts.account is not None and self.facts.account.looking

    @property
    def run_id(self) -> int | None:
        """Return the reconciliation that has an open difference of the account."""
        return self.facts.account.run_id if self.facts is not None and self.facts.account is not None else None

    @property
    def mend(self) -> Mend:
        """Return what mends it; a source that cannot be asked about one service is not offered."""
        asks = self.verdict.mend is Mend.ASK_SOURCE
        return Mend.NONE if asks and not self.asks_source else self.verdict.mend


def cases_of_service(service: Service, around: Around) -> list[Case]:
    """Return the verdicts of one service, whose plan and packages are loaded: one for each package sold."""
    live = [sale for sale in service.packages if sale.removed_at is None]
    if not live:
        return [_unsold(service, around)]
    carriers = {account.integration_id: account for account in around.accounts.get(service.id, ())}
    return [_case(service, sale, carriers.get(sale.package.integration_id or 0), around) for sale in live]


def no_service(*, erased: bool) -> Case:
    """Return the verdict of a customer without a service."""
    return Case("customer", None, verdict_unsold(Unsold(erased=erased)))


def worst_first(cases: Collection[Case]) -> list[Case]:
    """Return cases so that what needs somebody comes first."""
    return sorted(cases, key=lambda case: _WORST.index(case.verdict.light))


def counts(cases: Collection[Case]) -> Mapping[str, int]:
    """Return how many packages stand how, by light."""
    lights = [str(case.verdict.light) for case in cases]
    return {str(light): lights.count(str(light)) for light in _WORST}


def _case(service: Service, sale: ServicePackage, account: Account | None, around: Around) -> Case:
    brought = around.brought.get(service.id)
    facts = facts_of(service, sale, account, _beside(service, around))
    return Case(
        f"sale-{sale.id}", service, verdict_of(facts), sale, account, facts,
        brought.source.description if brought else "", brought is not None and brought.asks,
    )  # fmt: skip


def _unsold(service: Service, around: Around) -> Case:
    brought = around.brought.get(service.id)
    unsold = Unsold(
        service.status, service.plan.description, around.carries.get(service.id, 0), service.plan.lock_packages,
        _last_removed(service), by_source=brought is not None,
    )  # fmt: skip
    name = brought.source.description if brought else ""
    return Case(f"service-{service.id}", service, verdict_unsold(unsold), source=name)


def _last_removed(service: Service) -> Any:
    removed = sorted(_removed(service), key=lambda pair: pair[1])
    if not removed:
        return None
    sale, at = removed[-1]
    return sale.package.description, at.astimezone(ZoneInfo(current_hub().settings.timezone)).date()


def _removed(service: Service) -> Iterator[tuple[ServicePackage, datetime]]:
    return ((sale, sale.removed_at) for sale in service.packages if sale.removed_at is not None)


def _beside(service: Service, around: Around) -> Beside:
    brought, since = around.brought.get(service.id), around.since.get(service.id)
    others = {code: status for code, status in around.statuses.items() if code != service.code}
    return Beside(
        source=brought.facts if brought else None, filled=around.filled, others=others,
        since=since[0] if since else None, by=since[1] if since else "", runs=around.runs, read=around.read,
        looking=around.looking,
    )  # fmt: skip
