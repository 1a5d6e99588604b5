"""One operation of a recipe: its steps in order, resumed where an earlier try failed, taken back when refused."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from webapp.gateways.contract import (
    Connection,
    Exchange,
    LookUp,
    Observed,
    Operation,
    Outcome,
    Progress,
    RemoteState,
    Reply,
    Subject,
)
from webapp.gateways.errors import (
    ContractBroken,
    GatewayError,
    IdentityClash,
    InProgress,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unsupported,
)
from webapp.gateways.recipe.answers import ADOPT, Answer
from webapp.gateways.recipe.compiled_calls import CompiledStep
from webapp.gateways.recipe.reading import Reader
from webapp.gateways.recipe.scope import subject_scope
from webapp.gateways.recipe.sending import Caller, RemoteIdMissing, applies, check_identity, remote_ids

_Done = TypeVar("_Done")
_ENDING = frozenset({Operation.CANCEL, Operation.SUSPEND})


class Run:
    """One try of one operation for one subscriber. For one thread.

    ``whole`` sends everything; a batch calls ``lead`` for all but the last step, sends that one for
    several subscribers together, and hands each one's answer to ``end``.

    Args:
        operation: the one that is really sent, aliases resolved.
        key: stable over every repeat of one intent.
    """

    def __init__(
        self, caller: Caller, reader: Reader, conn: Connection, operation: Operation, subject: Subject, key: str
    ) -> None:
        self.call = caller.operation(operation)
        self.scope = subject_scope(conn, caller.recipe.names, subject, key)
        self._caller, self._reader, self._conn = caller, reader, conn
        self._operation, self._subject = operation, subject
        former = subject.progress if subject.progress.operation == operation else Progress()
        self._done, self._found, self._started_at = list(former.done), list(former.found), former.started_at
        # A create that stopped half-way is cancelled: what it never came to make needs no end.
        self._half_made = operation is Operation.CANCEL and subject.progress.operation == Operation.CREATE
        self._learned: dict[str, str] = {}
        self._step = self.call.steps[0]
        self._exchange: Exchange | None = None

    def whole(self) -> Reply:
        """Send every step that is still to be done.

        Raises:
            InProgress: the platform is still at it; ask again with the progress that the error carries.
            GatewayError: see ``gateways/errors.py``; ``progress`` and ``remote_ids`` are to be kept.
        """
        return self.lead() or self.guarded(lambda: self._ended(self._answer(self.call.last)))

    def lead(self) -> Reply | None:
        """Send all steps but the last; a reply when the operation ended with them.

        Raises:
            GatewayError: as ``whole``.
        """
        if self.call.last_only and self._subject.others:
            return Reply()
        return self.guarded(self._lead)

    def end(self, answer: Answer) -> Reply:
        """Read the answer of the last step.

        Raises:
            GatewayError: as ``whole``.
        """
        return self.guarded(lambda: self._ended(answer))

    def guarded(self, work: Callable[[], _Done]) -> _Done:
        """Do a piece of the run; whatever fails carries how far it came."""
        try:
            return work()
        except GatewayError as error:
            failed = self.failure(error)
            if failed is error:
                raise
            raise failed from error

    def failure(self, error: GatewayError) -> GatewayError:
        """Return what failed with how far the run came; after a refusal for good, what was done is taken back first."""
        if isinstance(error, InProgress):
            error = self._waiting(error)
        elif isinstance(error, OutcomeUnknown) and self._goes_on():
            error = Unavailable(error.code, params=error.params, exchange=error.exchange)
        elif isinstance(error, Rejected | Unsupported) and self._done:
            error = self._undone(error)
        done = bool(self._done or self._started_at)
        error.progress = Progress(
            self._operation if done else "", tuple(self._done), self._started_at, tuple(self._found)
        )  # fmt: skip
        error.remote_ids = dict(self._learned)
        return error

    def learn(self, found: Observed | None) -> bool:
        """Take over the ids that a look-up brought; False when the platform has no such account.

        Raises:
            ContractBroken: the account has no id, although one is needed.
            IdentityClash: it is somebody else's.
        """
        if found is None:
            return False
        if not found.remote_ids:
            raise ContractBroken("remote_id_missing", exchange=self._exchange)
        if not self._ours(found):
            raise self._clash(self._conn.http.masker.text(self._subject.account.login))
        self._remember(found.remote_ids)
        return True

    def look_up(self, error: GatewayError) -> bool:
        """Look the account up because an id is not known; False when there is none.

        Raises:
            Rejected: the platform cannot be asked, or a create needs what only a look-up could know.
        """
        if Operation.FIND not in self._caller.recipe.calls:
            if self._half_made:
                return False
            raise Rejected(error.code, params=error.params)
        look_up = self._reader.find(self._conn, self._subject)
        self._exchange = look_up.exchange
        self._remember(look_up.remote_ids)
        if self.learn(look_up.found):
            return True
        if self._operation is Operation.CREATE and str(error.params["name"]).partition(".")[2] not in self.scope.remote:
            raise Rejected("create_needs_account", params=error.params, exchange=look_up.exchange)
        # Such as a person who is there without the right that is to be created.
        return self._operation is Operation.CREATE

    def gone(self) -> Reply:
        """Return that the account is not there any more."""
        return Reply(Outcome.GONE, self._learned, RemoteState.ABSENT, self._exchange)

    def _lead(self) -> Reply | None:
        for step in self.call.steps[:-1]:
            if not self._applies(step):
                continue
            answer = self._answer(step)
            if answer is None and self._half_made:
                self._mark(step)
                continue
            ended = self.gone() if answer is None else self._passed(step, answer)
            if ended is not None:
                return ended
        self._step = self.call.last
        return None if self._applies(self.call.last) else Reply(Outcome.OK, self._learned, None, self._exchange)

    def _applies(self, step: CompiledStep) -> bool:
        if (step.name in self._done and not step.save) or (step.last_only and self._subject.others):
            return False
        return applies(step.when, self.scope)

    def _answer(self, step: CompiledStep) -> Answer | None:
        """Send a step; None when an id that it needs belongs to no account any more."""
        self._step = step
        try:
            answer = self._send(step)
        except RemoteIdMissing as error:
            if not self.look_up(error):
                return None
            answer = self._send(step)
        self._exchange = answer.response.exchange
        return answer

    def _send(self, step: CompiledStep) -> Answer:
        # A platform that honours keys may take the same key on another address for a mistake.
        key = f"{self.scope.key}-{step.name}" if len(self.call.steps) > 1 and self.scope.key else ""
        return self._caller.perform(self._conn, step.call, self.scope, key)

    def _passed(self, step: CompiledStep, answer: Answer) -> Reply | None:
        """Read the answer of a step that is not the last; a reply when the operation ends with it."""
        outcome, creating = answer.outcome, self._operation is Operation.CREATE
        if outcome is Outcome.GONE and not (creating and step.call.read_only):
            ended = self._vanished(step)
            if ended is not None:
                return ended
        elif outcome == ADOPT and step.call.read_only:
            return self._adopted(answer)
        compared = check_identity(step.call.identity, answer.view, self.scope, answer.response)
        if creating and not step.call.read_only and outcome in (Outcome.ALREADY, ADOPT):
            if not compared:
                self._take_over(answer, step)
            self._found.append(step.name)
        required = creating and outcome is Outcome.OK and not step.call.read_only and _about_something(step, answer)
        self._remember(remote_ids(step.call.remote, answer, required=required))
        self.scope.saved.update({name: path(answer.view) for name, path in step.save.items()})
        self._mark(step)
        return None

    def _vanished(self, step: CompiledStep) -> Reply | None:
        """Say what it means that a step found nothing: done where it was to end something anyway."""
        if self._operation is Operation.CREATE:
            raise self._start_over()
        return None if self._operation in _ENDING and not step.call.read_only else self.gone()

    def _start_over(self) -> Unavailable:
        """What an earlier step made is not there any more, so the next try begins with the first step."""
        self._done, self._found, self._started_at = [], [], ""
        return Unavailable("step_gone", params={"step": self._step.name}, exchange=self._exchange)

    def _ended(self, answer: Answer | None) -> Reply:
        """Read the answer of the last step."""
        if answer is None:
            return self.gone()
        call, step, exchange = self.call, self.call.last, answer.response.exchange
        if answer.outcome == ADOPT:
            return self._adopted(answer)
        if answer.outcome is Outcome.GONE:
            if self._operation is Operation.CREATE:
                raise self._start_over()
            return Reply(Outcome.GONE, self._learned, RemoteState.ABSENT, exchange)
        check_identity((*call.identity, *step.call.identity), answer.view, self.scope, answer.response)
        creating = self._operation is Operation.CREATE
        required = creating and answer.outcome is Outcome.OK and _about_something(step, answer)
        paths = {**(step.call.remote or {}), **call.remote}
        self._learned |= remote_ids(paths, answer, required=required)
        read_state = call.state or step.call.state
        state = self._caller.recipe.account.state_of(read_state(answer.view)) if read_state else None
        return Reply(Outcome(answer.outcome), self._learned, state, exchange)

    def _adopted(self, answer: Answer) -> Reply:
        """The platform says that it exists: ours when the look-up finds it, else somebody else's."""
        found = self._take_over(answer)
        state = found.state if found is not None else None
        return Reply(Outcome.ALREADY, self._learned, state, answer.response.exchange)

    def _take_over(self, answer: Answer, step: CompiledStep | None = None) -> Observed | None:
        """Take over what exists already when a look-up shows that it is ours.

        Args:
            step: one before the last; then its ids alone are enough, such as those of a person without rights.
        """
        looked_up = LookUp()
        if Operation.FIND in self._caller.recipe.calls:
            looked_up = self._reader.find(self._conn, self._subject)
        self._remember(looked_up.remote_ids)
        found = looked_up.found
        named = set(step.call.remote or {}) if step is not None else set()
        if found is None and named and named <= set(looked_up.remote_ids):
            return None
        if found is None or not self._ours(found):
            raise self._clash(answer.response.masked(self._subject.account.login), answer.response.exchange)
        self._remember(found.remote_ids)
        return found

    def _ours(self, found: Observed) -> bool:
        return found.belongs_to(self._subject.account.reference, self._subject.customer.document)

    def _clash(self, login: str, exchange: Exchange | None = None) -> IdentityClash:
        return IdentityClash(
            "login_taken", params={"login": login}, exchange=exchange or self._exchange, field="email"
        )  # fmt: skip

    def _remember(self, ids: Mapping[str, str]) -> None:
        self._learned.update(ids)
        self.scope.remote = {**self.scope.remote, **ids}

    def _mark(self, step: CompiledStep) -> None:
        self._started_at = self._started_at or self._conn.now().isoformat()
        if step.name not in self._done:
            self._done.append(step.name)

    def _goes_on(self) -> bool:
        """Tell whether there is nothing to doubt: what came before is known, and this step may be repeated.

        Where the whole operation may be, the caller knows that already.
        """
        return bool(self._done) and self._step.call.judge.repeat_safe and not self.call.repeat_safe

    def _waiting(self, error: InProgress) -> GatewayError:
        """Return the error that says "ask again", or, when that lasts too long, that nobody knows."""
        now = self._conn.now()
        self._started_at = self._started_at or now.isoformat()
        if now < datetime.fromisoformat(self._started_at) + timedelta(seconds=self._step.limit_s):
            return error
        self._done, self._found, self._started_at = [], [], ""
        params = {**error.params, "minutes": round(self._step.limit_s / 60)}
        return OutcomeUnknown("wait_too_long", params=params, exchange=error.exchange)

    def _undone(self, error: GatewayError) -> GatewayError:
        """Take back, last first, what this operation made; what could not be stays on record."""
        for step in reversed(self.call.steps):
            if step.name not in self._done or step.undo is None or not self._may_undo(step):
                continue
            try:
                self._caller.perform(self._conn, step.undo, self.scope)
            except GatewayError as failure:
                params = {**error.params, "step": step.name, "reason": failure.code, "refusal": error.code}
                return type(error)("undo_failed", params=params, exchange=error.exchange, field=error.field)
            self._done.remove(step.name)
            # An empty id means: forget it.
            self._learned |= dict.fromkeys(step.call.remote or {}, "")
        if not self._done:
            self._started_at = ""
        return error

    def _may_undo(self, step: CompiledStep) -> bool:
        """Tell whether a step's work is this operation's alone: not found there, and nobody else stands on it."""
        shared = set(step.call.remote or {}) - self._caller.recipe.traits.unit_ids
        return step.name not in self._found and not (shared and self._subject.others)


def _about_something(step: CompiledStep, answer: Answer) -> bool:
    """Tell whether the answer tells of anything at all: a list without our item has no id to tell."""
    return step.call.items is None or answer.view.get("item") is not None
