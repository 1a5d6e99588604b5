"""What is known here of the services of a source before it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update

from webapp.decide.policy import ENDED, NOT_PAYING, PAYING
from webapp.extensions import db
from webapp.models import Customer, Service, SourceLink, SourcePull, SourcePullItem
from webapp.services.source_pulls.reading import Tally, mark_of
from webapp.services.source_pulls.rows import BATCH
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import ServiceRef

LOOKS = ("light", "hint")
REJECTED = "pull_rejected"
LOOKS_COUNT = timedelta(hours=24)
# Hardly anybody pays and is suspended, or the other way round, in so short a time.
LOOK_HOLDS = timedelta(hours=1)
_LINK = SourceLink.__table__


@dataclass(frozen=True)
class Known:
    """The linked services of a source.

    Attributes:
        linked: those whose link is not missing; ``live``: that have not ended; ``paying``: believed paying.
        gone: ids of the source that whole readings have lacked for some time.
    """

    linked: int
    live: int
    paying: int
    gone: frozenset[str]

    def missing(self, external: str) -> bool:
        """Tell whether the readings before lacked it already."""
        return external in self.gone


@dataclass(frozen=True)
class Believed:
    """A linked service: how the source names it and its customer, and our own code."""

    external: str
    customer: str
    document: str
    code: str

    @property
    def ref(self) -> ServiceRef:
        return ServiceRef(self.external, self.customer, self.document)


@dataclass(frozen=True)
class Fresher:
    """Services of which a single look changed the status lately, by the source's id.

    Attributes:
        looked: id -> when the look began.
        since: when the reading began: a look after that is fresher.
    """

    looked: dict[str, datetime]
    since: datetime

    def than(self, external: str, changed_at: datetime | None) -> bool:
        """Tell whether a look is fresher than a record that last changed at this time; None = it does not say when."""
        at = self.looked.get(external)
        if at is None:
            return False
        if at >= self.since:
            # It moved on while the reading went through its pages.
            return True
        return self.since - at < LOOK_HOLDS if changed_at is None else changed_at < at

    def before(self, external: str) -> bool:
        """Tell whether it was looked at before the reading began, so that the reading should show the same."""
        return self.looked[external] < self.since


@dataclass(frozen=True)
class Absence:
    """What a whole reading lacked.

    Attributes:
        service_ids: ids of links of services; ``customer_ids``: of customers.
        before: those of them that the readings before lacked too.
        moved: of the absent ones, how many people came under another id.
    """

    service_ids: list[int]
    customer_ids: list[int]
    moved: int
    before: frozenset[int] = frozenset()


def load_known(source_id: int) -> Known:
    """Return what is linked; leaves no transaction open."""
    begin(reads_only=True)
    mine = (SourceLink.source_id == source_id, SourceLink.kind == "service")
    row = db.session.execute(
        select(
            func.count(case((SourceLink.missing_since.is_(None), 1))),
            func.count(case((Service.status.not_in(ENDED), 1))),
            func.count(case((Service.status.in_(PAYING), 1))),
        )
        .select_from(SourceLink)
        .join(Service, Service.id == SourceLink.local_id)
        .where(*mine)
    ).one()
    gone = db.session.scalars(select(SourceLink.external).where(*mine, SourceLink.missing_since.is_not(None)))
    known = Known(row[0], row[1], row[2], frozenset(gone))
    db.session.rollback()
    return known


def load_fresher(task: Task) -> Fresher:
    """Return whom single looks changed lately; leaves no transaction open."""
    begin(reads_only=True)
    found = db.session.execute(
        select(SourceLink.external, func.max(SourcePull.started_at).label("at"))
        .select_from(SourcePullItem)
        .join(SourcePull, SourcePull.id == SourcePullItem.pull_id)
        .join(Service, Service.code == SourcePullItem.service_code)
        .join(SourceLink, (SourceLink.local_id == Service.id) & (SourceLink.kind == "service"))
        .where(SourcePull.source_id == task.source_id, SourceLink.source_id == task.source_id)
        .where(SourcePull.mode.in_(LOOKS), SourcePull.started_at > task.started_at - LOOKS_COUNT)
        .where(SourcePull.id != task.pull_id, SourcePullItem.outcome == "applied")
        .group_by(SourceLink.external)
    )
    looked = {row.external: row.at for row in found}
    db.session.rollback()
    return Fresher(looked, task.started_at)


def find_absent(source_id: int, tally: Tally, new_documents: set[int]) -> Absence:
    """Return what a whole reading lacked; leaves no transaction open.

    Args:
        tally: has the marks of the ids of what it showed.
        new_documents: marks of the documents of those who are new.
    """
    begin(reads_only=True)
    services = select(SourceLink.id, SourceLink.external, SourceLink.missing_since, Customer.document)
    services = services.join(Service, Service.id == SourceLink.local_id).join(
        Customer, Customer.id == Service.customer_id
    )
    service_ids: list[int] = []
    before: set[int] = set()
    moved = 0
    for row in db.session.execute(services.where(SourceLink.source_id == source_id, SourceLink.kind == "service")):
        if mark_of(row.external) not in tally.seen:
            service_ids.append(row.id)
            before |= {row.id} if row.missing_since else set()
            moved += row.missing_since is None and bool(row.document) and hash(row.document) in new_documents
    customers = select(SourceLink.id, SourceLink.external).where(
        SourceLink.source_id == source_id, SourceLink.kind == "customer"
    )
    customer_ids = [row.id for row in db.session.execute(customers) if hash(row.external) not in tally.customers]
    db.session.rollback()
    return Absence(service_ids, customer_ids, moved, frozenset(before))


def mark_absent(source_id: int, absent: list[int], now: datetime) -> None:
    """Note in the caller's transaction whom a certified whole reading lacked, and that it saw all others."""
    mine = (_LINK.c.source_id == source_id, _LINK.c.kind.in_(("service", "customer")))
    gone = set(db.session.scalars(select(_LINK.c.id).where(*mine, _LINK.c.missing_since.is_not(None))))
    for ids, values in ((sorted(set(absent) - gone), {"missing_since": now}),
                        (sorted(gone - set(absent)), {"missing_since": None})):  # fmt: skip
        for start in range(0, len(ids), BATCH):
            db.session.execute(update(_LINK).where(_LINK.c.id.in_(ids[start : start + BATCH])).values(**values))
    db.session.execute(update(_LINK).where(*mine, _LINK.c.missing_since.is_(None)).values(seen_at=now))


def believed(source_id: int, *, paying: bool) -> list[Believed]:
    """Return the services of a source that we believe paying, or not paying, in the caller's transaction."""
    owner = SourceLink.__table__.alias("owner")
    found = db.session.execute(
        select(SourceLink.external, owner.c.external.label("customer"), Customer.document, Service.code)
        .join(Service, Service.id == SourceLink.local_id)
        .join(Customer, Customer.id == Service.customer_id)
        .outerjoin(owner, (owner.c.kind == "customer") & (owner.c.local_id == Customer.id)
                   & (owner.c.source_id == source_id))
        .where(SourceLink.source_id == source_id, SourceLink.kind == "service")
        .where(Service.status.in_(PAYING if paying else NOT_PAYING))
        .order_by(Service.paid_at.desc() if paying else Service.id)
    )  # fmt: skip
    return [Believed(row.external, row.customer or "", row.document, row.code) for row in found]


def waiting_for_person(source_id: int, now: datetime) -> set[str]:
    """Return codes of services whose loss was held back, or rejected by a person, in the caller's transaction.

    A look every minute would bring them up again and again; the next whole reading judges them anew.
    """
    judged = (
        select(func.coalesce(func.max(SourcePull.id), 0))
        .where(SourcePull.source_id == source_id, SourcePull.mode == "full", SourcePull.status == "done")
        .scalar_subquery()
    )
    found = db.session.execute(
        select(SourcePullItem.service_code, SourcePullItem.outcome, SourcePullItem.problems)
        .join(SourcePull, SourcePull.id == SourcePullItem.pull_id)
        .where(SourcePull.source_id == source_id, SourcePull.started_at > now - LOOKS_COUNT, SourcePull.id > judged)
        .where(SourcePullItem.direction == "negative", SourcePullItem.outcome.in_(("staged", "held", "skipped")))
    )
    return {
        row.service_code
        for row in found
        if row.outcome != "skipped" or any(problem["code"] == REJECTED for problem in row.problems)
    }


def known_documents(documents: set[str]) -> set[str]:
    """Return which of these documents somebody here has, in the caller's transaction."""
    wanted = sorted(documents - {""})
    return set(db.session.scalars(select(Customer.document).where(Customer.document.in_(wanted)))) if wanted else set()
