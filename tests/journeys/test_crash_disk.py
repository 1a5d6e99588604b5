"""What the hub said yes to is on the disk: a power cut afterwards does not take it back."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.crowd import OWING, PAYING
from tests.journeys.engine_child import EngineProcesses
from tests.journeys.test_crash_stops import wait_for
from webapp.models.operator import WRITE
from webapp.sandbox.client import SandboxProcess
from webapp.services.tokens import create_token

TOLD = 10
ATTACH_S = 60.0
WRITTEN_S = 1.0
pytestmark = pytest.mark.slow


@contextmanager
def watched(pid: int, record: Path) -> Iterator[None]:
    """Write down every time a process makes sure that something is on the disk."""
    command = ["strace", "-f", "-y", "-p", str(pid), "-e", "trace=fsync,fdatasync", "-o", str(record)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            tracer.wait(ATTACH_S)
            pytest.skip(f"this machine lets nobody watch a process: {said.strip()}")
        yield
        time.sleep(0.1)
        tracer.send_signal(signal.SIGINT)


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace; packaging/test-system.sh installs it")
def test_everything_that_the_hub_says_yes_to_is_on_the_disk_first(
    engines: EngineProcesses, tmp_path: Path, migrated_database: Path, sandbox: SandboxProcess
) -> None:
    hub = HubOnDisk(tmp_path, migrated_database)
    with hub.opened():
        hub.join("key_only", sandbox.tenant("disk"))
        [code] = hub.sell("key_only", 1)
        headers = {"Authorization": f"Bearer {create_token('disk', WRITE)[1]}"}
    record = tmp_path / "syncs"
    served = Served(engines, hub, "web")
    served.start()
    with watched(served.pid, record):
        for number in range(TOLD):
            url, body = f"{served.address}/api/v1/services/{code}", {"status": PAYING if number % 2 else OWING}
            before = record.read_text().count("-wal>")
            assert requests.patch(url, json=body, headers=headers, timeout=10).status_code == 200
            # Nothing else writes in this process; only the tracer's own line may come a moment later.
            wait_for(lambda before=before: record.read_text().count("-wal>") > before, served.said, WRITTEN_S)
    assert served.end(signal.SIGTERM) == 0, served.said()
