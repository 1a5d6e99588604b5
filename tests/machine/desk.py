"""What people do at the hub: sell, approve, reject, undo, answer questions. And how everything comes to rest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests.machine.model import ENDED, Person
from tests.machine.world import BIA, World
from webapp import clock
from webapp.extensions import db
from webapp.jobs.scheduler import TASKS
from webapp.models import Account, Customer, Orphan, Run, RunItem, Service, ServicePackage, SourcePull
from webapp.models.run import HELD
from webapp.services import accounts, epoch, integrations, keeps, runs, source_pulls, subscriptions
from webapp.services.adoption import losses, requests
from webapp.services.inputs import SaleInput
from webapp.services.orphans import adopting, deciding
from webapp.services.runs import steering, undo

WHY = "for a reason"
ROUNDS = 24
TAKING = ("suspend", "cancel")


class Desk:
    """Everything that a person may do; each use case commits by itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = world.model

    # The shop.

    def status(self, one: Person, status: str, crash_in: int = 0) -> None:
        """Let somebody pay, owe or leave."""
        if one.status == ENDED:
            return
        one.status = status
        if one.by == "erp":
            self._in_erp(one)
        else:
            self._tell(one, lambda: subscriptions.set_status(one.code, status), crash_in)

    def package(self, one: Person, name: str, crash_in: int = 0) -> None:
        """Sell a package, or take it off."""
        if one.by != "api" or one.status == ENDED:
            return
        one.packages ^= {name}
        self._tell(one, lambda: self._match_packages(one), crash_in)

    def _tell(self, one: Person, do: Any, crash_in: int) -> None:
        self.model.show(one)
        self.world.step(do, crash_in)
        if crash_in:
            # Whoever got no answer says it again.
            self.world.step(do)
        self.model.tell(one)

    def _in_erp(self, one: Person) -> None:
        self.world.erp.set_status(one.status, one.code)

    def _match_packages(self, one: Person) -> None:
        sold = {row.package_id: row.id for row in self._sales(one)}
        wanted = {self.world.packages[name] for name in one.packages}
        for package_id in sorted(wanted - set(sold)):
            subscriptions.add_sale(one.code, SaleInput(package_id=package_id))
        for package_id in sorted(set(sold) - wanted):
            subscriptions.remove_sale(sold[package_id])

    def _sales(self, one: Person) -> list[ServicePackage]:
        wanted = select(ServicePackage).join(Service).where(Service.code == one.code)
        return list(db.session.scalars(wanted.where(ServicePackage.removed_at.is_(None))))

    def tell_all(self) -> None:
        """Say everything again that came by the API: a copy that was put back does not know it."""
        for one in self.model.of("api"):
            self.world.step(lambda one=one: self._match_packages(one))
            self.world.step(lambda one=one: subscriptions.set_status(one.code, one.status))
            self.model.tell(one)

    def pull(self, lie: str = "", crash_in: int = 0) -> None:
        """Read the shop's system; a lie leaves people out."""
        erp, whole = self.world.erp, dict(self.world.erp.people)
        for one in self.model.of("erp"):
            self.model.show(one)
        if lie:
            kept = {"empty": 0, "half": len(whole) // 2}[lie]
            erp.people = dict(list(whole.items())[:kept])
        erp.truth = dict(whole) if lie else {}
        done = self.world.step(self.world.pull, crash_in)
        erp.people, erp.truth = whole, {}
        if done is not None and done.status == "done":
            for one in self.model.of("erp"):
                self.model.tell(one)

    def pulls_left(self) -> None:
        """Carry on with readings whose process died, and decide on those that wait."""
        for due in source_pulls.due_work(clock.utc_now()):
            if due.pull_id is not None:
                for one in self.model.of("erp"):
                    self.model.show(one)
                self.world.step(lambda due=due: source_pulls.work(due.pull_id))
        for pull in db.session.scalars(select(SourcePull).where(SourcePull.status.in_(("staged", "held")))).all():
            self.world.step(lambda pull=pull: source_pulls.approve_pull(pull.id, pull.checksum), actor=BIA)

    # Runs.

    def runs_in(self, *statuses: str) -> list[Run]:
        db.session.rollback()
        return list(db.session.scalars(select(Run).where(Run.status.in_(statuses)).order_by(Run.id)))

    def reconcile(self, crash_in: int = 0) -> None:
        """Ask for a comparison, and do it."""
        self.world.step(lambda: runs.request_run(1, "apply"))
        self.world.step(self.world.read_due, crash_in)

    def approve(self, run_id: int, part: int = 0, crash_in: int = 0) -> None:
        """Let a batch go, or so many of its lines."""
        run = db.session.get_one(Run, run_id)
        held = self._lines(run_id, HELD)
        chosen = held[:part] if part else held
        for line in chosen:
            self._let_go(line)
        checksum, ids = run.checksum, [line.id for line in chosen] if part else None
        if self.world.step(lambda: runs.approve_run(run_id, checksum, ids), crash_in, BIA) is None and not crash_in:
            for line in chosen:
                self.model.people[line.login].approved -= line.login in self.model.people

    def _let_go(self, line: RunItem) -> None:
        if line.login in self.model.people and line.action in TAKING:
            self.model.people[line.login].approved += 1

    def _lines(self, run_id: int, outcome: str) -> list[RunItem]:
        wanted = select(RunItem).where(RunItem.run_id == run_id, RunItem.outcome == outcome)
        return list(db.session.scalars(wanted.order_by(RunItem.id)))

    def decide(self, what: str, run_id: int) -> None:
        """Do something to a run."""
        deeds = {
            "reject": lambda: runs.reject_run(run_id, WHY),
            "pause": lambda: steering.pause_run(run_id),
            "resume": lambda: steering.resume_run(run_id),
            "stop": lambda: steering.stop_run(run_id, WHY),
            "undo": lambda: undo.undo_run(run_id, WHY),
        }
        self.world.step(deeds[what])

    def undo_pull(self) -> None:
        """Take back what the last reading of the shop took away."""
        last = db.session.scalar(select(SourcePull.id).order_by(SourcePull.id.desc()).limit(1))
        if last is not None:
            self.world.step(lambda: undo.undo_pull(last, WHY))

    def lift(self) -> None:
        """Keep nothing any more: whoever asks for it lets these losses go."""
        kept = db.session.execute(
            select(Account.id, Customer.email).join(Service, Service.id == Account.service_id)
            .join(Customer, Customer.id == Service.customer_id).where(Account.keep_content != "")
        ).all()  # fmt: skip
        if not kept:
            return
        for row in kept:
            self.model.people[row.email].approved += 1
        self.world.step(lambda: keeps.lift_keeps([row.id for row in kept], WHY))

    # Accounts.

    def answer(self, email: str) -> None:
        """Answer the question about a parked account, as whoever looks at the platform can."""
        account = self.world.accounts().get(email)
        if account is None or account.status != "parked":
            return
        live = self.world.platform.live(email)
        ids = {"id": live[0].id} if live else {}
        self.world.step(lambda: accounts.settle(account.id, exists=bool(live), remote_ids=ids))

    def again(self, email: str, what: str) -> None:
        """Try an account at once, or send its state once more."""
        account = self.world.accounts().get(email)
        if account is not None:
            self.world.step(lambda: {"try": accounts.try_now, "resend": accounts.resend}[what](account.id))

    def orphans(self, what: str, crash_in: int = 0) -> None:
        """Decide about the accounts that nobody here made."""
        found = list(db.session.scalars(select(Orphan).where(Orphan.status == "open").order_by(Orphan.id)))
        ids = [one.id for one in found]
        if not ids:
            return
        if what == "cancel":
            self.model.orphans_asked |= {one.remote_ids.get("id", "") for one in found}
            self.world.step(lambda: deciding.cancel(ids, WHY), crash_in)
            self.world.step(lambda: deciding.approve_cancel(ids), actor=BIA)
            return
        self.world.step(lambda: {"adopt": adopting.adopt, "ignore": lambda ids: deciding.ignore(ids, WHY)}[what](ids),
                        crash_in)  # fmt: skip

    def adopt(self, crash_in: int = 0) -> None:
        """After a restore: read, look, approve."""
        world = self.world
        if epoch.observing_afresh() is None:
            return
        world.step(requests.plan_adoption)
        world.step(world.read_due, crash_in)
        plan = world.step(lambda: requests.latest_plan(1))
        if plan is None or plan.status != "done":
            return
        plan_id, checksum = plan.id, plan.checksum
        if world.step(lambda: requests.approve_adoption({plan_id: checksum}), actor=BIA) is not None:
            # From here on a person has let it act.
            world.set_back = False
        world.step(world.read_due, crash_in)
        world.step(losses.stage_losses)

    # Rest.

    def task(self, name: str, crash_in: int = 0) -> None:
        """Do one of the periodic things."""
        self.world.step(TASKS[name], crash_in)

    def quiet(self, well: Callable[[], bool]) -> None:
        """Let all faults end and people decide everything, until nothing moves any more and all is well, or long."""
        world = self.world
        world.platform.fault = ""
        world.manner = "run"
        world.step(world.release)
        world.free_locks()
        for number in range(ROUNDS):
            world.pass_time(timedelta(minutes=2 if number % 2 else 50))
            self._round()
            if self._at_rest() and well():
                return

    def _round(self) -> None:
        world = self.world
        self.adopt()
        for name in ("reconcile", "look_up", "orphans", "dated"):
            self.task(name)
        world.step(losses.stage_losses)
        world.step(lambda: integrations.resume_integration(1))
        self.tell_all()
        if any(one.told != one.level or len(one.may) > 1 for one in self.model.of("erp")):
            self.pull()
        self.pulls_left()
        self.lift()
        self._decide_all()
        self._answer_all()
        world.step(world.work)
        if world.kind != "blind":
            self.reconcile()
            world.step(world.work)

    def _decide_all(self) -> None:
        for run in self.runs_in("paused"):
            self.decide("resume", run.id)
        for run in self.runs_in("staged"):
            self.approve(run.id)
            if self.world.refused == "plan_changed":
                self.decide("reject", run.id)

    def _answer_all(self) -> None:
        for email, account in self.world.accounts().items():
            if account.status == "parked":
                self.answer(email)
            elif account.status == "blocked":
                self.again(email, "try")

    def _at_rest(self) -> bool:
        open_runs = self.runs_in("running", "applying", "paused", "staged")
        busy = [one for one in self.world.accounts().values() if one.due_at is not None or one.keep_content]
        return not open_runs and not busy and not self.world.set_back
