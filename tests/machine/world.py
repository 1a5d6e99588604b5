"""One hub with its database file, its engine and its time, that can die, wait and be set back; and the people in it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from tests import factories
from tests.fixtures.databases import keep, lay
from tests.journeys.platforms import Recipe, use
from tests.machine.calls import Crash, Held, Sent, Steps
from tests.machine.model import ON, Backup, Model, Person, Stage
from tests.machine.platform import Books, Platform
from tests.services.memory_source import MemorySource, people
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.decide.epoch import SLEPT
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account, Attempt, Customer, Integration, Package, Service, SourceMapping
from webapp.services import epoch, runs, source_pulls, sources, subscriptions
from webapp.services.audit import acting_as
from webapp.services.connections import current_connections
from webapp.services.convergence.work import Job
from webapp.services.epoch import store
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleInput, SourceInput
from webapp.services.runs import applying
from webapp.sources import registry

KINDS = ("key", "lookup", "blind")
LAGS = {"key": timedelta(), "lookup": timedelta(seconds=40), "blind": timedelta()}
NOON = datetime(2026, 11, 23, 15, tzinfo=UTC)
BY_API, BY_ERP = 5, 3
# Longer moves would be those of a hub that was off.
STRIDE = timedelta(minutes=50)
CYCLES = 40
ANA, BIA = "ana@example.com", "bia@example.com"


@dataclass
class World:
    """The hub under test. One for all examples: the database file is swapped, so each begins in a millisecond."""

    folder: Path
    model: Model = field(default_factory=Model)
    held: list[Held] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)
    locks: list[Owner] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    manner: str = "run"
    sending: Sent | None = None
    # Why the last thing that somebody did was refused.
    refused: str = ""
    # Set back, and not adopted yet: nothing may be written to the platform.
    set_back: bool = False
    lost_attempts: int = 0
    # Attempts of before the example, or of before a copy was put back, have no line in the ledger that counts.
    attempts_before: int = 0

    def open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the application and the beginnings of all kinds."""
        settings = load_settings({"SINTONIA_INSTANCE": str(self.folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})
        self.app = create_app(settings, TESTING=True)
        self.context = self.app.app_context()
        self.context.push()
        self.platform = Platform()
        self.platform.__enter__()
        self.platform.current = lambda: self.sending
        self.countdown = 0
        event.listen(db.engine, "commit", self._before_commit)
        self._set_clock(NOON)
        db.create_all()
        for kind in KINDS:
            use(self.recipe(kind))
        self._close()
        empty = self._copy("empty")
        self.stages = {}
        for kind in KINDS:
            self._put(empty)
            self.stages[kind] = self._prepare(kind, monkeypatch)

    def close(self) -> None:
        """End everything."""
        self.die()
        self.free_locks()
        self.platform.__exit__(None, None, None)
        self.context.pop()

    def recipe(self, kind: str) -> Recipe:
        limits = {"total_timeout_s": 5, "read_lag_s": LAGS[kind].total_seconds()}
        changes = {} if kind == "blind" else {"size = 500": "size = 3"}
        return Recipe(f"machine_{kind}", kind == "key", kind != "blind", limits, changes)

    def begin(self, kind: str) -> None:
        """Start an example."""
        stage = self.stages[kind]
        self.kind = kind
        # Later than all that happened while the beginnings were made.
        self._set_clock(NOON + timedelta(minutes=10))
        self._put(stage.database)
        (self.folder / store.FILE).write_bytes(stage.mark)
        self.platform.begin(stage.books, honours_key=kind == "key", lag=LAGS[kind])
        self.model = Model()
        self.model.people = {email: Person(**vars(one)) for email, one in stage.people.items()}
        self.erp.people = dict(stage.erp)
        self.erp.broken, self.erp.truth, self.erp.page_size = None, {}, 50
        self.held, self.twice, self.backups, self.manner = [], [], [], "run"
        self.set_back, self.lost_attempts = False, 0
        self.boot()
        self.attempts_before = self._last_attempt()

    # The process.

    def tick(self) -> None:
        """One place at which the process may die."""
        if self.countdown:
            self.countdown -= 1
            if not self.countdown:
                raise Crash

    def _before_commit(self, connection: Any) -> None:
        try:
            self.tick()
        except Crash:
            # What was not committed when the process died never was.
            connection.connection.driver_connection.rollback()
            raise

    def boot(self) -> None:
        """Start a process of the hub: it knows only what is on disk."""
        store._seen.pop(db.engine, None)
        applying._rests.clear()
        self.owner = Owner(self.folder)
        self.owner.__enter__()
        self.engine = Engine(db.engine, current_hub(), current_connections(), self.owner)
        self.engine._pools = Steps(self)
        epoch.check_at_start()
        db.session.remove()

    def die(self, *, lock_stays: bool = False) -> None:
        """End the process as ``kill -9`` does; with ``lock_stays`` nobody notices but by its leases."""
        self.countdown = 0
        self.sending = None
        self.held.clear()
        self.locks.append(self.owner)
        if not lock_stays:
            self.free_locks()
        self._close()

    def free_locks(self) -> None:
        for owner in self.locks:
            with suppress(OSError):
                owner.__exit__()
        self.locks.clear()

    def step(self, do: Callable[[], Any], crash_in: int = 0, actor: str = ANA) -> Any:
        """Do something that may be refused, or in which the process may die; another one then takes over."""
        db.session.rollback()
        self.countdown, self.refused = crash_in, ""
        try:
            try:
                with acting_as(actor):
                    return do()
            except Crash:
                pass
            finally:
                self.countdown = 0
                db.session.rollback()
            self.die(lock_stays=crash_in % 2 == 0)
            self.boot()
        except ServiceError as error:
            self.refused = error.code
        return None

    # Its work.

    def cycles(self) -> None:
        """Let the engine do what is due."""
        for _ in range(CYCLES):
            if not self.engine.cycle():
                return

    def read_due(self) -> None:
        """Do the runs that wait for a worker."""
        for run_id, _integration in runs.due_work(clock.utc_now()):
            runs.work(run_id)
            db.session.rollback()

    def advance(self) -> bool:
        """Do a step of every run."""
        moved = applying.advance(clock.utc_now(), background=False)
        db.session.rollback()
        return moved

    def work(self) -> None:
        """Do everything that a server would do now."""
        for _ in range(CYCLES):
            self.read_due()
            self.cycles()
            if not self.advance():
                return

    def pull(self) -> Any:
        """Read the shop's system, and make of it what may be made of it."""
        found = source_pulls.request_pull(self.source_id)
        return source_pulls.work(found.id)

    def release(self) -> None:
        """Let calls that wait be made, and answers that are late come in."""
        held, self.held = self.held, []
        for one in held:
            if one.results is not None:
                one.pools._end(one.results)
                one.future.set_result(None)
            elif one.future.set_running_or_notify_cancel():
                one.pools._end(one.pools.call(one.jobs))
                one.future.set_result(None)

    def pass_time(self, delta: timedelta) -> None:
        """Let time go by while the hub runs. No call waits for its thread longer than its lease."""
        if delta > timedelta(seconds=10):
            waiting = [one for one in self.held if one.results is None]
            late = [one for one in self.held if one.results is not None]
            self.held = waiting
            self.release()
            self.held = late
        while delta > timedelta():
            clock.move(min(delta, STRIDE))
            delta -= STRIDE
            epoch.tick()

    def sleep(self, delta: timedelta) -> None:
        """Let the hub be off for so long."""
        self.die()
        clock.move(delta)
        self.boot()

    def backup(self) -> None:
        """Copy the database as it stands."""
        self._close()
        path = self._copy(f"backup{len(self.backups)}")
        statuses = {one.id: one.row["status"] for one in self.platform.books.subscribers.values()}
        self.backups.append(Backup(path, self.model.keep(), statuses))
        # A copy that is put back before the next beat could not be told from what was served.
        epoch.tick()

    def adopting(self) -> bool:
        """Tell whether an approved adoption is still being written: a copy of that moment goes on with it."""
        found = epoch.observing_afresh()
        return found is not None and found.cause != SLEPT

    def restore(self, index: int) -> None:
        """Put a copy back in place of what was served."""
        found = self.backups[index % len(self.backups)]
        self.die()
        self._put(found.database)
        self.set_back = True
        self.lost_attempts = len(self.platform.books.ledger)
        self.model.set_back(found.people)
        if self.kind == "blind":
            self._forget_the_lost(found)
        self.boot()
        self.attempts_before = self._last_attempt()

    def _last_attempt(self) -> int:
        last = db.session.scalar(select(func.max(Attempt.id))) or 0
        db.session.rollback()
        return last

    def _forget_the_lost(self, found: Backup) -> None:
        for one in self.platform.books.subscribers.values():
            if found.statuses.get(one.id) != one.row["status"] and one.row["email"] in self.model.people:
                self.model.people[one.row["email"]].unknowable = True

    # What it is made of.

    def sent(self, job: Job) -> Sent:
        """Return what a call is, with what is allowed now that it is decided."""
        email = job.subject.customer.email
        one = self.model.people[email]
        claim = job.claim
        one.ending = one.ending or (str(job.operation) == "cancel" and "absent" in one.may)
        if any(
            claim.account_id == other.jobs[0].claim.account_id and other.until > clock.utc_now() for other in self.held
        ):
            self.twice.append(claim.account_id)
        return Sent(job.attempt_id, claim.account_id, claim.generation, email, str(job.operation), one.may, one.trusted)

    def integration(self) -> Integration:
        db.session.rollback()
        return db.session.scalars(select(Integration)).one()

    def accounts(self) -> dict[str, Account]:
        """Return the hub's accounts by e-mail, as they stand in the database now."""
        db.session.rollback()
        rows = db.session.execute(
            select(Customer.email, Account)
            .join(Service, Service.customer_id == Customer.id)
            .join(Account, Account.service_id == Service.id),
            execution_options={"populate_existing": True},
        )
        return {row.email: row.Account for row in rows}

    def _prepare(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
        self.kind = kind
        self._set_clock(NOON)
        self.model = Model()
        (self.folder / store.FILE).unlink(missing_ok=True)
        self.platform.begin(Books(), honours_key=kind == "key", lag=LAGS[kind])
        self.owner = Owner(self.folder)
        params = {"api_url": self.platform.url, "token": "a-token"}
        integration = factories.make_integration(gateway=self.recipe(kind).key, params=params)
        made = [factories.make_product(integration, code=code) for code in ("full", "extra")]
        sold = {product.code: factories.make_package(integration_id=integration.id, product_codes=[product.code])
                for product in made}  # fmt: skip
        self.packages = {"TV": sold["full"].id, "XT": sold["extra"].id}
        limits = {"limit_floor": 2, "limit_run_percent": 20, "limit_day_percent": 40, "batch_expires_h": 24}
        db.session.execute(update(Integration).values(**limits))
        db.session.commit()
        self.model.add([*self._by_api(), *self._by_erp(monkeypatch)])
        self.boot()
        self.work()
        clock.move(timedelta(minutes=2))
        if kind != "blind":
            runs.start_run(self.integration().id, "apply")
            self.work()
        self.die()
        self._close()
        return Stage(self._copy(kind), (self.folder / store.FILE).read_bytes(), self.platform.books,
                     self.model.people, dict(self.erp.people))  # fmt: skip

    def _by_api(self) -> Iterable[Person]:
        plan = factories.make_plan()
        for number in range(BY_API):
            email = f"a{number}@example.com"
            customer = factories.make_customer(f"A{number}", email=email, document=factories.make_cpf(500 + number))
            service = factories.make_service(customer, plan, f"S{number}", login=f"login{number}")
            sells = number < BY_API - 1
            if sells:
                subscriptions.add_sale(service.code, SaleInput(package_id=self.packages["TV"]))
            packages = frozenset({"TV"} if sells else ())
            yield Person(email, f"S{number}", "api", packages=packages, told="active" if sells else "absent")

    def _by_erp(self, monkeypatch: pytest.MonkeyPatch) -> Iterable[Person]:
        self.erp = MemorySource(full_per_day=10**6)
        others = {one.traits.key: one for one in registry.all_sources() if one.traits.key != "memory"}
        monkeypatch.setattr(registry, "_sources", lambda: {**others, "memory": self.erp})
        source = sources.create_source(SourceInput(kind="memory", description="The shop"))
        plan = factories.make_plan(db.session.get_one(Package, self.packages["TV"]))
        for of, external, target in (("plan", "P", plan.id), ("package", "TV", self.packages["TV"])):
            row = SourceMapping(source_id=source.id, kind=of, external=external, target=str(target), confirmed=True)
            db.session.add(row)
        db.session.commit()
        self.erp.people = people(BY_ERP, ON)
        self.source_id = source.id
        self.pull()
        self.pull()
        for code, record in self.erp.people.items():
            yield Person(record.customer.email, code, "erp")

    def _set_clock(self, at: datetime) -> None:
        clock.reset()
        clock.move(at - clock.utc_now())

    def _close(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def _copy(self, name: str) -> Path:
        return keep(self.folder, name)

    def _put(self, database: Path) -> None:
        self._close()
        lay(database, self.folder)
