"""Step four: what may go is made, in batches that can be resumed; negatives only after a second look."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from webapp.clock import monotonic_s
from webapp.decide.certificate import Certificate, Effect, Finding, contradicted
from webapp.decide.intake import Wanted, What
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.services.documents import fold, normalise_document
from webapp.services.errors import Conflict, Problem
from webapp.services.intake import Allowed, Intake, RowPlan, RowResult
from webapp.services.source_mapping import Translator
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.comparing import dump_problems
from webapp.services.source_pulls.known import LOOKS
from webapp.services.source_pulls.leases import applying
from webapp.services.source_pulls.rows import Item, Settled
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import CustomerRecord, Record, ServiceRef, SourceAbility

# Looks come one by one, at the pace of the source; so often what they showed is written down.
FLUSH_S = 2.0
FLUSH_COUNT = 50
# Of one record that somebody else makes at the same moment.
TRIES = 3
LOOK_FAILED, NOT_CONFIRMED = "pull_look_failed", "pull_not_confirmed"
Judge = Callable[[Item, RowResult | None], Settled | None]
log = structlog.get_logger()


@dataclass(frozen=True)
class Looked:
    """An item, and the record by which it is made: the one that was read, or what a second look showed now."""

    item: Item
    record: Record | None


class Applier:
    """Applies the items of one pull.

    Args:
        counts: of the pull; grows with every batch.
    """

    def __init__(self, task: Task, certificate: Certificate, counts: dict[str, int]) -> None:
        self._task = task
        self._certificate = certificate
        self.counts = Counter(counts)
        self._translator = Translator.load(task.source_id)
        self._intake = Intake(task.source_id, lenient=True)
        self._looked = 0
        self._otherwise = 0

    def apply_open(self, first: int = 0) -> None:
        """Make everything that takes nothing away, also of records whose negatives wait.

        Raises:
            LeaseLost, StopRequested, Interrupted: leave the pull; it goes on at ``applied``.
        """
        begin(reads_only=True)
        after_id = rows.id_before(self._task.pull_id, first)
        while True:
            begin(reads_only=True)
            found = rows.items(self._task.pull_id, rows.OPEN, after_id=after_id, limit=rows.BATCH)
            db.session.rollback()
            if not found:
                return
            self.apply_read(found)
            after_id = found[-1].id

    def apply_read(self, found: Sequence[Item]) -> None:
        """Make what these items change and does not take away, from the records as they were read."""
        looked = [Looked(item, record) for item, record in self._read(found)]
        # Nothing is taken away here, so nothing has to be planned: the intake compares with the present rows.
        begin(reads_only=True)
        plans = [RowPlan(wanted) for wanted in self._wanted(looked)]
        db.session.rollback()
        self._make(found, plans, frozenset(), _first_pass, applied=found[-1].position + 1)

    def apply_negatives(self, outcome: str) -> Finding | None:
        """Make the negatives that may go, each after a second look where the source can be asked.

        Args:
            outcome: planned, or staged when a person approved them.

        Returns:
            What stopped it: looks that contradicted or failed; what is left is held. None when nothing did.

        Raises:
            LeaseLost, StopRequested, Interrupted: leave the pull; what was made is recorded.
        """
        begin(reads_only=True)
        waiting = rows.items(self._task.pull_id, (outcome,), negative=True)
        db.session.rollback()
        if not waiting:
            return None
        if not self._must_look(outcome):
            for start in range(0, len(waiting), rows.BATCH):
                part = waiting[start : start + rows.BATCH]
                self._make_confirmed([Looked(item, record) for item, record in self._read(part)], second_look=False)
            return None
        finding = self._look_again(waiting)
        if finding is not None:
            self._hold_rest(outcome, finding)
        return finding

    def _must_look(self, outcome: str) -> bool:
        """What a light pull or a hint found was a fresh single look itself, until it waited for a person."""
        fresh = self._task.mode in LOOKS and outcome != "staged"
        return self._task.can(SourceAbility.FIND) and not fresh

    def _look_again(self, waiting: Sequence[Item]) -> Finding | None:
        refs = {ref_of(record): (item, record) for item, record in self._read(waiting) if record is not None}
        pending: list[Looked] = []
        flushed_s = monotonic_s()
        try:
            for ref, records in self._task.reader.find(self._task.connection, list(refs)):
                self.counts["calls"] += 1
                item, read = refs[ref]
                pending.append(Looked(item, _same_service(ref, records, read)))
                if len(pending) >= FLUSH_COUNT or monotonic_s() - flushed_s >= FLUSH_S:
                    self._make_confirmed(pending)
                    pending, flushed_s = [], monotonic_s()
                if self._otherwise:
                    break
        except GatewayError as error:
            self._make_confirmed(pending)
            log.warning("pull.look_failed", pull_id=self._task.pull_id, code=error.code)
            return Finding(LOOK_FAILED, frozenset({Effect.NO_NEGATIVE}), {"error": error.code, "looked": self._looked})
        self._make_confirmed(pending)
        return contradicted(self._looked, self._otherwise) if self._otherwise else None

    def _make_confirmed(self, looked: Sequence[Looked], *, second_look: bool = True) -> None:
        """Make of these what the record still says; a look that says otherwise than planned takes nothing away."""
        if not looked:
            return
        plans = self._plan(looked)
        allowed: set[int] = set()
        for count, one in enumerate(looked, 1):
            self._looked += 1
            plan = plans.get(one.item.position)
            if plan is None or plan.refused:
                continue
            now, planned = (rows.takes_away(changes) for changes in (_dumped(plan), one.item.changes))
            if now and all(change in planned for change in now):
                allowed.add(one.item.position)
            elif not now and _made_already(plan, planned):
                # Its process died before it could say so.
                allowed.add(one.item.position)
            elif not now and second_look and not self._changed_since(one.record):
                # From here on the reading is not to be believed.
                self._otherwise += 1
                looked = looked[:count]
                break
        found = [one.item for one in looked]
        made = [plans[item.position] for item in found if item.position in plans]
        self._make(found, made, frozenset(allowed), _last_pass(allowed))

    def _changed_since(self, record: Record | None) -> bool:
        """It changed there after the reading began, so the reading was right when it was made."""
        return record is not None and record.changed_at is not None and record.changed_at > self._task.started_at

    def _read(self, found: Sequence[Item]) -> Iterator[tuple[Item, Record | None]]:
        for start in range(0, len(found), rows.BATCH):
            part = found[start : start + rows.BATCH]
            read = {row.position: row.record for row in rows.some(self._task.pull_id, [one.position for one in part])}
            yield from ((item, read.get(item.position)) for item in part)

    def _plan(self, looked: Sequence[Looked]) -> dict[int, RowPlan]:
        """Plan these records against the present rows; leaves no transaction open."""
        begin(reads_only=True)
        wanted = self._wanted(looked)
        plans = self._intake.plan(wanted) if wanted else []
        db.session.rollback()
        return {plan.wanted.position: plan for plan in plans}

    def _wanted(self, looked: Sequence[Looked]) -> list[Wanted]:
        found = (self._translator.translate(one.record, one.item.position) for one in looked if one.record is not None)
        return [translated.wanted for translated in found if translated.wanted is not None]

    def _make(
        self,
        found: Sequence[Item],
        plans: list[RowPlan],
        negatives: frozenset[int],
        judge: Judge,
        **values: int,
    ) -> None:
        """Apply plans, and write down what became of their items, with these columns of the pull."""
        self._task.lease.renew()
        results = self.apply_plans(plans, negatives)
        settled = {item.id: outcome for item in found if (outcome := judge(item, results.get(item.position)))}
        begin(reads_only=False)
        rows.settle_items(settled)
        self._task.lease.keep(counts=dict(self.counts), **values)
        db.session.commit()

    def apply_plans(self, plans: list[RowPlan], negatives: frozenset[int]) -> dict[int, RowResult]:
        """Hand plans to the intake, as far as the certificate lets them; nobody else writes for this source then."""
        if not plans:
            return {}
        allowed = Allowed(
            creates=self._certificate.allows(Effect.NO_CREATE),
            contacts=self._certificate.allows(Effect.NO_CONTACT),
            positions_negative=negatives,
        )
        with applying(self._task.source_id):
            results = self._apply(plans, allowed)
        self.counts.update(one.outcome for one in results if one.outcome in ("created", "updated"))
        return {one.position: one for one in results}

    def _apply(self, plans: Sequence[RowPlan], allowed: Allowed, tries: int = TRIES) -> list[RowResult]:
        """Apply; when a person or the API makes one of the same rows at the same moment, in halves, until it is found.

        Raises:
            Conflict: the same again and again; the pull fails, and can go on.
        """
        try:
            return self._intake.apply(plans, allowed)
        except Conflict as conflict:
            if not tries:
                raise
            log.info("pull.again", pull_id=self._task.pull_id, code=conflict.code, records=len(plans))
        half = len(plans) // 2
        parts = [part for part in (plans[:half], plans[half:]) if part]
        # A single record cannot be halved, so that it is tried a few times.
        return [one for part in parts for one in self._apply(part, allowed, TRIES if half else tries - 1)]

    def _hold_rest(self, outcome: str, finding: Finding) -> None:
        begin(reads_only=False)
        problem = {"field": "", "code": finding.code, "params": dict(finding.params)}
        rows.turn_items(self._task.pull_id, outcome, "held", problem=problem)
        self._task.lease.keep()
        db.session.commit()


def _made_already(plan: RowPlan, planned: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether all that was planned is so, and the record still says it: nothing is left to take away."""
    service, wanted = plan.service, plan.wanted.service
    if service is None or wanted is None:
        return False
    status = [change["after"] for change in planned if change["what"] == What.STATUS.value]
    others = len(planned) > len(status)
    return bool(status) and not others and service.status == wanted.status == status[0]


def ref_of(record: Record) -> ServiceRef:
    """Return how the source finds this record again."""
    code = record.service.code if record.service else ""
    return ServiceRef(code, record.customer.code, record.customer.document)


def _same_service(ref: ServiceRef, records: Sequence[Record], read: Record) -> Record | None:
    """Return what is about this very service of this very person; anything else proves nothing of it."""
    if not ref.service_code:
        return records[0] if records else None
    found = next((one for one in records if one.service and one.service.code == ref.service_code), None)
    return found if found is not None and _same_person(found.customer, read.customer) else None


def _same_person(now: CustomerRecord, read: CustomerRecord) -> bool:
    """Tell whether both are one person: by now the source may be led to another ERP, which counts as this one did."""
    if now.code != read.code:
        return False
    if now.document and read.document:
        return normalise_document(now.document) == normalise_document(read.document)
    return fold(now.name) == fold(read.name)


def _dumped(plan: RowPlan) -> list[dict[str, object]]:
    return [rows.dump_change(change) for change in plan.changes]


def _first_pass(item: Item, result: RowResult | None) -> Settled | None:
    """Return what becomes of an item when its negatives could not go yet; None leaves it as it is."""
    if result is None:
        return Settled("skipped", [_not_read()])
    if result.outcome == "held":
        # Its negatives have their turn later; of any other record something else was held back.
        return None if item.negative else Settled("held", _problems(result.problems))
    if item.negative and item.outcome in ("held", "staged"):
        return None
    return _ended(result)


def _last_pass(allowed: Collection[int]) -> Judge:
    """Return how items are judged whose negatives had their turn: those that were not allowed were not confirmed."""

    def judge(item: Item, result: RowResult | None) -> Settled:
        if result is not None and result.outcome == "refused":
            return _ended(result)
        if result is None or result.outcome == "held" or item.position not in allowed:
            return Settled("skipped", [{"field": "", "code": NOT_CONFIRMED, "params": {}}])
        return _ended(result)

    return judge


def _ended(result: RowResult) -> Settled:
    if result.outcome in ("refused", "skipped"):
        return Settled(result.outcome, _problems(result.problems))
    return Settled("applied")


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]] | None:
    return dump_problems(problems) or None


def _not_read() -> dict[str, object]:
    return {"field": "", "code": "pull_row_gone", "params": {}}
