"""A batch carried out and given back on PostgreSQL, by two who do the same at the same time."""

import threading

import pytest
from flask import current_app

from tests.journeys.crowd import OWING, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from tests.services.runs_helpers import by_hand, drain, fresh, outcomes
from webapp import clock
from webapp.extensions import db
from webapp.sandbox.client import Tenant
from webapp.services.accounts import NEGATIVE
from webapp.services.runs.applying import advance
from webapp.services.runs.undo import undo_run

PEOPLE = 14
ROUNDS = 20


def _advance_twice_at_once() -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            together.wait()
            advance(clock.utc_now(), background=False)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _carry_out(run_id: int) -> None:
    for _ in range(ROUNDS):
        _advance_twice_at_once()
        drain()
        if fresh(run_id).status == "done":
            return
    raise AssertionError(outcomes(run_id))


@pytest.mark.usefixtures("postgres_app")
def test_two_processes_carry_out_each_line_once(nx: Tenant) -> None:
    integration = integrate(use(Recipe("nx_two")), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    nx.enable([row["id"] for row in nx.subscribers()])
    since = nx.seq()
    run_id = by_hand(integration, "suspend", "active", PEOPLE).id
    _carry_out(run_id)
    assert outcomes(run_id) == {("suspend", "proven"): PEOPLE}
    undo_id = undo_run(run_id, "the wrong list").id
    _carry_out(undo_id)
    assert outcomes(undo_id) == {("enable", "proven"): PEOPLE}
    calls = [line["operation"] for line in nx.ledger(since, kind="nx") if line["operation"] in ("suspend", "enable")]
    assert sorted(calls) == ["enable"] * PEOPLE + ["suspend"] * PEOPLE
