"""A whole hub under load that is killed again and again, at moments that a seed decides."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select

from tests.harness import promises
from tests.harness.evidence import Evidence
from tests.harness.fleets import Fleet
from tests.harness.hubs import PLATFORMS, TIMEOUT_S, WAITING, HubOnDisk
from tests.harness.load import Load
from tests.harness.served import Served
from tests.journeys.engine_child import ENGINE, EngineProcesses
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration
from webapp.models.operator import WRITE
from webapp.sandbox.client import SandboxProcess
from webapp.services.convergence.claims import LEASE_MARGIN_S
from webapp.services.tokens import create_token

LATENCY_MS = 15
CONCURRENCY = 4
KINDS = (*PLATFORMS, "key")
LIVES_S = (0.2, 1.2)
# So long nothing may move before a test believes that nothing will, on a machine with much other work.
STUCK_S = 120.0
LOOK_S = 0.1
RESUMED_WITHIN_S = LEASE_MARGIN_S + 2 * TIMEOUT_S + 10


@dataclass
class Trial:
    """A hub with all three platforms, people on each, and what was seen while it was killed.

    Attributes:
        resumed_s: how long it took after a start until a platform was called again.
    """

    hub: HubOnDisk
    served: Served | Fleet
    token: str
    codes: list[str]
    seed: int
    kills: int = 0
    broken: int = 0
    resumed_s: list[float] = field(default_factory=list)

    def loaded(self) -> Load:
        """Return the load on it."""
        return Load(self.served.address, self.token, self.hub.told, self.codes, self.seed)

    def live(self, seconds: float, *, resumes: bool = False) -> None:
        """Start it and let it work for a while.

        Args:
            resumes: wait first until a platform is called again, and note how long that took since it answered.
        """
        seen = {kind: tenant.seq() for kind, tenant in self.hub.tenants.items()}
        self.served.start()
        began_s = time.monotonic()
        while resumes and not any(tenant.ledger(seen[kind], kind="nx") for kind, tenant in self.hub.tenants.items()):
            assert time.monotonic() < began_s + STUCK_S, f"I1: nothing is sent again: {self.served.said()}"
            time.sleep(LOOK_S / 5)
        if resumes:
            self.resumed_s.append(time.monotonic() - began_s)
        time.sleep(seconds)

    def kill(self) -> None:
        """End it, or one of its processes, as the system does that is out of memory; look whether its file is sound."""
        assert self.served.end() == -signal.SIGKILL, self.served.said()
        self.kills += 1
        self.broken += not self.hub.is_whole()

    def come_to_rest(self) -> None:
        """Wait until nothing is due any more, for as long as anything moves."""
        seen, until_s = (0, 0), 0.0
        while (found := self._standing())[0]:
            if found != seen:
                seen, until_s = found, time.monotonic() + STUCK_S
            moves = time.monotonic() < until_s
            assert moves, f"I1: still due, and nothing moves for {STUCK_S} s: {found[0]} {self.served.said()}"
            time.sleep(LOOK_S)

    def _standing(self) -> tuple[int, int]:
        """Return how many accounts are due, and how many calls there were."""
        with self.hub.opened():
            due = db.session.scalar(select(func.count()).where(Account.due_at.is_not(None))) or 0
            return due, db.session.scalar(select(func.count()).select_from(Attempt)) or 0

    def judge(self, load: Load) -> Evidence:
        """Judge what came of it all."""
        promises.was_taken_on(load.faults)
        promises.no_faults(self.served.said())
        with self.hub.opened():
            paused = db.session.scalars(select(Integration.paused_code).where(Integration.paused_code.is_not(None)))
            assert not paused.all(), self.served.said()
            return self.hub.judge().end()


def prepare(hub: HubOnDisk, engines: EngineProcesses, sandbox: SandboxProcess, people: int, seed: int, bug: str = ""
            ) -> Trial:  # fmt: skip
    """Connect the platforms and sell to so many people on each: half of them wait for their installation."""
    codes: list[str] = []
    with hub.opened():
        for kind in KINDS:
            tenant = sandbox.tenant(f"kills-{hub.folder.name}-{kind}")
            hub.join(kind, tenant, concurrency=CONCURRENCY)
            tenant.set_dials(latency_ms=LATENCY_MS)
            codes += hub.sell(kind, people // 2) + hub.sell(kind, people // 2, WAITING)
        token = create_token("load", WRITE)[1]
    return Trial(hub, Served(engines, hub, bug=bug), token, codes, seed)


def killed(trial: Trial, engines: EngineProcesses, kills: int) -> Load:
    """Kill the hub so many times under load, then let it come to rest and stop it; returns the load that was."""
    chance = random.Random(trial.seed)
    with trial.loaded() as load, ExitStack() as stack:
        for number in range(kills):
            # Every second time also while it only begins.
            trial.live(chance.uniform(*LIVES_S), resumes=number % 2 == 0)
            if number % 3 == 0:
                # Another process may work the same queue: `converge` beside the server.
                stack.enter_context(_beside(engines, trial))
                time.sleep(chance.uniform(0.2, 0.6))
            trial.kill()
            stack.close()
        trial.live(0, resumes=True)
    trial.come_to_rest()
    code = trial.served.end(signal.SIGTERM)
    assert code == 0, f"it ended with {code}: {trial.served.said()}"
    return load


@contextmanager
def _beside(engines: EngineProcesses, trial: Trial) -> Iterator[None]:
    pid = engines.start(trial.hub.folder, ENGINE, url=trial.hub.url, bug=trial.served.bug)
    yield
    assert engines.kill(pid) == -signal.SIGKILL, engines.errors()
