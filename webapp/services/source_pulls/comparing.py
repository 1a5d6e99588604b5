"""Step two: records become changes, in batches, and the figures by which the reading is judged."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from webapp.clock import utc_now
from webapp.decide.certificate import Compared
from webapp.decide.intake import Change, Direction, What, is_cancel
from webapp.decide.policy import PAYING
from webapp.extensions import db
from webapp.services.errors import Problem
from webapp.services.intake import Intake, RowPlan
from webapp.services.intake.rows import SKIPPED
from webapp.services.privacy.marks import Clues, find_people
from webapp.services.privacy.meeting import REFUSED as ERASED
from webapp.services.source_mapping import Translated, Translator, words_of
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.known import Fresher, Known
from webapp.services.source_pulls.reading import Tally
from webapp.services.source_pulls.rows import ReadRow
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import Record

CONTACTS = ("name", "document", "email", "phone")
STATUS_MISSING, REPEATED = "source_status_missing", "record_repeated"
STAYS = "service_stays_with_customer"
# A person has to say first what a word means; that has its own count.
_WAITS = frozenset({"source_plan_unmapped", "source_status_unknown", STATUS_MISSING, ERASED})
Words = dict[tuple[str, str], tuple[str, int]]


@dataclass
class Comparison:
    """What is counted while records are compared with our rows.

    Attributes:
        words: (kind, word) of the source -> its text and in how many records it stood.
        elsewhere: records of services that a better source owns.
        unfit: records that could be understood, all words mapped, and were refused all the same.
        new_documents: marks of the documents of those who are not linked yet.
        repeated: our codes of services that stand in a file more than once.
        erased: erasures of people whom the source brings all the same.
    """

    words: Words = field(default_factory=dict)
    matched: int = 0
    new: int = 0
    positives: int = 0
    negatives: int = 0
    stops: int = 0
    cancels: int = 0
    refused: int = 0
    elsewhere: int = 0
    unchanged: int = 0
    notes: int = 0
    unmapped: int = 0
    contradicted: int = 0
    judged: int = 0
    unfit: int = 0
    reowned: int = 0
    ends_of: int = 0
    contacts: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    earlier_ends: Counter[int] = field(default_factory=Counter)
    customers: set[int] = field(default_factory=set)
    new_documents: set[int] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)

    def figures(self, known: Known, absent: int, moved: int) -> Compared:
        """Return the figures for ``certify``."""
        return Compared(
            known=known.linked, matched=self.matched, new=self.new, absent=absent, moved=moved,
            contacts_changed=dict(self.contacts), contacts_of=len(self.customers),
            contacts_invalid=dict(self.invalid), positives=self.positives, negatives=self.negatives,
            cancels=self.cancels, stops=self.stops, statuses=dict(self.statuses), unknown_words=dict(self.unknown),
            earlier_ends=dict(self.earlier_ends), ends_of=self.ends_of, contradicted=self.contradicted,
            live=known.live, paying=known.paying, judged=self.judged, refused=self.unfit, reowned=self.reowned,
        )  # fmt: skip


class Comparer:
    """Compares the records of one pull, batch by batch.

    Args:
        tally: counts records too where they come from a file; None = they were counted when they were read.
    """

    def __init__(self, task: Task, known: Known, fresher: Fresher, tally: Tally | None = None) -> None:
        self.comparison = Comparison()
        self._task = task
        self._known = known
        self._fresher = fresher
        self._tally = tally
        self._translator = Translator.load(task.source_id)
        self._intake = Intake(task.source_id, lenient=True)

    def compare(self, batch: Sequence[ReadRow]) -> tuple[list[RowPlan], list[dict[str, Any]]]:
        """Return what these records change, and the items that say so; reads only, leaves no transaction open."""
        begin(reads_only=True)
        lines: list[dict[str, Any]] = []
        going: dict[int, tuple[Record, Translated]] = {}
        for row in batch:
            self._see_words(row.record)
            if self._tally is not None and not self._tally.add_record(row.record, utc_now()):
                lines.append(self._refusal(row, [Problem("", REPEATED)]))
                self.comparison.repeated.add(self._translator.service_code(row.record))
                continue
            translated = self._translator.translate(row.record, row.position)
            self._count_problems(translated, flawed=bool(row.record.problems))
            if translated.wanted is not None:
                going[row.position] = (row.record, translated)
            elif translated.problems:
                lines.append(self._refusal(row, translated.problems))
        plans = self._intake.plan([translated.wanted for _, translated in going.values() if translated.wanted])
        erased = self._erased([row for row in batch if row.position not in going])
        db.session.rollback()
        changing = [plan for plan in plans if self._weigh(plan, *going[plan.wanted.position], lines)]
        return changing, [_nameless(line) if _is_erased(line, erased) else line for line in lines]

    def _erased(self, refused: Sequence[ReadRow]) -> set[int]:
        """Return positions of records about erased people that could not even be understood."""
        found = find_people([self._clues(row.record) for row in refused])
        self.comparison.erased |= {person.erasure_id for person in found if person is not None}
        return {row.position for row, person in zip(refused, found, strict=True) if person is not None}

    def _clues(self, record: Record) -> Clues:
        customer = record.customer
        ids = ((self._task.source_id, customer.code),)
        return Clues(customer.document, customer.code, customer.email, customer.phone, source_ids=ids)

    def _weigh(self, plan: RowPlan, record: Record, translated: Translated, lines: list[dict[str, Any]]) -> bool:
        """Count a plan and write its item; tells whether it is to be applied."""
        self._count(plan, record)
        # The same is said twice at times; who translated names the word of the source.
        said = {(one.field, one.code): one for one in (*plan.problems, *translated.problems)}
        problems = list(said.values())
        if plan.outcome == SKIPPED:
            self.comparison.elsewhere += 1
            return False
        self.comparison.erased |= {one.params["erasure"] for one in plan.problems if one.code == ERASED}
        self._count_fit(plan.refused, problems)
        if plan.refused:
            lines.append(self._line(plan, record, "refused", problems))
            self.comparison.refused += 1
            return False
        if not plan.changes and not plan.adopts:
            self.comparison.unchanged += 1
            return False
        if self._moved_on(plan, record):
            lines.append(self._line(plan, record, "skipped", [Problem("status", "pull_looked_since")]))
            return False
        self._count_changes(plan.changes)
        lines.append(self._line(plan, record, "planned", problems))
        return True

    def _moved_on(self, plan: RowPlan, record: Record) -> bool:
        """A single look that is fresher than this reading said otherwise: it is to be believed."""
        if record.service is None or not any(change.what is What.STATUS for change in plan.changes):
            return False
        code = record.service.code
        fresher = self._fresher.than(code, record.changed_at)
        # What was so before the reading began, it should have shown: it may be yesterday's.
        self.comparison.contradicted += fresher and self._fresher.before(code)
        return fresher

    def _count(self, plan: RowPlan, record: Record) -> None:
        counted, wanted = self.comparison, plan.wanted
        if wanted.service is not None:
            linked = plan.service is not None and plan.service.owner == self._task.source_id
            counted.matched += linked and record.service is not None and not self._known.missing(record.service.code)
            counted.new += plan.service is None
            if plan.service is None and wanted.document:
                counted.new_documents.add(hash(wanted.document))
            if wanted.service.status:
                counted.statuses[wanted.service.status] += 1
            counted.ends_of += _ends_compared(plan)
            counted.reowned += linked and _is_reowned(plan)
        if plan.customer is not None and plan.customer.id not in counted.customers:
            counted.customers.add(plan.customer.id)
            counted.contacts.update(_contacts_changed(plan.changes))

    def _count_changes(self, changes: Sequence[Change]) -> None:
        counted = self.comparison
        directions = {change.direction for change in changes}
        counted.positives += Direction.POSITIVE in directions
        counted.negatives += Direction.NEGATIVE in directions
        counted.stops += any(change.what is What.STATUS and stops(change) for change in changes)
        counted.cancels += any(map(is_cancel, changes))
        counted.earlier_ends.update(_days_earlier(changes))

    def _count_fit(self, refused: bool, problems: Sequence[Problem]) -> None:
        if refused and any(problem.code in _WAITS for problem in problems):
            return
        self.comparison.judged += 1
        self.comparison.unfit += refused

    def _count_problems(self, translated: Translated, *, flawed: bool) -> None:
        counted = self.comparison
        counted.unmapped += bool(translated.unknown)
        counted.unknown.update(named.external for kind, named in translated.unknown if kind == "status")
        # A source that does not say it at all: a field was renamed, or is empty.
        counted.unknown.update("" for problem in translated.problems if problem.code == STATUS_MISSING)
        if translated.wanted is None:
            counted.refused += bool(translated.problems)
            if translated.problems and not flawed:
                self._count_fit(True, translated.problems)
            return
        counted.notes += bool(translated.problems)
        counted.invalid.update(
            problem.field
            for problem in translated.problems
            if problem.field in CONTACTS and "placeholder" not in problem.code
        )

    def _see_words(self, record: Record) -> None:
        for kind, named in words_of(record):
            label, count = self.comparison.words.get((kind, named.external), ("", 0))
            self.comparison.words[kind, named.external] = (named.label or label, count + 1)

    def _refusal(self, row: ReadRow, problems: Sequence[Problem]) -> dict[str, Any]:
        if problems and problems[0].code == REPEATED:
            self.comparison.refused += 1
        service = row.record.service
        return {
            "pull_id": self._task.pull_id, "position": row.position, "customer_code": row.record.customer.code[:60],
            "service_code": service.code[:60] if service else "", "name": row.record.customer.name[:200],
            "changes": [], "direction": Direction.NEUTRAL.value, "outcome": "refused",
            "problems": dump_problems(problems),
        }  # fmt: skip

    def _line(self, plan: RowPlan, record: Record, outcome: str, problems: Sequence[Problem]) -> dict[str, Any]:
        wanted = plan.wanted
        return {
            "pull_id": self._task.pull_id, "position": wanted.position, "customer_code": wanted.customer_code,
            "service_code": wanted.service.code if wanted.service else "",
            "name": (wanted.name or record.customer.name)[:200],
            "changes": [rows.dump_change(change) for change in plan.changes], "direction": plan.direction.value,
            "outcome": outcome, "problems": dump_problems(problems),
        }  # fmt: skip


def _is_erased(line: Mapping[str, Any], positions: Collection[int]) -> bool:
    return line["position"] in positions or any(one["code"] == ERASED for one in line["problems"])


def _nameless(line: dict[str, Any]) -> dict[str, Any]:
    """Who was erased is counted, and not written down anew."""
    problems = [{"field": "", "code": one["code"], "params": one["params"] if one["code"] == ERASED else {}}
                for one in line["problems"]]  # fmt: skip
    return {**line, "customer_code": "", "service_code": "", "name": "", "changes": [], "problems": problems}


def dump_problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as an item keeps them."""
    return [{"field": one.field, "code": one.code, "params": dict(one.params)} for one in problems]


def stops(change: Change) -> bool:
    """Tell whether by this change of status somebody stops paying."""
    return change.direction is Direction.NEGATIVE and change.before in PAYING


def cancels(change: Mapping[str, Any]) -> bool:
    """Tell whether a change, as an item keeps it, ends a service or takes a package away."""
    return is_cancel(Change(What(change["what"]), Direction(change["direction"]), after=change["after"]))


def _is_reowned(plan: RowPlan) -> bool:
    """Tell whether the source shows a service under another customer, be it followed or not."""
    moves = any(change.what is What.UPDATE_SERVICE and change.field == "customer" for change in plan.changes)
    return moves or any(problem.code == STAYS for problem in plan.problems)


def _contacts_changed(changes: Sequence[Change]) -> set[str]:
    return {
        change.field
        for change in changes
        if change.what is What.UPDATE_CUSTOMER and change.field in CONTACTS and change.before and change.after
    }


def _ends_compared(plan: RowPlan) -> int:
    wanted = plan.wanted.service
    if wanted is None or plan.service is None or not wanted.packages:
        return 0
    held = {package.package_id for package in plan.service.packages if package.ends_on is not None}
    return sum(package.ends_on is not None and package.package_id in held for package in wanted.packages)


def _days_earlier(changes: Sequence[Change]) -> list[int]:
    found: list[int] = []
    for change in changes:
        ends = change.what is What.UPDATE_PACKAGE and change.field == "ends_on"
        if ends and change.before and change.after and change.direction is Direction.NEGATIVE:
            found.append((date.fromisoformat(str(change.before)) - date.fromisoformat(str(change.after))).days)
    return found
