"""A process dies at seven places of four operations on three kinds of platform; a fresh one keeps I1 to I6."""

import signal
from itertools import product
from pathlib import Path

import pytest

from tests.harness.evidence import Evidence, collect
from tests.harness.hubs import PLATFORMS, HubOnDisk
from tests.harness.points import LEAVES, POINTS
from tests.journeys.crowd import ENDED, OWING, PAYING, drain
from tests.journeys.engine_child import POINT, EngineProcesses
from webapp.sandbox.client import SandboxProcess

OPERATIONS = {"create": PAYING, "suspend": OWING, "enable": PAYING, "cancel": ENDED}
AFTERWARDS = {"create": "active", "suspend": "suspended", "enable": "active", "cancel": "cancelled"}


class Scene:
    """A hub with the three platforms, and on each a subscriber for each way to die."""

    def __init__(self, hub: HubOnDisk, sandbox: SandboxProcess) -> None:
        self.hub = hub
        with hub.opened():
            for kind in PLATFORMS:
                hub.join(kind, sandbox.tenant(f"{hub.folder.name}-{kind}"))
            self.codes = {
                (kind, operation): hub.sell(kind, len(POINTS))
                for kind, operation in product(PLATFORMS, OPERATIONS)
                if operation != "create"
            }
            drain()
            hub.tell([code for kind in PLATFORMS for code in self.codes[kind, "enable"]], OWING)
            drain()

    def due(self, kind: str, operation: str) -> str:
        """Leave just this operation to be done, for the one subscriber whose code is returned."""
        if operation == "create":
            return self.hub.sell(kind, 1)[0]
        code = self.codes[kind, operation].pop()
        self.hub.tell([code], OPERATIONS[operation])
        return code


@pytest.fixture(scope="module")
def scene(sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Scene:
    return Scene(HubOnDisk(tmp_path_factory.mktemp("points"), empty_database), sandbox)


def left(found: Evidence, code: str, operation: str) -> tuple[int, int, int]:
    """Return attempts, how many are closed, and calls that arrived, of the operation that was struck."""
    account_id = found.accounts[code].id
    mine = [one for one in found.attempts if (one.account_id, one.operation) == (account_id, operation)]
    calls = [one for one in found.writes if (one.account_id, one.operation) == (account_id, operation)]
    return len(mine), sum(one.outcome is not None for one in mine), len(calls)


@pytest.mark.parametrize(("kind", "operation", "point"), product(PLATFORMS, OPERATIONS, POINTS))
def test_process_that_dies_there_leaves_what_a_fresh_one_brings_to_its_right_end(
    engines: EngineProcesses, scene: Scene, kind: str, operation: str, point: str
) -> None:
    with scene.hub.opened() as hub:
        code, tenant = scene.due(kind, operation), hub.tenants[kind]
        calls = tenant.calls(operation)
        engines.start(hub.folder, POINT, point, operation, "0")
        assert engines.wait() == -signal.SIGKILL, engines.errors()
        # What was sent is on its way for a moment, whatever became of its sender.
        tenant.wait_calls(operation, calls + LEAVES[point][2])
        assert left(collect([tenant]), code, operation) == LEAVES[point]
        engines.start(hub.folder)
        assert engines.wait() == 0, engines.errors()
        account = hub.judge().end().accounts[code]
        # Only where nobody can be asked does a create without an answer wait for a person.
        attempts, closed, _ = LEAVES[point]
        doubtful = (kind, operation) == ("blind", "create") and attempts > closed
        assert account.status == ("parked" if doubtful else AFTERWARDS[operation])
        assert hub.is_whole()
