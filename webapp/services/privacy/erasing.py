"""A person asks to be forgotten: what it would do, the request, how far it is, its end.

The order is fixed. First the contract ends and every platform is told, by convergence as with any cancel; only when
that is proven, or sent where nothing can be proven, the rows here lose the person (``anonymising``). From the
request on, no source brings the person back (``marks``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from webapp.clock import utc_now
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Customer, Erasure, Event, Service
from webapp.models.privacy import ERASED, WAITING, WITHDRAWN
from webapp.services import accounts, audit, lookup_marks
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.privacy import ledger
from webapp.services.privacy.anonymising import anonymise
from webapp.services.privacy.marks import mark_person, remove_marks
from webapp.services.privacy.platforms import OVER, Stage, Standing, standings, summary, to_ask
from webapp.services.service_store import apply_status
from webapp.services.transactions import begin

CANCELLED_STATUS = ENDED[0]
REASON_CHARS = 500
AT_ONCE = 20
WAITS = "erasure_waits"
PLATFORMS, READMITTED, OBJECT = "platforms", "readmitted", "customer"
# In ``progress``: the event that says why content is gone. From then on there is no way back.
BEGUN = "event_id"
log = structlog.get_logger()


@dataclass(frozen=True)
class Outlook:
    """What an erasure would do, or has done so far.

    Attributes:
        live: services that have not ended; they must be named to be cancelled with it.
        erasure: the one that was asked for; None = none yet, or it was withdrawn.
    """

    customer: Customer
    live: Sequence[Service]
    standings: Sequence[Standing]
    erasure: Erasure | None

    @property
    def waits_for_person(self) -> bool:
        """Tell whether it cannot go on by itself."""
        return any(one.stage is Stage.PERSON for one in self.standings)

    @property
    def going(self) -> bool:
        """Tell whether a call is still under way."""
        return any(one.stage is Stage.GOING for one in self.standings)


def outlook(customer_id: int) -> Outlook:
    """Return what an erasure would do, or how far it is.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = get_or_refuse(Customer, customer_id, "customer_unknown")
    services = db.session.scalars(
        select(Service)
        .options(selectinload(Service.plan))
        .where(Service.customer_id == customer_id)
        .order_by(Service.id)
    ).all()
    live = [one for one in services if one.status not in ENDED]
    return Outlook(customer, live, standings(customer_id, utc_now()), find_erasure(customer_id))


def outlook_of(erasure_id: int) -> Outlook:
    """Return how far an erasure is.

    Raises:
        NotFound: no such erasure; answer 404.
    """
    return outlook(get_or_refuse(Erasure, erasure_id, "erasure_unknown").customer_id)


def find_erasure(customer_id: int) -> Erasure | None:
    """Return the erasure of a person that is under way or done."""
    wanted = select(Erasure).where(Erasure.customer_id == customer_id, Erasure.status != WITHDRAWN)
    found: Erasure | None = db.session.scalar(wanted.order_by(Erasure.id.desc()).limit(1))
    return found


def request_erasure(
    customer_id: int, reason: str, cancel: Collection[int] = (), kept: Mapping[str, Any] | None = None
) -> Erasure:
    """Ask for a person to be erased, end the services that are named, and commit.

    Args:
        reason: why; for the history. Without the person's data.
        cancel: ids of the services to end with it: exactly those that have not ended.
        kept: what must stay, with its ground, as the person was told.

    Raises:
        NotFound: no such customer.
        Invalid: the reason is missing, or a service has not ended and is not named.
        Conflict: it was asked for already, or the person is erased.
    """
    begin(reads_only=False)
    customer = db.session.get(Customer, customer_id, with_for_update=True)
    customer = customer or get_or_refuse(Customer, customer_id, "customer_unknown")
    if customer.erased_at is not None or find_erasure(customer_id) is not None:
        raise Conflict("erasure_exists", {"id": customer_id})
    services = db.session.scalars(select(Service).where(Service.customer_id == customer_id).with_for_update()).all()
    live = [one for one in services if one.status not in ENDED]
    refuse_if(_problems(reason, live, cancel))
    erasure = Erasure(
        customer_id=customer_id, requested_by=audit.current_actor(), requested_at=utc_now(),
        approved_by=audit.current_actor(), reason=reason.strip()[:REASON_CHARS], kept=dict(kept or {}),
    )  # fmt: skip
    db.session.add(erasure)
    db.session.flush()
    mark_person(erasure)
    # The chain keeps what happened, not to whom: this event must stay readable when the person is gone.
    audit.record("customer.erasure", OBJECT, customer_id, after={"services": len(live)}, reason=erasure.reason)
    _end(live, erasure.reason)
    commit()
    return erasure


def withdraw(erasure_id: int, reason: str) -> Erasure:
    """Take a request back, and commit: the person stays. What was cancelled meanwhile stays cancelled.

    Raises:
        NotFound: no such erasure.
        Conflict: it is done, or being done; nobody can bring the data back.
    """
    begin(reads_only=False)
    erasure = _waiting(erasure_id)
    if BEGUN in erasure.progress:
        # Rows have lost the person already, and marks must stay for the rest.
        raise Conflict("erasure_over", {"id": erasure_id})
    erasure.status = WITHDRAWN
    clear_alert(WAITS, OBJECT, erasure.customer_id)
    remove_marks(erasure.id)
    audit.record("customer.erasure_withdrawn", OBJECT, erasure.customer_id, reason=reason.strip()[:REASON_CHARS])
    commit()
    return erasure


def finish_without_proof(erasure_id: int, reason: str) -> Erasure:
    """Erase here although a platform could not be told, because a person says that it is settled there; commits.

    Raises:
        NotFound: no such erasure.
        Invalid: the reason is missing.
        Conflict: it is done already, a service goes on, or a call is under way: try again in a minute.
    """
    refuse_if([] if reason.strip() else [Problem("reason", "reason_missing")])
    begin(reads_only=False)
    erasure = _waiting(erasure_id)
    if live := _live(erasure.customer_id):
        raise Conflict("erasure_services_live", {"count": len(live), "services": ", ".join(live)})
    found = standings(erasure.customer_id, utc_now())
    if any(one.stage is Stage.GOING for one in found):
        raise Conflict("erasure_under_way", {"id": erasure_id})
    open_ones = summary([one for one in found if one.stage not in OVER])
    erasure.kept = {**erasure.kept, "unproven": open_ones}
    text = reason.strip()[:REASON_CHARS]
    audit.record(
        "customer.erasure_unproven", OBJECT, erasure.customer_id, after={"count": _count(open_ones)}, reason=text
    )
    commit()
    complete(erasure.id)
    return erasure


def advance_all(now: datetime) -> int:
    """Take every erasure as far as it goes; returns how many were completed. One that fails holds no other."""
    ids = db.session.scalars(
        select(Erasure.id).where(Erasure.status == WAITING).order_by(Erasure.id).limit(AT_ONCE)
    ).all()  # fmt: skip
    db.session.rollback()
    done = 0
    for erasure_id in ids:
        try:
            done += advance(erasure_id, now)
        except Exception:
            # A border: the next person must have their turn.
            log.exception("erasure.failed", erasure_id=erasure_id)
            db.session.rollback()
    return done


def advance(erasure_id: int, now: datetime) -> bool:
    """Take one erasure as far as it goes; tells whether it is complete."""
    begin(reads_only=False)
    erasure = db.session.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None or erasure.status != WAITING:
        db.session.rollback()
        return False
    found = standings(erasure.customer_id, now)
    ask = to_ask(found, now)
    platforms = summary(found)
    if erasure.progress.get(PLATFORMS) != platforms:
        erasure.progress = {**erasure.progress, PLATFORMS: platforms}
    _tell(erasure, found)
    ready = all(one.stage in OVER for one in found) and not _live(erasure.customer_id)
    db.session.commit()
    for integration_id, account_ids in ask.items():
        lookup_marks.mark(integration_id, account_ids)
    if ready:
        complete(erasure_id)
    return ready


def complete(erasure_id: int) -> None:
    """Take the person out of the rows here, and write that down; may be called again after a crash."""
    erasure = db.session.get_one(Erasure, erasure_id)
    customer_id = erasure.customer_id
    event_id = _event_of(erasure)
    if event_id is None:
        return
    anonymise(customer_id, event_id)
    begin(reads_only=False)
    closed = (
        update(Erasure)
        .where(Erasure.id == erasure_id, Erasure.status == WAITING)
        .values(status=ERASED, done_at=utc_now())
    )
    db.session.execute(closed, execution_options={"synchronize_session": False})
    db.session.commit()
    ledger.note_all()


def _tell(erasure: Erasure, found: Sequence[Standing]) -> None:
    """Tell a person, in the caller's transaction, while it cannot go on by itself; no name leaves the hub by it."""
    if any(one.stage is Stage.PERSON for one in found):
        raise_alert(WAITS, OBJECT, erasure.customer_id)
    else:
        clear_alert(WAITS, OBJECT, erasure.customer_id)


def _event_of(erasure: Erasure) -> int | None:
    """Return the event by which the history says why content is gone; made once. None = nothing may go."""
    known = erasure.progress.get(BEGUN)
    if isinstance(known, int):
        db.session.rollback()
        return known
    number = erasure.id
    begin(reads_only=False)
    row = db.session.get_one(Erasure, number, with_for_update=True, populate_existing=True)
    # A person may have taken it back, or brought the customer a new service, a moment ago.
    if row.status != WAITING or _live(row.customer_id):
        db.session.rollback()
        return None
    known = row.progress.get(BEGUN)
    if isinstance(known, int):
        db.session.rollback()
        return known
    event = Event(**audit.entry("customer.erased", OBJECT, row.customer_id, reason=row.reason))
    db.session.add(event)
    db.session.flush()
    row.progress = {**row.progress, BEGUN: event.id}
    event_id = event.id
    db.session.commit()
    return event_id


def _waiting(erasure_id: int) -> Erasure:
    erasure = db.session.get(Erasure, erasure_id, with_for_update=True)
    erasure = erasure or get_or_refuse(Erasure, erasure_id, "erasure_unknown")
    if erasure.status != WAITING:
        raise Conflict("erasure_over", {"id": erasure_id})
    return erasure


def _problems(reason: str, live: Sequence[Service], cancel: Collection[int]) -> list[Problem]:
    problems = [] if reason.strip() else [Problem("reason", "reason_missing")]
    left = [one for one in live if one.id not in set(cancel)]
    if left:
        codes = ", ".join(one.code for one in left)
        problems.append(Problem("cancel", "erasure_services_live", {"count": len(left), "services": codes}))
    return problems


def _end(live: Sequence[Service], reason: str) -> None:
    """End services as a person would: the cancels go out as ordinary ones, behind everything that gives."""
    for service in live:
        before = {"status": service.status}
        apply_status(service, CANCELLED_STATUS)
        audit.record(
            "service.status", "service", service.id, service.code, before=before, after={"status": CANCELLED_STATUS},
            reason=reason,
        )  # fmt: skip
    accounts.mark_services([service.id for service in live], accounts.NEGATIVE)


def _live(customer_id: int) -> Sequence[str]:
    wanted = select(Service.code).where(Service.customer_id == customer_id, Service.status.not_in(ENDED))
    return db.session.scalars(wanted.order_by(Service.id)).all()


def _count(platforms: Mapping[str, Mapping[str, int]]) -> int:
    return sum(sum(stages.values()) for stages in platforms.values())
