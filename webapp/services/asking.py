"""Asks a platform about single accounts, at its pace, and compares each answer with what we believe."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import bindparam, or_, update

from webapp.decide.compare import Believed, Difference, compare_answer
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, SUSPENDED
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Observed, Operation, RemoteState
from webapp.gateways.errors import AuthFailed, EgressRefused, EndpointGone, GatewayError, Rejected, Unsupported
from webapp.models import Account
from webapp.services.subjects import Subjects

# So many in a row that bring no answer: it is the platform, not the account.
AWAY_AFTER = 3
# What is wrong with the whole platform, or with our way to it: asking about the next account is of no use.
_WHOLE = (AuthFailed, EndpointGone, EgressRefused)
# What is about the one account that was asked about.
_ALONE = (Rejected, Unsupported)
_ACCOUNT = Account.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Failure:
    """One account of which no answer came, and why."""

    account_id: int
    error: GatewayError
    login: str


class Asking:
    """One round of look-ups on one integration. No transaction is open meanwhile: load everything before.

    Args:
        subjects: whom each question is about; who is not among them is not asked about.
        rate_per_s: the platform's pace; 0 = none.
        ended: ask about rights that ended, too: whether they are gone is to be proved.

    Attributes:
        differences: of the accounts that answered.
        looked: account -> the state shown; None where its rights are accounts of their own.
        failures: accounts that the platform would not tell of while it told of others.
        others: accounts whose log-in belongs to somebody else there; nothing of them was compared.
        away: the platform could not be asked any more; those that are left were not asked.
    """

    def __init__(
        self, gateway: Gateway, connection: Connection, subjects: Subjects, rate_per_s: float, *, ended: bool = False
    ) -> None:
        self.differences: list[Difference] = []
        self.looked: dict[int, str | None] = {}
        self.failures: list[Failure] = []
        self.others: set[int] = set()
        self.away: GatewayError | None = None
        self._gateway = gateway
        self._connection = connection
        self._subjects = subjects
        self._pause_s = 1 / rate_per_s if rate_per_s else 0.0
        self._ended = ended
        self._silent: list[Failure] = []

    def about(self, believed: Collection[Believed], go_on: Callable[[], bool] = lambda: True) -> set[int]:
        """Ask, and return the accounts that are done with; what is under way is asked about later.

        Args:
            go_on: asked before each account; False ends the round.
        """
        for account_id, lines in by_account(believed).items():
            if self.away is not None or not go_on():
                break
            if all(line.settled for line in lines):
                self._ask(account_id, lines)
        return set(self.looked) | {failure.account_id for failure in self.failures}

    def _ask(self, account_id: int, lines: Collection[Believed]) -> None:
        try:
            found = [(line, self._find(line)) for line in lines if self._is_asked(line)]
        except GatewayError as error:
            self._failed(Failure(account_id, error, next(iter(lines)).login))
            return
        self.failures += self._silent
        self._silent = []
        shown = [(line, seen) for line, seen in found if not self._somebody_elses(line, seen)]
        compared = (compare_answer(line, seen) for line, seen in shown if not self._is_suspended_so(line, seen))
        if len(shown) < len(found):
            self.others.add(account_id)
        self.differences += [difference for difference in compared if difference is not None]
        self.looked[account_id] = _state(shown)

    def _failed(self, failure: Failure) -> None:
        error = failure.error
        log.warning("asking.failed", account_id=failure.account_id, code=error.code)
        if isinstance(error, _ALONE):
            # A person must see who it is there, and the next reading tells.
            self.failures.append(failure)
            return
        # Of this one, or of all? The next answer tells.
        self._silent.append(failure)
        if isinstance(error, _WHOLE) or len(self._silent) >= AWAY_AFTER:
            self.away = error

    def _is_asked(self, line: Believed) -> bool:
        # A right that ended is not asked about for ever.
        return line.key in self._subjects and (self._ended or line.live or line.unit == ACCOUNT_UNIT)

    def _find(self, line: Believed) -> Observed | None:
        if self._pause_s:
            self._connection.sleep(self._pause_s)
        return self._gateway.find(self._connection, self._subjects[line.key]).found

    def _is_suspended_so(self, line: Believed, seen: Observed | None) -> bool:
        """Where suspending takes the account away, its absence is how a suspended one looks."""
        taken_away = self._gateway.traits.sent_as(Operation.SUSPEND) is Operation.CANCEL
        gone = seen is None or seen.state is RemoteState.ABSENT
        return taken_away and gone and line.state == SUSPENDED

    def _somebody_elses(self, line: Believed, seen: Observed | None) -> bool:
        document = self._subjects[line.key].customer.document
        return seen is not None and not seen.belongs_to(line.reference, document)


def by_account(believed: Collection[Believed]) -> Mapping[int, list[Believed]]:
    """Return the lines of each account together, in their order."""
    found: dict[int, list[Believed]] = {}
    for line in believed:
        found.setdefault(line.account_id, []).append(line)
    return found


def write_down(looked: Mapping[int, str | None], at: datetime) -> None:
    """Keep what single looks showed, in the caller's transaction; nothing else of the accounts is touched.

    Args:
        at: when the platform was asked; what was seen later stays.
    """
    table = _ACCOUNT.c
    older = or_(table.observed_at.is_(None), table.observed_at <= at)
    keep = {"observed_at": at, "updated_at": table.updated_at}
    seen = [{"b_id": one, "b_state": state} for one, state in looked.items() if state is not None]
    if seen:
        statement = update(_ACCOUNT).where(table.id == bindparam("b_id"), older)
        statement = statement.values(observed=bindparam("b_state"), **keep)
        db.session.connection().execute(statement, seen)
    rest = [{"b_id": one} for one, state in looked.items() if state is None]
    if rest:
        db.session.connection().execute(
            update(_ACCOUNT).where(table.id == bindparam("b_id"), older).values(**keep), rest
        )


def _state(shown: Collection[tuple[Believed, Observed | None]]) -> str | None:
    """Return what stands there, where one look tells it of the whole account."""
    if len(shown) != 1:
        return None
    line, seen = next(iter(shown))
    if line.unit != ACCOUNT_UNIT:
        return None
    return ABSENT if seen is None or seen.state is RemoteState.ABSENT else str(seen.state)
