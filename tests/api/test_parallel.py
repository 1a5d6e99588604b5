"""Twenty programs at once, over real HTTP: waitress, threads, one database."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from apiflask import APIFlask
from sqlalchemy import func, select
from waitress.server import create_server

from tests.api.conftest import Program
from tests.api.scenes import sell
from webapp.extensions import db
from webapp.jobs.server import WEB_THREADS
from webapp.models import Account, ServicePackage

SENDERS = 20


@pytest.fixture
def address(app: APIFlask) -> Iterator[str]:
    server = create_server(app, host="127.0.0.1", port=0, threads=WEB_THREADS)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/api/v1"
    # First whoever answers, then the loop, in its own thread: none of them finds the sockets gone.
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    thread.join(5)


def rows(model: type) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def test_twenty_parallel_posts_with_one_key_have_one_effect_and_twenty_equal_answers(
    address: str, admin: Program
) -> None:
    scene = sell(admin)
    sold, accounts = rows(ServicePackage), rows(Account)
    start = threading.Barrier(SENDERS)
    headers = {"Authorization": f"Bearer {admin.token}", "Idempotency-Key": "sale-of-the-extra"}

    def post(_number: int) -> tuple[int, bytes, str, str]:
        with requests.Session() as session:
            start.wait(10)
            url, body = f"{address}/services/17711/packages", {"package_id": scene.extra}
            answer = session.post(url, json=body, headers=headers, timeout=30)
        return answer.status_code, answer.content, answer.headers["ETag"], answer.headers["Location"]

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = set(pool.map(post, range(SENDERS)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert (rows(ServicePackage), rows(Account)) == (sold + 1, accounts)


def test_twenty_parallel_puts_of_one_service_make_it_once(address: str, admin: Program) -> None:
    scene = sell(admin)
    # The test's session must not hold the write lock while requests work.
    db.session.rollback()
    start = threading.Barrier(SENDERS)
    headers = {"Authorization": f"Bearer {admin.token}"}
    body = {"customer_code": "1234", "plan_id": scene.plan, "status": "servico_habilitado"}

    def put(_number: int) -> int:
        start.wait(10)
        return requests.put(f"{address}/services/new", json=body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(SENDERS) as pool:
        statuses = list(pool.map(put, range(SENDERS)))
    assert sorted(set(statuses)) == [200, 201]
    assert statuses.count(201) == 1
