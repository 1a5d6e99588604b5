"""A worker of three dies at seven places of four operations on three kinds of platform; the others keep I1 to I6."""

import os
import signal
from itertools import product
from pathlib import Path

import pytest

from tests.harness.evidence import collect
from tests.harness.fleets import WORKERS
from tests.harness.hubs import PLATFORMS, HubOnDisk
from tests.harness.points import LEAVES, POINTS
from tests.journeys.engine_child import SCALED, EngineProcesses
from tests.journeys.test_crash_points import AFTERWARDS, OPERATIONS, Scene, left
from webapp.extensions import db
from webapp.sandbox.client import SandboxProcess
from webapp.services.queue import tables

ALL = list(product(PLATFORMS, OPERATIONS, POINTS))
# All 84 by `make test-scale`; in every run each place once, with operations and platforms in turn.
CASES = ALL if os.environ.get("SINTONIA_SCALE") else [
    (PLATFORMS[number % 3], list(OPERATIONS)[number % 4], point) for number, point in enumerate(POINTS)
]  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene(sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory, no_tables: Path, own_url: str) -> Scene:
    hub = HubOnDisk(tmp_path_factory.mktemp("points"), no_tables, own_url)
    with hub.opened():
        tables.install(db.engine)
    return Scene(hub, sandbox)


@pytest.mark.parametrize(("kind", "operation", "point"), CASES)
def test_worker_that_dies_there_leaves_what_three_others_bring_to_its_right_end(
    engines: EngineProcesses, scene: Scene, own_url: str, kind: str, operation: str, point: str
) -> None:
    with scene.hub.opened() as hub:
        code, tenant = scene.due(kind, operation), hub.tenants[kind]
        calls = tenant.calls(operation)
        engines.start(hub.folder, SCALED, point, operation, url=own_url)
        assert engines.wait() == -signal.SIGKILL, engines.errors()
        # What was sent is on its way for a moment, whatever became of its sender.
        tenant.wait_calls(operation, calls + LEAVES[point][2])
        assert left(collect([tenant]), code, operation) == LEAVES[point]
        others = [engines.start(hub.folder, SCALED, url=own_url) for _ in range(WORKERS)]
        assert [engines.wait(pid) for pid in others] == [0] * WORKERS, engines.errors()
        account = hub.judge().end().accounts[code]
        attempts, closed, _ = LEAVES[point]
        # Only where nobody can be asked does a create without an answer wait for a person.
        doubtful = (kind, operation) == ("blind", "create") and attempts > closed
        assert account.status == ("parked" if doubtful else AFTERWARDS[operation])
