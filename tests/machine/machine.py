"""The state machine: everything that may happen to a hub, in any order."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from structlog.testing import capture_logs

from tests.machine.desk import Desk
from tests.machine.judge import Judge
from tests.machine.model import STATUSES, Person
from tests.machine.platform import FAULTS
from tests.machine.world import KINDS, World

TASKS = ("reconcile", "look_up", "changes", "dated", "cutoffs", "orphans", "probe", "watch", "tidy", "keeps")
MANNERS = ("run", "run", "hold", "late")
crashes = st.sampled_from((0, 0, 0, 1, 2, 3, 4, 5, 6, 8, 11))
numbers = st.integers(0, 7)


class Base(RuleBasedStateMachine):
    """One example: a hub, a platform of one kind, people. What happens to them is in the classes of rules below."""

    world: World
    kinds = KINDS

    def __init__(self) -> None:
        super().__init__()
        self.failed = False
        self.logs_context = capture_logs()
        self.logs: list[Any] = self.logs_context.__enter__()

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.world.begin(data.draw(st.sampled_from(self.kinds), label="kind"))
        self.desk = Desk(self.world)
        self.judge = Judge(self.world, day_limit=3)

    def person(self, number: int) -> Person:
        people = list(self.world.model.people.values())
        return people[number % len(people)]

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "judge"):
            self.failed = True
            self.judge.look()
            self.failed = False

    def end(self) -> None:
        """Let everything come to rest, and look at what is left."""
        self.desk.quiet(self.judge.content)
        self.judge.end(self.logs)

    def teardown(self) -> None:
        try:
            if not self.failed and hasattr(self, "judge"):
                self.end()
        finally:
            self.world.die()
            self.logs_context.__exit__(None, None, None)


class Shop(Base):
    """People pay, owe, leave, buy."""

    @rule(number=numbers, status=st.sampled_from(STATUSES), crash=crashes)
    def status(self, number: int, status: str, crash: int) -> None:
        self.desk.status(self.person(number), status, crash)

    @rule(number=numbers, name=st.sampled_from(("TV", "XT")), crash=crashes)
    def package(self, number: int, name: str, crash: int) -> None:
        self.desk.package(self.person(number), name, crash)

    @rule(lie=st.sampled_from(("", "", "empty", "half")), crash=crashes)
    def pull(self, lie: str, crash: int) -> None:
        self.desk.pull(lie, crash)

    @rule()
    def pulls_left(self) -> None:
        self.desk.pulls_left()


class Work(Base):
    """The hub works, or dies at it."""

    @rule(manner=st.sampled_from(MANNERS), crash=crashes)
    def engine(self, manner: str, crash: int) -> None:
        self.world.manner = manner
        self.world.step(self.world.cycles, crash)
        self.world.manner = "run"

    @rule(crash=crashes)
    def work(self, crash: int) -> None:
        self.world.step(self.world.work, crash)

    @rule()
    def release(self) -> None:
        self.world.step(self.world.release)

    @rule(name=st.sampled_from(TASKS), crash=crashes)
    def task(self, name: str, crash: int) -> None:
        self.desk.task(name, crash)

    @rule(crash=crashes)
    def reconcile(self, crash: int) -> None:
        self.desk.reconcile(crash)

    @rule(crash=crashes)
    def advance(self, crash: int) -> None:
        self.world.step(self.world.advance, crash)


class Time(Base):
    """Time goes by."""

    @rule(minutes=st.sampled_from((1, 10, 60, 300)))
    def pass_time(self, minutes: int) -> None:
        self.world.step(lambda: self.world.pass_time(timedelta(minutes=minutes)))

    @rule(hours=st.sampled_from((1, 5, 25)))
    def sleep(self, hours: int) -> None:
        self.world.sleep(timedelta(hours=hours))

    @rule(lock_stays=st.booleans())
    def crash(self, lock_stays: bool) -> None:
        self.world.die(lock_stays=lock_stays)
        self.world.boot()


class There(Base):
    """Something happens on the platform."""

    @rule(fault=st.sampled_from(("", "", "", *FAULTS)))
    def fault(self, fault: str) -> None:
        self.world.platform.fault = fault

    @precondition(lambda self: self.world.kind != "blind")
    @rule(number=numbers, what=st.sampled_from(("suspend", "enable", "enable", "delete", "double")))
    def by_hand(self, number: int, what: str) -> None:
        """Somebody works on the platform's own screens."""
        one = self.person(number)
        live = self.world.platform.live(one.email)
        if what == "double":
            self.world.platform.by_hand(one.email)
        elif live:
            word = {"suspend": "suspended", "enable": "active", "delete": "cancelled"}[what]
            self.world.platform.change(live[0], word)

    @precondition(lambda self: self.world.kind != "blind")
    @rule(number=st.integers(0, 2))
    def stranger(self, number: int) -> None:
        self.world.platform.by_hand(f"stranger{number}@example.com")


class Decisions(Base):
    """People decide."""

    @rule(part=st.sampled_from((0, 0, 1)), crash=crashes)
    def approve(self, part: int, crash: int) -> None:
        for run in self.desk.runs_in("staged")[:1]:
            self.desk.approve(run.id, part, crash)

    @rule(what=st.sampled_from(("reject", "pause", "resume", "stop", "undo")))
    def decide(self, what: str) -> None:
        statuses = {"reject": ("staged",), "resume": ("paused",), "undo": ("applying", "done", "paused")}
        for run in self.desk.runs_in(*statuses.get(what, ("applying", "staged")))[-1:]:
            self.desk.decide(what, run.id)

    @rule()
    def undo_pull(self) -> None:
        self.desk.undo_pull()

    @rule()
    def lift(self) -> None:
        self.desk.lift()

    @rule(what=st.sampled_from(("adopt", "ignore", "cancel")), crash=crashes)
    def orphans(self, what: str, crash: int) -> None:
        self.desk.orphans(what, crash)

    @rule(number=numbers, what=st.sampled_from(("answer", "try", "resend")))
    def operator(self, number: int, what: str) -> None:
        email = self.person(number).email
        if what == "answer":
            self.desk.answer(email)
        else:
            self.desk.again(email, what)


class Copies(Base):
    """The database is copied and set back."""

    @precondition(lambda self: not self.world.set_back)
    @rule()
    def backup(self) -> None:
        if not self.world.adopting():
            self.world.backup()

    @precondition(lambda self: self.world.backups)
    @rule(index=st.integers(0, 3))
    def restore(self, index: int) -> None:
        self.world.restore(index)
        self.judge.restored()

    @rule(crash=crashes)
    def adopt(self, crash: int) -> None:
        self.desk.adopt(crash)


class Machine(Shop, Work, Time, There, Decisions, Copies):
    """Everything at once."""
