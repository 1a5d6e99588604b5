"""Several subscribers in one call of a recipe, and each one's own result out of the one answer."""

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.gateways.contract import Connection, Operation, Reply, Subject
from webapp.gateways.errors import ContractBroken, GatewayError, OutcomeUnknown, Rejected
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_calls import CompiledBatch, CompiledOperation
from webapp.gateways.recipe.expressions import MissingValue
from webapp.gateways.recipe.reading import Reader
from webapp.gateways.recipe.render import as_text
from webapp.gateways.recipe.scope import Scope, subject_scope
from webapp.gateways.recipe.sending import Caller, RemoteIdMissing, lacking
from webapp.gateways.recipe.steps import Run

Ended = Reply | GatewayError


@dataclass(frozen=True)
class _Member:
    """One subscriber of a call: his place among those asked for, and what stands for him."""

    place: int
    run: Run
    stands: Any

    @property
    def mark(self) -> str:
        """What his result is known by."""
        return _mark(self.stands)


class Batcher:
    """Sends operations with a ``batch``. Without state; shared by threads."""

    def __init__(self, caller: Caller, reader: Reader) -> None:
        self._caller = caller
        self._reader = reader

    def key(self, conn: Connection, operation: Operation, subject: Subject) -> str | None:
        """Return what subjects must share to go in one call; None = this one goes alone."""
        call = self._caller.recipe.calls.get(operation)
        if call is None or call.batch is None:
            return None
        try:
            return call.batch.by(subject_scope(conn, self._caller.recipe.names, subject, ""))
        except MissingValue:
            # What is wrong with it shows when it is sent by itself.
            return None

    def send(
        self, conn: Connection, operation: Operation, subjects: Sequence[Subject], keys: Sequence[str]
    ) -> list[Ended]:
        """Send; one answer for each subject, in their order. Never raises a ``GatewayError``.

        Steps before the last go for each subject by itself; who fails there, or ends there, drops out.
        """
        ended: dict[int, Ended] = {}
        members: list[_Member] = []
        for place, (subject, key) in enumerate(zip(subjects, keys, strict=True)):
            try:
                run = Run(self._caller, self._reader, conn, operation, subject, key)
                member = self._member(place, run)
            except GatewayError as error:
                ended[place] = error
                continue
            if isinstance(member, _Member):
                members.append(member)
            else:
                ended[place] = member
        if members:
            ended |= self._together(conn, self._caller.operation(operation), members)
        return [ended[place] for place in range(len(subjects))]

    def _member(self, place: int, run: Run) -> "_Member | Reply":
        """Bring one subscriber as far as the call that is shared; a reply when he ends before it."""
        reply = run.lead()
        batch = run.call.batch
        assert batch is not None
        return reply or run.guarded(lambda: self._stand(place, run, batch))

    def _stand(self, place: int, run: Run, batch: CompiledBatch) -> "_Member | Reply":
        try:
            return _Member(place, run, _each(batch, run.scope))
        except RemoteIdMissing as error:
            return _Member(place, run, _each(batch, run.scope)) if run.look_up(error) else run.gone()

    def _together(self, conn: Connection, call: CompiledOperation, members: list[_Member]) -> dict[int, Ended]:
        batch = call.batch
        assert batch is not None
        try:
            answer = self._caller.perform(conn, call.last.call, _shared_scope(members), _shared_key(members))
            results = self._results(batch, answer)
        except Rejected as error:
            if len(members) == 1:
                return {members[0].place: members[0].run.failure(error)}
            # Nothing was done; one whom the platform does not like must not keep the others from theirs.
            return {place: one for member in members for place, one in self._together(conn, call, [member]).items()}
        except GatewayError as error:
            # Everybody's, but each with his own progress.
            return {member.place: member.run.failure(copy.copy(error)) for member in members}
        return {member.place: self._end(conn, call, member, answer, results) for member in members}

    @staticmethod
    def _results(batch: CompiledBatch, answer: Answer) -> dict[str, list[Any]] | None:
        """Return the results by what they are known by; None when the answer counts for all."""
        if batch.results is None:
            return None
        items = batch.results(answer.view)
        if not isinstance(items, list):
            raise ContractBroken("answer_items_missing", exchange=answer.response.exchange)
        results: dict[str, list[Any]] = {}
        for item in items:
            results.setdefault(_mark(batch.match(item) if batch.match else None), []).append(item)
        return results

    def _end(
        self, conn: Connection, call: CompiledOperation, member: _Member, answer: Answer,
        results: dict[str, list[Any]] | None,
    ) -> Ended:  # fmt: skip
        try:
            if results is not None:
                answer = member.run.guarded(lambda: _own_answer(conn, call, member, answer, results))
            return member.run.end(answer)
        except GatewayError as error:
            return error


def _own_answer(
    conn: Connection, call: CompiledOperation, member: _Member, answer: Answer, results: dict[str, list[Any]]
) -> Answer:
    """Return the answer as it is about one subscriber."""
    own = results.get(member.mark, [])
    assert call.batch is not None
    if len(own) != 1:
        # None, or two that may differ: what became of him is not known.
        raise OutcomeUnknown("batch_result_missing", params={"count": len(own)}, exchange=answer.response.exchange)
    return call.last.call.judge.judge_item(call.batch.rules, answer, own[0], conn.now)


def _each(batch: CompiledBatch, scope: Scope) -> Any:
    try:
        return batch.each(scope)
    except MissingValue as error:
        raise lacking(error) from error


def _shared_scope(members: list[_Member]) -> Scope:
    """Return the names of the shared call: those of the first, and ``batch`` for all. Doubled ones go once."""
    scope = members[0].run.scope
    scope.batch = list({member.mark: member.stands for member in members}.values())
    scope.hidden = tuple(secret for member in members for secret in member.run.scope.secrets())
    if len(members) > 1:
        # The exchange is kept with each of them: nobody's record may hold the others' documents.
        scope.hidden += tuple(as_text(member.stands) for member in members)
    return scope


def _shared_key(members: list[_Member]) -> str:
    """Return a key that is the same whenever the same intents go together."""
    keys = sorted(member.run.scope.key for member in members)
    return "" if len(keys) == 1 else hashlib.sha256("\n".join(keys).encode()).hexdigest()


def _mark(value: Any) -> str:
    return as_text(value).strip().casefold()
