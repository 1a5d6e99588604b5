"""Single looks: at what changed lately, and at whom a source told us of. Whoever may have paid comes first.

Each look is fresh and names one service, so what it gives is made at once; what it takes away waits until the
round is over, and is judged and braked like that of any reading.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from webapp.clock import monotonic_s, utc_now
from webapp.decide.certificate import Certificate, Effect
from webapp.decide.intake import What
from webapp.decide.people_rules import IDENTITY
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Setting, Source, SourceHint
from webapp.services.documents import normalise_document
from webapp.services.source_pulls import ending, rows
from webapp.services.source_pulls.applying import FLUSH_COUNT, FLUSH_S, Applier
from webapp.services.source_pulls.comparing import Comparer
from webapp.services.source_pulls.judging import judge, standing_now
from webapp.services.source_pulls.known import (
    Believed,
    Fresher,
    believed,
    known_documents,
    load_known,
    waiting_for_person,
)
from webapp.services.source_pulls.reading import Tally
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import Record, ServiceRef
from webapp.sources.payload import dump_ref, load_ref

# Looks of one round; the rest has its turn in the next, after those who paid meanwhile.
MOST_LOOKS = 200
LIGHT_BUDGET_S = 20.0
HINT_BUDGET_S = 2.0
# More than that is cheaper to see in a whole reading, which comes anyway.
MOST_LEFT = 1_000
MOST_HINTS = 10_000
# Failures that are about the source, not about the one who was asked about; and how many others are passed over.
OF_ALL = (*ending.PASSING, "auth", "egress", "gone_endpoint", "unsupported")
MOST_PASSED_OVER = 3
log = structlog.get_logger()


@dataclass(frozen=True)
class Round:
    """Whom to look at.

    Attributes:
        payers: who may have paid: all of them are looked at, up to ``MOST_LOOKS``.
        others: as far as time allows.
        named: those of both whom the source named; who else differs from its list of suspended ones is found again.
    """

    payers: list[ServiceRef]
    others: list[ServiceRef]
    named: list[ServiceRef]


@dataclass
class Looker:
    """Looks at services one by one, and makes at once what gives.

    Attributes:
        done: whom the source answered about.
        error: what ended the looks before their time.
    """

    task: Task
    comparer: Comparer
    tally: Tally
    applier: Applier
    done: set[ServiceRef] = field(default_factory=set)
    error: GatewayError | None = None
    _pending: list[Record] = field(default_factory=list)
    _after_id: int = 0
    _passed_over: int = 0

    def look(self, refs: Sequence[ServiceRef], budget_s: float | None = None) -> None:
        """Look at these; a failure of the source ends it and is kept.

        Args:
            budget_s: seconds after which no further one is looked at.

        Raises:
            LeaseLost, StopRequested, Interrupted: leave the pull.
        """
        if not refs or self.error is not None:
            return
        began_s = flushed_s = monotonic_s()
        for ref, records in self._answers(refs):
            self.done.add(ref)
            self.applier.counts["calls"] += 1
            self._pending += [record for record in records if self.tally.add_record(record, utc_now())]
            if len(self._pending) >= FLUSH_COUNT or monotonic_s() - flushed_s >= FLUSH_S:
                self._flush()
                flushed_s = monotonic_s()
            if budget_s is not None and monotonic_s() - began_s >= budget_s:
                break
        self._flush()

    def _answers(self, refs: Sequence[ServiceRef]) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Yield what the source answers; one that it cannot answer about must not hold up those behind it."""
        left = list(refs)
        while left and self.error is None:
            answered = 0
            try:
                for ref, records in self.task.reader.find(self.task.connection, left):
                    answered += 1
                    yield ref, records
                return
            except GatewayError as error:
                log.warning("pull.look_failed", pull_id=self.task.pull_id, code=error.code)
                self._passed_over += 1
                if error.kind in OF_ALL or self._passed_over > MOST_PASSED_OVER:
                    self.error = self.tally.error = error
                if self.error is None:
                    self.done.update(left[answered : answered + 1])
                left = left[answered + 1 :]

    def _flush(self) -> None:
        """Write down what the looks showed, and make what gives."""
        if not self._pending:
            return
        records, self._pending = self._pending, []
        first = len(self.tally.seen) - len(records)
        begin(reads_only=False)
        rows.write(self.task.pull_id, first, records)
        self.task.lease.keep(records=len(self.tally.seen))
        db.session.commit()
        batch = [rows.ReadRow(first + at, one) for at, one in enumerate(records)]
        lines = self._worth(self.comparer.compare(batch)[1], {row.position: row.record for row in batch})
        begin(reads_only=False)
        rows.write_items(lines)
        self.task.lease.keep()
        db.session.commit()
        begin(reads_only=True)
        found = rows.items(self.task.pull_id, ("planned",), after_id=self._after_id)
        db.session.rollback()
        if found:
            self._after_id = found[-1].id
            self.applier.apply_read(found)

    def _worth(self, lines: list[dict[str, Any]], records: Mapping[int, Record]) -> list[dict[str, Any]]:
        """Leave out what a single look cannot judge: a new customer with the document of somebody who is here.

        It may be the same person under another id; a whole reading shows whether the old one is gone. Nor can it
        tell a correction from another ERP that counts as ours does, when it shows another person under an id.
        """
        begin(reads_only=True)
        waiting = waiting_for_person(self.task.source_id, utc_now())
        newcomers = {
            line["position"]: normalise_document(records[line["position"]].customer.document)
            for line in lines
            if _creates_customer(line)
        }
        here = known_documents(set(newcomers.values()))
        db.session.rollback()
        return [
            line
            for line in lines
            if newcomers.get(line["position"]) not in here
            and not _another_person(line)
            and not (line["direction"] == "negative" and line["service_code"] in waiting)
        ]


def look(task: Task) -> None:
    """Do one round of single looks, light or by hints, to its end. Commits.

    Raises:
        GatewayError: the source did not say what changed; nothing was done.
        LeaseLost, StopRequested, Interrupted: leave the pull.
    """
    standing = standing_now(task.source_id)
    if not standing.allows(Effect.NOTHING):
        _pass_over(task)
        return
    cursor: str | None = None
    hints: dict[ServiceRef, set[int]] = {}
    if task.mode == "light":
        planned, cursor = _light_round(task)
    else:
        planned, hints = _hint_round(task)
    looker = _looker(task, standing)
    looker.look(planned.payers[:MOST_LOOKS])
    room = max(MOST_LOOKS - len(planned.payers), 0)
    looker.look(planned.others[:room], LIGHT_BUDGET_S if task.mode == "light" else HINT_BUDGET_S)
    if cursor is not None:
        _keep_round(task, cursor, planned, looker)
    else:
        _settle_hints(hints, looker)
    _conclude(task, looker, standing)


def _pass_over(task: Task) -> None:
    """The last whole reading showed other people: one look at a time is no truer. Commits."""
    if task.mode == "hint":
        begin(reads_only=False)
        ending.put_off(task.source_id)
        db.session.commit()
    ending.finish(task, Certificate(), {})


def _looker(task: Task, standing: Certificate) -> Looker:
    tally = Tally(task.mode, ended=True)
    comparer = Comparer(task, load_known(task.source_id), Fresher({}, task.started_at))
    return Looker(task, comparer, tally, Applier(task, standing, {}))


def _conclude(task: Task, looker: Looker, standing: Certificate) -> None:
    """Judge what would take something away, make what may go, and end."""
    known = load_known(task.source_id)
    counts = dict(looker.applier.counts)
    judgement = judge(task, looker.tally, looker.comparer.comparison, known, counts)
    applier = Applier(task, judgement.certificate, counts)
    finding = applier.apply_negatives("planned")
    certificate = judgement.certificate if finding is None else judgement.certificate.plus(finding)
    told = [one.code for one in standing.causes]
    ending.finish(task, certificate, applier.counts, looker.error, told)


def _light_round(task: Task) -> tuple[Round, str]:
    begin(reads_only=True)
    row = db.session.execute(select(Source.light_cursor).where(Source.id == task.source_id)).one()
    left = [load_ref(raw) for raw in json.loads(db.session.scalar(_left(task.source_id)) or "[]")]
    db.session.rollback()
    changes = task.reader.read_changes(task.connection, row.light_cursor)
    begin(reads_only=True)
    suspended, paying = (believed(task.source_id, paying=value) for value in (False, True))
    waiting = waiting_for_person(task.source_id, utc_now())
    db.session.rollback()
    payers, losers = [], []
    if changes.not_paying is not None:
        payers = [one.ref for one in suspended if one.external not in changes.not_paying]
        losers = [one.ref for one in paying if one.external in changes.not_paying and one.code not in waiting]
    # Something else of them changed: the source's own list says that they owe still.
    owing = changes.not_paying or frozenset()
    doubtful = [one for one in suspended if one.external not in owing]
    return _in_order(doubtful, payers, [*left, *changes.refs], losers), changes.cursor


def _in_order(
    suspended: Sequence[Believed], payers: list[ServiceRef], named: Sequence[ServiceRef], losers: list[ServiceRef]
) -> Round:
    """Put whoever may have paid first, and nobody twice.

    Args:
        suspended: those whom we believe not paying, and of whom the source has not just said so too.
    """
    first = dict.fromkeys(payers)
    marks = {one.external for one in suspended}
    people = {mark for one in suspended for mark in (one.customer, one.document) if mark}
    taken = {ref.service_code for ref in payers if ref.service_code}
    rest: dict[ServiceRef, None] = {}
    for ref in [*named, *losers]:
        if ref.service_code and ref.service_code in taken:
            continue
        unknown = not ref.service_code and bool({ref.customer_code, ref.document} & people)
        (first if unknown or ref.service_code in marks else rest)[ref] = None
        taken |= {ref.service_code} if ref.service_code else set()
    return Round(list(first), list(rest), list(dict.fromkeys(named)))


def _keep_round(task: Task, cursor: str, planned: Round, looker: Looker) -> None:
    """Go on from here next time; who had no turn is kept, as far as single looks are worth while."""
    left = [ref for ref in planned.named if ref not in looker.done]
    name = _left_name(task.source_id)
    begin(reads_only=False)
    db.session.execute(delete(Setting).where(Setting.name == name))
    if left:
        kept = json.dumps([dump_ref(ref) for ref in left[:MOST_LEFT]])
        db.session.add(Setting(name=name, value=kept))
    table = Source.__table__
    db.session.execute(update(table).where(table.c.id == task.source_id).values(light_cursor=cursor[:400]))
    task.lease.keep()
    db.session.commit()


def _left(source_id: int) -> Any:
    return select(Setting.value).where(Setting.name == _left_name(source_id))


def _left_name(source_id: int) -> str:
    return f"source_left:{source_id}"


def _hint_round(task: Task) -> tuple[Round, dict[ServiceRef, set[int]]]:
    begin(reads_only=True)
    found = db.session.execute(
        select(SourceHint.id, SourceHint.refs)
        .where(SourceHint.source_id == task.source_id, SourceHint.done_at.is_(None), SourceHint.due_at <= utc_now())
        .order_by(SourceHint.id)
        .limit(MOST_HINTS)
    ).all()
    suspended = believed(task.source_id, paying=False)
    db.session.rollback()
    hints: dict[ServiceRef, set[int]] = {}
    for row in found:
        for raw in row.refs:
            hints.setdefault(load_ref(raw), set()).add(row.id)
    return _in_order(suspended, [], list(hints), []), hints


def _settle_hints(hints: dict[ServiceRef, set[int]], looker: Looker) -> None:
    """A hint is done when everybody it names was looked at; what failed comes again, later each time."""
    open_ids = {one for ref, ids in hints.items() if ref not in looker.done for one in ids}
    done = sorted({one for ids in hints.values() for one in ids} - open_ids)
    now = utc_now()
    begin(reads_only=False)
    for start in range(0, len(done), rows.BATCH):
        part = SourceHint.id.in_(done[start : start + rows.BATCH])
        db.session.execute(update(SourceHint).where(part).values(done_at=now), _UNSEEN)
    if looker.error is not None:
        ending.put_off(looker.task.source_id, sorted(open_ids)[: rows.BATCH])
    looker.task.lease.keep()
    db.session.commit()


_UNSEEN: Any = {"synchronize_session": False}


def _creates_customer(line: dict[str, Any]) -> bool:
    return any(change["what"] == What.CREATE_CUSTOMER.value for change in line["changes"])


def _another_person(line: dict[str, Any]) -> bool:
    """Tell whether both name and document became others at once, which no correction of a typing error does."""
    fields = {
        change["field"]
        for change in line["changes"]
        if change["what"] == What.UPDATE_CUSTOMER.value and change["before"] and change["after"]
    }
    return fields.issuperset(IDENTITY)
