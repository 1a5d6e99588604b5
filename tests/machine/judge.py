"""The invariants, judged from the platform's ledger and the model; the hub's own words only where they must agree."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.machine.model import ABSENT, ACTIVE, SUSPENDED, Person
from tests.machine.platform import LIVE, Entry
from tests.machine.world import World
from webapp.extensions import db
from webapp.models import Account, Attempt, Run, RunItem

DAY = timedelta(hours=24)
TAKEN = {"suspended": SUSPENDED, "cancelled": ABSENT}
WRITES = ("create", "update", "suspend", "enable", "cancel")
OPEN_LINES = ("waiting", "queued", "staged")
DONE = ("ok", "already", "gone")
# Faults of ours that borders catch and only tell.
BROKEN = ("run_broke", "planning_failed", "internal_error", "pull_broke")
EXPECTED_LOGS = frozenset({"epoch.observing", "integration.unusable", "epoch.database_gone"})


class Judge:
    """Looks at what is new in the ledger after each step, and at everything in the end."""

    def __init__(self, world: World, day_limit: int) -> None:
        self.world = world
        self.day_limit = day_limit
        self.seen = len(world.platform.books.ledger)
        self.first = self.seen
        self.unasked: deque[tuple[datetime, str]] = deque()
        self.versions: dict[int, int] = {}

    def restored(self) -> None:
        """Versions count anew in a database that was set back."""
        self.versions.clear()

    def look(self) -> None:
        """Judge the writes that arrived since the last look."""
        ledger = self.world.platform.books.ledger
        assert not self.world.twice, f"I4: two calls for one account at the same time: {self.world.twice}"
        for entry in ledger[self.seen :]:
            self._judge(entry)
        self.seen = len(ledger)
        self._only_one()

    def _judge(self, entry: Entry) -> None:
        assert not self.world.set_back, f"observing, and yet it wrote: {entry}"
        job = entry.job
        if job is not None:
            assert not entry.email or job.email == entry.email, f"the account of another was changed: {entry}"
            assert job.generation >= self.versions.get(job.account_id, 0), f"I4: an older version came later: {entry}"
            self.versions[job.account_id] = job.generation
        one = self.world.model.people.get(entry.email)
        if one is not None and entry.takes:
            self._takes(entry, one)
        elif one is not None and entry.after == ACTIVE:
            one.ending = False

    def _takes(self, entry: Entry, one: Person) -> None:
        """I5: nobody loses anything without a reason, and not too many without a person."""
        if entry.job is None:
            assert entry.id in self.world.model.orphans_asked, f"I5: nobody asked for the end of {entry}"
            return
        level = TAKEN[entry.after]
        if one.approved:
            one.approved -= 1
            return
        if entry.operation == "cancel" and one.ending:
            # An end that was asked for, and whose answer never came, is brought to its end before anything is made.
            return
        enough = {SUSPENDED: {SUSPENDED, ABSENT}, ABSENT: {ABSENT}}[level]
        assert entry.job.may & enough, f"I5: taken from somebody who pays: {entry} {one}"
        assert entry.job.trusted, f"I5: taken on the word of a restored copy: {entry} {one}"
        if one.credit:
            one.credit = False
            return
        self.unasked.append((entry.at, entry.email))
        while self.unasked[0][0] <= entry.at - DAY:
            self.unasked.popleft()
        lost = {email for _, email in self.unasked}
        assert len(lost) <= self.day_limit, f"I5: {len(lost)} in 24 hours and nobody approved: {lost}"

    def _only_one(self) -> None:
        """I2: never two live accounts of one subscriber that we made."""
        counts: dict[str, list[str]] = {}
        for one in self.world.platform.books.subscribers.values():
            if one.live and one.by == "hub":
                counts.setdefault(one.row["email"], []).append(one.id)
        doubles = {email: ids for email, ids in counts.items() if len(ids) > 1}
        assert not doubles, f"I2: {doubles}"

    def end(self, logs: list[Any]) -> None:
        """Judge what is left once everything is quiet."""
        self.look()
        self._nothing_lost()
        self._as_it_shall_be()
        self._books_agree()
        self._no_faults(logs)

    def content(self) -> bool:
        """Tell whether everything is as it shall be already."""
        try:
            self._as_it_shall_be()
        except AssertionError:
            return False
        return True

    def books(self) -> None:
        """Judge what arrived and what was recorded, as things stand now."""
        self.look()
        self._books_agree()

    def _nothing_lost(self) -> None:
        """I1: whatever was taken on ended, or waits for a person with a reason."""
        for email, account in self.world.accounts().items():
            reason = account.status in ("blocked", "parked") and account.error_code
            ended = account.generation == account.applied_generation and account.due_at is None
            assert ended or reason, f"I1: {email} {_told(account)}"
        found = db.session.execute(
            select(Run.id, Run.status, Run.mode, Run.trigger, Run.reading, RunItem.outcome, RunItem.action,
                   RunItem.login, RunItem.error_code)
            .join(RunItem, RunItem.run_id == Run.id).where(RunItem.outcome.in_(OPEN_LINES))
        ).all()  # fmt: skip
        assert not found, f"I1: lines are open: {found}"

    def _as_it_shall_be(self) -> None:
        """I3: what stands there is what shall be."""
        accounts = self.world.accounts()
        for email, one in self.world.model.people.items():
            account = accounts.get(email)
            explained = account is not None and account.status in ("blocked", "parked") and account.error_code
            if explained or one.unknowable:
                continue
            self._stands(one, account)

    def _stands(self, one: Person, account: Account | None) -> None:
        live = self.world.platform.live(one.email)
        known = account.remote_ids.get("id") if account is not None else None
        ours = [found for found in live if found.id == known]
        about = f"I3: {one} {_told(account)} {[(found.id, found.by, found.row) for found in live]}"
        if one.level == ABSENT:
            assert not ours, about
            assert not [found for found in live if found.by == "hub"], about
        elif one.level == SUSPENDED:
            assert all(found.row["status"] == "suspended" for found in ours), about
        else:
            # Whom somebody there made anew by hand can watch, too.
            assert ACTIVE in [found.row["status"] for found in ours or live], about
            assert one.products in [sorted(found.row["products"]) for found in ours] or not ours, about

    def _books_agree(self) -> None:
        """I6: every write that arrived was recorded before, and every one recorded as done arrived."""
        ledger = self.world.platform.books.ledger[max(self.world.lost_attempts, self.first) :]
        arrived = {entry.job.attempt_id for entry in ledger if entry.job is not None}
        rows = db.session.execute(select(Attempt.id, Attempt.operation, Attempt.outcome, Attempt.account_id)).all()
        known = {row.id for row in rows}
        assert arrived <= known, f"I6: unrecorded {arrived - known}"
        done = {row.id for row in rows if row.account_id and row.operation in WRITES and row.outcome in DONE}
        before = self.world.attempts_before
        assert {number for number in done if number > before} <= arrived, "I6: recorded as done, and never arrived"

    def _no_faults(self, logs: list[Any]) -> None:
        broke = db.session.scalars(select(Run.id).where(Run.error_code.in_(BROKEN))).all()
        assert not broke, f"runs broke: {broke}"
        wrong = [entry for entry in logs if entry["log_level"] in ("error", "critical")]
        wrong = [entry for entry in wrong if entry["event"] not in EXPECTED_LOGS]
        assert not wrong, f"faults of ours: {wrong[:2]}"


def _told(account: Account | None) -> Any:
    if account is None:
        return None
    names = ("id", "status", "desired", "generation", "applied_generation", "due_at", "units", "remote_ids",
             "keep_content", "verify_first", "error_code", "lease_until")  # fmt: skip
    return {name: getattr(account, name) for name in names}


__all__ = ["LIVE", "Judge"]
