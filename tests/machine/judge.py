"""The invariants, judged from the platform's ledger and the model; the hub's own words only where they must agree."""

from typing import Any

from sqlalchemy import select

from tests.harness import promises
from tests.harness.promises import DONE, WRITES, Budget, Shown, Versions
from tests.machine.model import ACTIVE, Person
from tests.machine.platform import LIVE, Entry, Subscriber
from tests.machine.world import World
from webapp.extensions import db
from webapp.models import Account, Attempt, Run, RunItem

OPEN_LINES = ("waiting", "queued", "staged")
# Faults of ours that borders catch and only tell.
BROKEN = ("run_broke", "planning_failed", "internal_error", "pull_broke")
EXPECTED_LOGS = frozenset({"epoch.observing", "integration.unusable", "epoch.database_gone"})


class Judge:
    """Looks at what is new in the ledger after each step, and at everything in the end."""

    def __init__(self, world: World, day_limit: int) -> None:
        self.world = world
        self.seen = len(world.platform.books.ledger)
        self.first = self.seen
        self.budget = Budget(day_limit)
        self.versions = Versions()

    def restored(self) -> None:
        """Versions count anew in a database that was set back."""
        self.versions.newest.clear()

    def look(self) -> None:
        """Judge the writes that arrived since the last look."""
        ledger = self.world.platform.books.ledger
        promises.one_at_a_time(self.world.twice)
        for entry in ledger[self.seen :]:
            self._judge(entry)
        self.seen = len(ledger)
        self._only_one()

    def _judge(self, entry: Entry) -> None:
        assert not self.world.set_back, f"observing, and yet it wrote: {entry}"
        job = entry.job
        if job is not None:
            assert not entry.email or job.email == entry.email, f"the account of another was changed: {entry}"
            self.versions.arrived(job.account_id, job.generation, entry)
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
        if one.approved:
            one.approved -= 1
            return
        if entry.operation == "cancel" and one.ending:
            # An end that was asked for, and whose answer never came, is brought to its end before anything is made.
            return
        promises.taken_with_right(entry.after, entry.job.may, (entry, one), trusted=entry.job.trusted)
        if one.credit:
            one.credit = False
            return
        self.budget.spend(entry.at, entry.email)

    def _only_one(self) -> None:
        """I2: never two live accounts of one subscriber that we made."""
        counts: dict[str, list[str]] = {}
        for one in self.world.platform.books.subscribers.values():
            if one.live and one.by == "hub":
                counts.setdefault(one.row["email"], []).append(one.id)
        promises.only_one(counts)

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
        promises.nothing_lost(self.world.accounts())
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
            if not promises.explained(account) and not one.unknowable:
                self._stands(one, account)

    def _stands(self, one: Person, account: Account | None) -> None:
        live = self.world.platform.live(one.email)
        known = account.remote_ids.get("id") if account is not None else None
        ours = [_shown(found) for found in live if found.id == known]
        about = f"{one} {promises.told(account)} {[(found.id, found.by, found.row) for found in live]}"
        promises.stands(one.level, one.products, ours, [_shown(found) for found in live], about)

    def _books_agree(self) -> None:
        """I6: every write that arrived was recorded before, and every one recorded as done arrived."""
        ledger = self.world.platform.books.ledger[max(self.world.lost_attempts, self.first) :]
        arrived = [entry.job.attempt_id for entry in ledger if entry.job is not None]
        rows = db.session.execute(select(Attempt.id, Attempt.operation, Attempt.outcome, Attempt.account_id)).all()
        before = self.world.attempts_before
        done = {row.id for row in rows if row.account_id and row.operation in WRITES and row.outcome in DONE}
        promises.books_agree(arrived, {row.id for row in rows}, {number for number in done if number > before})

    def _no_faults(self, logs: list[Any]) -> None:
        broke = db.session.scalars(select(Run.id).where(Run.error_code.in_(BROKEN))).all()
        assert not broke, f"runs broke: {broke}"
        wrong = [entry for entry in logs if entry["log_level"] in ("error", "critical")]
        wrong = [entry for entry in wrong if entry["event"] not in EXPECTED_LOGS]
        assert not wrong, f"faults of ours: {wrong[:2]}"


def _shown(found: Subscriber) -> Shown:
    return Shown(found.row["status"], found.row["products"], found.by)


__all__ = ["LIVE", "Judge"]
