"""The sandbox as a process: its start, its end, its files, and how much it carries."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.fixtures.lone_sandbox import COMMAND as ALONE
from tests.sandbox.calls import call, create, person
from webapp.sandbox.client import COMMAND, STOP_TIMEOUT_S, SandboxError, SandboxProcess, dead_url

FLOOR_PER_S = 500


def test_a_restart_keeps_port_people_dials_keys_and_the_ledger_s_numbers(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path, command=ALONE) as sandbox:
        tenant, url = sandbox.tenant("t"), sandbox.url
        first = create(tenant, key="k1").json()
        tenant.set_dials(show_cancelled=True)
        sandbox.stop()
        with pytest.raises(requests.ConnectionError, match="refused"):
            create(tenant)
        sandbox.start()
        assert (sandbox.url, tenant.dials()["show_cancelled"]) == (url, True)
        assert create(tenant, key="k1").json() == first
        assert [line["seq"] for line in tenant.ledger()] == [1, 2]
        assert "Traceback" not in sandbox.errors()


def test_a_kill_loses_no_line_of_the_ledger(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path, command=ALONE) as sandbox:
        tenant = sandbox.tenant("t")
        for number in range(50):
            create(tenant, number)
        sandbox.kill()
        assert len(sandbox.ledger_path.read_bytes().splitlines()) == 50
        sandbox.start()
        assert (tenant.calls("create"), sandbox.health()["seq"]) == (50, 50)


def test_it_stops_at_once_although_calls_are_waiting(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path, command=ALONE) as sandbox:
        tenant = sandbox.tenant("t")
        tenant.set_dials(latency_after_effect_ms=60_000)
        with pytest.raises(requests.Timeout):
            call(tenant, "GET", "/products", timeout=0.2)
        began = time.monotonic()
        sandbox.stop()
        # Else it was killed.
        assert time.monotonic() - began < STOP_TIMEOUT_S
        assert "Traceback" not in sandbox.errors()


def test_it_ends_when_its_parent_does(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from webapp.sandbox.client import SandboxProcess;"
        "print(SandboxProcess(Path(sys.argv[1])).start().url, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    port = int(done.stdout.strip().rpartition(":")[2])
    until = time.monotonic() + 60
    while _listens(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _listens(port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SandboxError, match="(?s)did not start.*in use"):
            SandboxProcess(tmp_path, port=taken.getsockname()[1], command=ALONE).start()


def test_the_command_announces_its_port_on_standard_output(tmp_path: Path) -> None:
    command = [*COMMAND, "--port", "0", "--ledger", str(tmp_path / "ledger.jsonl")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert requests.get(told["url"] + "/control/health", timeout=5).json()["ok"] is True
        assert told["pid"] == process.pid
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_a_dead_url_refuses_connections() -> None:
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(dead_url(), timeout=5)


def test_one_connection_carries_many_requests(sandbox: SandboxProcess) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as raw:
        for _ in range(3):
            raw.sendall(b"GET /control/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert raw.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_plain_http_is_400_and_the_end(sandbox: SandboxProcess, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as raw:
        raw.sendall(head)
        assert b"400 Bad Request" in raw.recv(65_536)
        assert raw.recv(1) == b""


def test_parallel_creates_are_each_made_once_and_fast(sandbox: SandboxProcess) -> None:
    tenant = sandbox.tenant("parallel")

    def work(worker: int) -> None:
        with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as raw:
            for number in range(50):
                _create_raw(raw, worker * 1000 + number, tenant.name)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    began_s = _worked_s(sandbox.pid)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rate = 800 / (_worked_s(sandbox.pid) - began_s)
    assert (tenant.effects("created"), tenant.doubles()) == (800, {})
    assert rate > FLOOR_PER_S


def _worked_s(pid: int) -> float:
    """Return how long a process has worked so far: what others take of the machine is not in it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _create_raw(raw: socket.socket, number: int, tenant: str) -> None:
    body = json.dumps(person(number)).encode()
    head = f"POST /nx/{tenant}/subscribers HTTP/1.1\r\nAuthorization: Bearer sandbox-token\r\n"
    raw.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert raw.recv(65_536).startswith(b"HTTP/1.1 201")
