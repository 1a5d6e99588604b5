"""What an action on many rows is: which rows, who may, what keeps a row from it, what it does, how it is taken back."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from webapp.models.desk import LINE_FAILED, LINE_SKIPPED
from webapp.services.errors import Problem

Params = Mapping[str, Any]
# More rows than this are a matter of a reading or a plan, not of a person's hand.
MOST = 20_000


@dataclass(frozen=True)
class LeftOut:
    """Why a row is not touched.

    Attributes:
        outcome: ``skipped`` (there is nothing to do, or a rule keeps it so) or ``failed`` (mend it and try again).
        bad: it is not as the person thought; False where there is just nothing to do.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = LINE_SKIPPED
    bad: bool = True


@dataclass(frozen=True)
class Effect:
    """What was done to a row.

    Attributes:
        before: what an undo puts back; names nobody. Empty = it cannot be undone.
        marks: services whose accounts follow -> priority.
        left: what ``Kind.settled`` and ``Kind.after_commit`` get.
    """

    before: Mapping[str, Any] = field(default_factory=dict)
    marks: Mapping[int, int] = field(default_factory=dict)
    left: Any = None


@dataclass(frozen=True)
class Loss:
    """One account that would lose content by a row. It can stand where a line of a run stands, see ``decide.radius``.

    Attributes:
        action: suspend or cancel.
        value: R$ per month.
    """

    integration_id: int
    account_id: int | None
    login: str
    name: str
    action: str
    cause: str
    cause_params: Mapping[str, Any]
    value: Decimal | None


@dataclass(frozen=True)
class Named:
    """A row as people know it.

    Attributes:
        path: endpoint and values of its page.
        facts: values of messages about it, which lines do not keep.
    """

    name: str
    detail: str
    path: tuple[str, Mapping[str, Any]]
    facts: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A row cannot be done after all; ``left_out`` says why."""

    def __init__(self, left_out: LeftOut) -> None:
        super().__init__(left_out.code)
        self.left_out = left_out


class Kind(ABC):
    """One action. Instances keep nothing of a job and serve all threads.

    Attributes:
        key: in addresses, the API and the history.
        tables: names of the lists that offer it.
        subject: what its rows are: account, service, package, plan or orphan.
        roles: who may.
        fields: what it asks besides; names of ``params``.
        asks: fields that may stay empty.
        reasoned: it takes something away, so it wants a reason.
        fresh: it wants a fresh proof of who sits there, as the same for one row does.
        undoable: what it did can be taken back; ``undo_takes``: taking it back takes content away.
        most: rows of one job.
        together: its rows are written many at a time. Where one of them cannot be, all of them are taken back and done
            again one by one, so ``apply`` must leave nothing behind but what a rollback takes back.
    """

    key: str
    tables: tuple[str, ...]
    subject: str
    roles: tuple[str, ...]
    fields: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    reasoned: bool = False
    fresh: bool = False
    undoable: bool = False
    undo_takes: bool = False
    most: int = MOST
    together: bool = False

    def check(self, params: Params) -> list[Problem]:
        """Return what is wrong with ``params``; empty when the action can be looked at."""
        return []

    def takes(self, params: Params) -> bool:
        """Tell whether it takes content away, so that limits count."""
        return False

    @abstractmethod
    def subjects(self, table: str, rows: Select[Any], params: Params) -> Select[Any]:
        """Return the ids of what is touched.

        Args:
            rows: ids of the list's rows that were chosen.
        """

    @abstractmethod
    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, Any]:
        """Return rows by id with all that judging needs, in a few queries; who is gone is left out.

        Args:
            lock: for writing: the row stays as it is until the caller's commit.
        """

    @abstractmethod
    def judge(self, row: Any, params: Params) -> LeftOut | None:
        """Tell why a row is left out; None when it can be done. Changes nothing."""

    @abstractmethod
    def apply(self, row: Any, params: Params, reason: str) -> Effect:
        """Do it, in the caller's transaction; the row was judged in it and can be done.

        Raises:
            Refused, ServiceError: it cannot be done; the caller takes back what was begun of the row.
        """

    @abstractmethod
    def name(self, row: Any) -> Named:
        """Return a row as people know it."""

    def names(self, ids: Collection[int]) -> Mapping[int, Named]:
        """Return who rows are, by id, in a few queries; nothing of them is judged."""
        return {key: self.name(row) for key, row in self.load(ids).items()}

    def about(self, params: Params) -> Any:
        """Return what it is about besides its rows. Whoever judges rows holds it, so that it is read once for all."""
        return None

    def losses(self, row: Any, params: Params, before: Mapping[str, Any] | None = None) -> Sequence[Loss]:
        """Return who would lose content by this row.

        Args:
            before: of the line that is taken back; None = it is not an undo.
        """
        return ()

    def calls(self, row: Any, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the integrations that get a call by this row, one for each call; an estimate."""
        return ()

    def room(self) -> int:
        """Return how many rows may be done now: more would be lost where they are handed over to."""
        return MOST

    def judge_undo(self, row: Any, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        raise NotImplementedError

    def undo(self, row: Any, before: Mapping[str, Any], reason: str) -> Effect:
        """Put back what ``apply`` changed, in the caller's transaction; the row was judged in it.

        Raises:
            Refused, ServiceError: it cannot be put back; the caller takes back what was begun of the row.
        """
        raise NotImplementedError

    def settled(self, effects: Sequence[Effect]) -> Sequence[Effect]:
        """Finish what was done to some rows, in the same transaction: they are written, so new ones have ids."""
        return effects

    def after_commit(self, effects: Sequence[Effect]) -> None:
        """Do what must come after the commit; what is lost by a crash before it, the next reconciliation finds."""
        return


def nothing_to_do(code: str, **params: Any) -> LeftOut:
    """Return that a row is as it shall be already."""
    return LeftOut(code, params, bad=False)


def failed(code: str, params: Mapping[str, Any]) -> LeftOut:
    """Return that a row cannot be done until somebody mends the cause."""
    return LeftOut(code, params, LINE_FAILED)
