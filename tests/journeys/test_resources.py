"""What the machine runs out of: space, permission, its file, open files, a log. Nothing is sent off the record."""

import html
import os
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from apiflask import APIFlask
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.fixtures.databases import ON_POSTGRES, is_whole
from tests.fixtures.people import Browser, make_browser
from tests.journeys.crowd import package_of, sell_to_crowd, statuses
from tests.journeys.platforms import connect
from tests.journeys.scarcity import DISK_ERROR, FULL, READ_ONLY, REMOVED, scarcity
from tests.journeys.undo_world import serving
from webapp import clock, create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings, load_settings
from webapp.database.file import MARK
from webapp.database.trouble import trouble
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Attempt, Customer, Integration
from webapp.sandbox.client import Tenant
from webapp.schema import migrate_database
from webapp.services import epoch
from webapp.services.tokens import create_token

DATABASE = "sintonia.db"
ROOT = Path(__file__).resolve().parents[2]
PEOPLE, MOST = 60, 200
HEALS_S = 60.0
# The engine waits a second after each failure: so it has tried at least twice.
ENGINE_LOOKS_S = 1.2
CODES = {FULL: "database_full", READ_ONLY: "database_read_only", DISK_ERROR: "database_disk", REMOVED: "database_gone"}
if ON_POSTGRES:
    # What its disk lacks a server alone can tell.
    CODES = {READ_ONLY: "database_read_only", REMOVED: "database_away"}


def until_refused(send: Callable[[int], TestResponse]) -> tuple[int, TestResponse]:
    """Send until it is refused: what is left of the last pages still takes something."""
    for number in range(MOST):
        answer = send(number)
        if answer.status_code >= 400:
            return number, answer
    raise AssertionError("it is never refused")


def customers() -> int:
    count = db.session.scalar(select(func.count()).select_from(Customer)) or 0
    db.session.rollback()
    return count


def wait_until_active(integration: Integration, people: int) -> None:
    until_s = clock.monotonic_s() + HEALS_S
    while statuses(integration) != {"active": people}:
        # What was read would hold the lock that the engine needs.
        db.session.rollback()
        assert clock.monotonic_s() < until_s, "it does not heal"
        clock.sleep(0.05)


@pytest.mark.parametrize("kind", CODES)
def test_without_a_database_that_takes_changes_nothing_is_sent_all_is_refused_in_words_and_it_heals(
    app: APIFlask, settings: Settings, nx: Tenant, admin: Browser, kind: str
) -> None:
    integration = connect(nx, "key", concurrency=8)
    sell_to_crowd(package_of(integration), PEOPLE)
    headers, program = {"Authorization": f"Bearer {create_token('writer', 'write')[1]}"}, make_browser(app)
    before, body = customers(), {"name": "Pessoa " + "x" * 170}
    with ExitStack() as scarce:
        scarce.enter_context(scarcity(kind, db.engine))
        with serving():
            taken, refused = until_refused(lambda n: program.put(f"/api/v1/customers/N{n}", json=body, headers=headers))
            assert (refused.status_code, refused.json["code"]) == (507 if kind == FULL else 503, CODES[kind])
            assert refused.mimetype == "application/problem+json"
            posted, page = until_refused(lambda n: admin.post("/customers/new", data={"code": f"P{n}", **body}))
            assert page.status_code == refused.status_code
            assert explain(CODES[kind]).remedy in html.unescape(page.text)
            ready = program.get("/readyz")
            assert (ready.status_code, ready.json["reason"]) == (503, CODES[kind])
            clock.sleep(ENGINE_LOOKS_S)
            assert kind == FULL or nx.calls() == 0
            assert nx.calls("create") <= PEOPLE
            assert ON_POSTGRES or (settings.instance / DATABASE).exists() is (kind != REMOVED)
            scarce.close()
            wait_until_active(integration, PEOPLE)
    assert customers() == before + taken + posted
    # Each call that came in there stands here, and the reverse: none was made without its intent.
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == nx.calls("create") == PEOPLE
    assert nx.effects("created") == PEOPLE
    assert is_whole(settings.instance)
    assert program.get("/readyz").json.get("reason") is None


def test_a_commit_on_a_file_that_was_removed_meanwhile_is_refused_and_never_said_to_be_stored(app: APIFlask) -> None:
    with db.engine.connect() as connection:
        connection.execute(text("insert into setting (name, value) values ('x', 'y')"))
        with scarcity(REMOVED, db.engine), pytest.raises(OperationalError) as caught:
            connection.commit()
    assert trouble(caught.value) == "database_gone"
    assert db.session.execute(text("select count(*) from setting where name = 'x'")).scalar() == 0


def test_a_hub_whose_database_vanished_does_not_start_and_makes_no_empty_one(app: APIFlask, settings: Settings) -> None:
    epoch.tick()
    db.session.remove()
    db.engine.dispose()
    path = settings.instance / DATABASE
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (settings.instance / name).unlink(missing_ok=True)
    for arguments in (("serve", "--port", "0"), ("converge",), ("doctor",)):
        told = run(settings, *arguments)
        assert told.exit_code == 1
        assert explain("database_gone").cause in " ".join(told.output.split())
        assert not path.exists()
    path.touch()
    assert explain("database_empty").cause in " ".join(run(settings, "serve", "--port", "0").output.split())
    assert path.stat().st_size == 0
    # Whoever wants to begin anew takes the mark away, too.
    path.unlink()
    (settings.instance / MARK).unlink()
    with create_app(settings, TESTING=True).app_context():
        db.create_all()
        assert path.stat().st_mode & 0o777 == 0o600
        db.engine.dispose()


def run(settings: Settings, *arguments: str) -> Result:
    program = Program(lambda: create_app(settings, TESTING=True), "1.2.3")
    return CliRunner().invoke(sintonia, arguments, obj=program)


def test_with_128_open_files_and_a_log_on_a_full_disk_the_work_goes_on(tmp_path: Path, nx: Tenant) -> None:
    environ = {"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    with create_app(load_settings(environ)).app_context():
        migrate_database(db.engine)
        sell_to_crowd(package_of(connect(nx, "key", concurrency=64, total_timeout_s=30)), PEOPLE)
        db.session.remove()
        db.engine.dispose()
    nx.set_dials(latency_ms=400, operations=["create"])
    with serving_poorly(environ) as address:
        nx.wait_calls("create", 1, timeout_s=30)
        answers = Counter(requests.get(f"{address}/login", timeout=10).status_code for _ in range(20))
        assert nx.wait_calls("create", PEOPLE, timeout_s=30) == PEOPLE
        assert answers == {200: 20}
        assert requests.get(f"{address}/healthz", timeout=10).ok
    assert nx.effects("created") == PEOPLE
    assert nx.doubles() == {}


@contextmanager
def serving_poorly(environ: dict[str, str]) -> Iterator[str]:
    """Serve in a process that may open 128 files, and whose every log line fails for want of space."""
    command = [sys.executable, "-m", "webapp", "serve", "--port", "0"]
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ, "SINTONIA_LOCALE": "en"}, text=True,
            stdout=subprocess.PIPE, stderr=full, preexec_fn=_poor,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        found = next(re.search(r"(http://\S+)/setup/", line) for line in process.stdout if "/setup/" in line)
        assert found is not None
        yield found.group(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _poor() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
