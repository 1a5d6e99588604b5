"""Refusals in every shape, and the signs of life."""

from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser, signed_in
from tests.web.page import read, read_page
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Event, Heartbeat


@pytest.mark.parametrize("path", ["/nothing-here", "/customers/999"])
def test_missing_thing_is_a_page_a_part_or_a_problem(path: str, admin: Browser) -> None:
    page, part = admin.get(path), admin.get(path, hx=True)
    machine = admin.get(path, headers={"Accept": "application/json"})
    assert (page.status_code, part.status_code, machine.status_code) == (404, 404, 404)
    read_page(page)
    assert read(part).ids() == ["problem"]
    assert machine.content_type == "application/problem+json"
    assert machine.json is not None
    assert {"title", "status", "detail", "code"} <= machine.json.keys()


def test_forgotten_token_is_explained_and_nothing_is_lost(admin: Browser) -> None:
    response = admin.post("/customers/new", csrf=False, data={"code": "1", "name": "Ana"})
    assert response.status_code == 400
    read_page(response)


def test_fault_of_ours_shows_no_trace(app: APIFlask, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("a detail nobody may see")

    monkeypatch.setitem(app.view_functions, "dashboard.index", broken)
    broken.access = app.view_functions["customers.index"].access  # type: ignore[attr-defined]
    for hx in (False, True):
        response = admin.get("/", hx=hx)
        assert response.status_code == 500
        assert "detail nobody" not in response.text
        assert "Traceback" not in response.text


def test_hub_is_alive_without_signing_in(anonymous: Browser) -> None:
    response = anonymous.get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})
    assert "Set-Cookie" not in response.headers


def test_hub_is_ready_only_while_scheduler_and_engine_show_life(anonymous: Browser) -> None:
    assert anonymous.get("/readyz").status_code == 503
    db.session.add_all([Heartbeat(name=name, at=utc_now()) for name in ("scheduler", "engine")])
    assert anonymous.get("/readyz").status_code == 200
    clock.move(timedelta(seconds=61))
    response = anonymous.get("/readyz")
    assert (response.status_code, response.json["stale"]) == (503, ["scheduler", "engine"])


def test_people_act_under_their_own_name_one_after_the_other(app: APIFlask) -> None:
    for role in ("admin", "attendant"):
        signed_in(app, role).post("/customers/new", data={"code": role, "name": role})
    factories.make_customer(code="by-nobody")
    actors = {event.label: event.actor for event in db.session.query(Event).filter_by(action="customer.create")}
    assert actors == {"admin": "admin@example.com", "attendant": "attendant@example.com", "by-nobody": "system"}
