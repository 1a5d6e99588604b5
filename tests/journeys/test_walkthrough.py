"""The walk-through of docs/passo-a-passo.md, run as it is written, with a receiver that is not ours."""

import csv
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stdnum.br import cpf

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "passo-a-passo.md"
EXAMPLES = ROOT / "packaging" / "examples"
BLOCK = re.compile(r"^```sh (\w+)\n(.*?)^```$", re.M | re.S)
START_S, COMMANDS_S, STOP_S = 120, 400, 60
Event = dict[str, Any]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("webhook"), reason="needs Debian's webhook package; make test installs it"),
]


@dataclass(frozen=True)
class Walk:
    """What the walk left behind."""

    receiver: str
    output: str
    events_path: Path

    @property
    def events(self) -> list[Event]:
        """What the receiver took, in order; the hub's own test call stays out."""
        lines = self.events_path.read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if event["event"]["tipo"] != "teste"]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Run the document: receiver and server in the background, then its commands one after the other."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "instance").mkdir()
    ports = {"9000": str(free_port()), "8000": str(free_port())}
    texts = blocks(ports, folder)
    environment = {**os.environ, "SINTONIA_INSTANCE": str(folder / "instance"), "SINTONIA_LOCALE": "en"}
    before, commands = texts["comandos"][:1], texts["comandos"][1:]
    run(before, environment)
    with (
        background(texts["recebedor"][0], environment, folder / "receiver.log", ports["9000"]),
        background(texts["servidor"][0], environment, folder / "server.log", ports["8000"]),
    ):
        output = run(commands, environment)
        yield Walk(f"127.0.0.1:{ports['9000']}", output, folder / "eventos.jsonl")


def blocks(ports: dict[str, str], folder: Path) -> dict[str, list[str]]:
    """Return the commands of the document by terminal, with this run's places in them."""
    text = DOCUMENT.read_text(encoding="utf-8")
    places = {**ports, "/tmp/eventos": str(folder / "eventos"), " instance/": f" {folder}/instance/"}
    for written, here in {**places, ".venv/bin/python": sys.executable}.items():
        assert written in text
        text = text.replace(written, here)
    found: dict[str, list[str]] = {}
    for terminal, commands in BLOCK.findall(text):
        found.setdefault(terminal, []).append(commands)
    return found


def run(commands: list[str], environment: dict[str, str]) -> str:
    script = "set -euo pipefail\n" + "".join(commands)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=COMMANDS_S
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def background(commands: str, environment: dict[str, str], log: Path, port: str) -> Iterator[None]:
    """Run a terminal that stays, in a process group of its own, until the end of the block."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            ["bash", "-c", commands], cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        wait_for(int(port), process, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_S)


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(walk: Walk, event: Event, **changes: str) -> int:
    """Send a real event once more, with one thing changed."""
    sent = {name: event[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "body")} | changes
    body = sent.pop("body").encode()
    connection = http.client.HTTPConnection(walk.receiver, timeout=10)
    connection.request("POST", "/hooks/sintonia", body, {**sent, "Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def rows_of_file() -> list[dict[str, str]]:
    with (EXAMPLES / "clientes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_customer_of_the_file_reaches_the_receiver_once_and_verified(walk: Walk) -> None:
    born: dict[str, Event] = {}
    for event in walk.events:
        if event["event"]["tipo"] == "cadastro":
            born.setdefault(event["webhook-id"], event)
    people = [event["event"]["cliente_servico"]["cliente"] for event in born.values()]
    wanted = [(row["code"], row["name"], row["document"], row["email"], row["phone"]) for row in rows_of_file()]
    names = ("codigo_cliente", "nome_razaosocial", "cpf_cnpj", "email_principal", "telefone_primario")
    assert sorted(tuple(person[name] for name in names) for person in people) == sorted(wanted)
    assert len(born) == 50


def test_the_document_says_what_the_commands_print(walk: Walk) -> None:
    lines = walk.output.splitlines()
    assert "50" in lines
    assert "untouched: 200" in lines
    assert "changed: 500" in lines


def test_a_resend_carries_the_same_id_and_the_same_body(walk: Walk) -> None:
    births = [event for event in walk.events if event["event"]["tipo"] == "cadastro"]
    first = [event for event in births if event["event"]["cliente_servico"]["cliente"]["codigo_cliente"] == "1001"]
    assert len(first) >= 2
    assert len({event["webhook-id"] for event in first}) == 1
    assert len({event["body"] for event in first}) == 1


def test_debt_and_payment_are_events_of_their_own(walk: Walk) -> None:
    last = walk.events[-2:]
    assert [event["event"]["tipo"] for event in last] == ["suspender", "habilitar"]
    assert len({event["webhook-id"] for event in last}) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"body": '{"tipo":"cancelar"}'},
        {"webhook-id": "msg_of_another"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
    ],
    ids=["body", "id", "time", "signature", "no-signature"],
)
def test_a_request_that_was_tampered_with_is_refused_and_writes_nothing(walk: Walk, change: dict[str, str]) -> None:
    before = walk.events_path.read_bytes()
    assert post(walk, walk.events[-1], **change) == 500
    assert walk.events_path.read_bytes() == before


def test_the_untouched_request_is_taken(walk: Walk) -> None:
    count = len(walk.events)
    assert post(walk, walk.events[-1]) == 200
    assert len(walk.events) == count + 1


def test_the_example_file_is_what_its_script_writes() -> None:
    command = [sys.executable, str(EXAMPLES / "make_customers.py")]
    written = subprocess.run(command, capture_output=True, check=True, timeout=START_S).stdout.decode()
    assert written == (EXAMPLES / "clientes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 50
    assert all(cpf.is_valid(row["document"]) and row["email"].endswith("@example.com") for row in rows)
