"""Very many who write at the same time (E4), and a reconciliation while operators change everything (E5)."""

import os
import random
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from apiflask import APIFlask
from sqlalchemy import select

from tests.journeys import hands
from tests.journeys.crowd import accounts_of, drain, package_of, sell_to_crowd
from tests.journeys.hands import OWING, PAYING, Hand
from tests.journeys.platforms import Recipe, integrate, use
from tests.journeys.undo_world import serving
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration, Run, Service
from webapp.sandbox.client import Tenant
from webapp.services import runs
from webapp.services.errors import Conflict
from webapp.services.tokens import create_token

# As long as the facts ask for: SINTONIA_WRITERS_S=600.
SECONDS = float(os.environ.get("SINTONIA_WRITERS_S", "3"))
PROCESSES, THREADS = 5, 10
PEOPLE, EDITORS, EDITS = 40, 4, 125
PAGES = {'pager = { kind = "page", start = 1, size = 500 }': 'pager = { kind = "page", start = 1, size = 8 }'}


def test_e4_fifty_writers_that_read_first_are_never_told_that_the_database_is_locked(
    app: APIFlask, settings: Settings, nx: Tenant, tmp_path: Path
) -> None:
    sell_to_crowd(package_of(integrate("nx_play", nx)), PEOPLE)
    token = api_token()
    written = tmp_path / "written"
    with ExitStack() as stack:
        work = (token, THREADS, SECONDS, str(written))
        writers = [stack.enter_context(Hand(settings.instance, hands.edit_services, *work)) for _ in range(PROCESSES)]
        assert [one.end(SECONDS + 2 * hands.PATIENCE_S) for one in writers] == [0] * PROCESSES
    lines = [line.split() for line in written.read_text().splitlines()]
    took = sorted(float(seconds) for seconds, _ in lines)
    answers = Counter(status for _, status in lines)
    assert set(answers) <= {"200", "412"}
    assert answers["200"] > PROCESSES * THREADS
    p99_s = took[len(took) * 99 // 100]
    sys.stdout.write(f"{len(took)} changes in {SECONDS:.0f} s, p99 {p99_s * 1000:.0f} ms, {dict(answers)}\n")


def test_e5_what_operators_change_while_a_platform_is_reconciled_stands_here_and_there(
    app: APIFlask, nx: Tenant
) -> None:
    integration = integrate(use(Recipe("nx_edited", changes=PAGES, limits={"concurrency": 4})), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain(patience_s=1)
    integration_id, token = integration.id, api_token()
    nx.suspend([row["id"] for row in nx.subscribers()][::4])
    nx.set_dials(latency_ms=60, operations=["list"])
    codes = dict(db.session.execute(select(Service.id, Service.code)).tuples().all())
    db.session.rollback()
    last: dict[str, str] = {}
    with serving():
        editors = [
            threading.Thread(target=edit, args=(app, token, [codes[one] for one in services[place::EDITORS]], last))
            for place in range(EDITORS)
        ]
        for one in editors:
            one.start()
        asked = 0
        while any(one.is_alive() for one in editors):
            asked += ask(integration_id)
            clock.sleep(0.05)
    assert asked > 1
    nx.clear_dials()
    for run_id, _ in runs.due_work(clock.utc_now()):
        runs.work(run_id)
    drain(patience_s=2)
    runs.start_run(integration_id, "apply")
    drain(patience_s=2)
    assert {row.code: row.status for row in fresh_services()} == {codes[one]: PAYING for one in services} | last
    wanted = {row.id: "active" if row.status == PAYING else "suspended" for row in fresh_services()}
    logins = {one.login: wanted[one.service_id] for one in accounts_of(db.session.get_one(Integration, integration_id))}
    assert {row["email"]: row["status"] for row in nx.subscribers()} == logins
    assert older_after_newer() == []
    assert Run.query.filter(Run.status.in_(("failed", "refused"))).count() == 0


def api_token() -> str:
    _token, text = create_token("writers", "write")
    db.session.rollback()
    return text


def edit(app: APIFlask, token: str, codes: list[str], last: dict[str, str]) -> None:
    """Change the status of these services again and again, and remember what was accepted last."""
    client, chance = app.test_client(), random.Random(len(codes))
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(EDITS):
        code, status = chance.choice(codes), chance.choice((OWING, PAYING))
        answer = client.patch(f"/api/v1/services/{code}", json={"status": status}, headers=headers)
        assert answer.status_code == 200, answer.json
        last[code] = status


def ask(integration_id: int) -> int:
    """Ask for a run where none is under way; returns how many were begun."""
    db.session.rollback()
    try:
        runs.request_run(integration_id)
    except Conflict:
        return 0
    finally:
        db.session.rollback()
    return 1


def fresh_services() -> list[Service]:
    db.session.rollback()
    return list(db.session.scalars(select(Service), execution_options={"populate_existing": True}))


def older_after_newer() -> list[int]:
    """Return the accounts of which an attempt for an older generation began after one for a newer."""
    found, newest = [], dict.fromkeys(db.session.scalars(select(Account.id)), 0)
    for one in Attempt.query.filter(Attempt.account_id.is_not(None)).order_by(Attempt.started_at, Attempt.id):
        if one.generation < newest[one.account_id]:
            found.append(one.account_id)
        newest[one.account_id] = max(newest[one.account_id], one.generation)
    return found
