"""A sample: some accounts drawn by chance are asked about one by one; what they show is planned, never applied."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, func, select

from webapp.clock import utc_now
from webapp.decide.probes import share_between
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation
from webapp.models import Account, Integration
from webapp.services import asking
from webapp.services.asking import Asking
from webapp.services.connections import effective_limits
from webapp.services.runs.believed import load_believed
from webapp.services.runs.reading import Read
from webapp.services.subjects import load_subjects

SAMPLE_SIZE = 100
MOST = 2_000
UNSUPPORTED, UNANSWERED = "sample_unsupported", "sample_unanswered"


def sample(
    integration_id: int,
    gateway: Gateway,
    connection: Connection,
    count: int = SAMPLE_SIZE,
    on_page: Callable[[int, int], None] = lambda asked, pages: None,
) -> Read:
    """Ask about live, settled accounts drawn by chance, at the platform's pace, and compare.

    No transaction is open while the platform is asked. What was seen is written down on the accounts.

    Args:
        count: how many accounts; fewer where there are fewer, ``MOST`` at most.
        on_page: called with how many were asked, before each account; may raise, then nothing follows.

    Returns:
        A reading that is never complete. Its counts: ``expected`` (live accounts), ``listed`` (asked),
        ``compared`` (answered), ``differing``, and ``low`` and ``high``, per mille of all, between which the
        share of differing lies with 95 % confidence. Refused where the platform cannot be asked, or nobody answered.
    """
    if not gateway.traits.can(Operation.FIND):
        return Read(refused=UNSUPPORTED, refused_params={"gateway": gateway.traits.label})
    started_at = utc_now()
    integration = db.session.get_one(Integration, integration_id)
    expected, drawn = _live(integration_id), _draw(integration_id, min(count, MOST))
    rate = effective_limits(gateway.traits, integration.concurrency, integration.rate_per_s).rate_per_s
    believed = load_believed(integration_id, gateway.traits, started_at, drawn)
    subjects = load_subjects(integration, gateway.traits, connection, drawn)
    db.session.rollback()
    round_ = Asking(gateway, connection, subjects, rate)
    round_.about(believed, lambda: _go_on(round_, on_page))
    asking.write_down(round_.looked, started_at)
    db.session.commit()
    return _read(round_, expected, len(drawn))


def _go_on(round_: Asking, on_page: Callable[[int, int], None]) -> bool:
    on_page(len(round_.looked) + len(round_.failures), 0)
    return True


def _read(round_: Asking, expected: int, drawn: int) -> Read:
    compared = len(round_.looked)
    differing = len({item.account_id for item in round_.differences})
    low, high = share_between(differing, compared)
    counts = {
        "expected": expected, "listed": compared + len(round_.failures), "compared": compared,
        "unsettled": drawn - compared - len(round_.failures) if round_.away is None else 0,
        "unreadable": len(round_.failures), "differing": differing, "low": int(low * 1000), "high": round(high * 1000),
    }  # fmt: skip
    if round_.away is not None:
        return Read(counts=counts, error=round_.away)
    refused = UNANSWERED if drawn and not compared else ""
    return Read(
        differences=round_.differences, counts=counts, refused=refused,
        refused_params={"count": drawn} if refused else {},
    )  # fmt: skip


def _live(integration_id: int) -> int:
    return db.session.scalar(select(func.count()).where(*_wanted(integration_id))) or 0


def _draw(integration_id: int, count: int) -> Sequence[int]:
    settled = (Account.due_at.is_(None), Account.generation == Account.applied_generation)
    statement = select(Account.id).where(*_wanted(integration_id), *settled).order_by(func.random()).limit(count)
    return db.session.scalars(statement).all()


def _wanted(integration_id: int) -> tuple[ColumnElement[bool], ...]:
    live = ("active", "suspended", "waiting_user")
    return Account.integration_id == integration_id, Account.status.in_(live)
