"""The page of a hub that only observes: why, what the platforms would bring, and the approval."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_babel import get_translations

from tests.fixtures.people import Browser, signed_in
from tests.web import nu, observing_states
from tests.web.page import read_page
from tests.web.test_queries import MOST_QUERIES, ask
from tests.web.walk import Leftovers, hub
from webapp.extensions import db
from webapp.models import Run
from webapp.models.operator import ADMIN, VIEWER
from webapp.services import epoch

PAGES = ("/observing", "/", "/alerts", "/history")


Scene = tuple[Browser, Browser, dict[str, int], Leftovers]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with hub(tmp_path_factory.mktemp("observing")) as app:
        ids, listening = observing_states.build(), Leftovers()
        with app.test_request_context():
            get_translations().add_fallback(listening)
        yield signed_in(app, ADMIN), signed_in(app, VIEWER), ids, listening


def test_every_page_says_that_the_hub_only_observes_and_what_to_do(scene: Scene) -> None:
    for browser in scene[:2]:
        for address in PAGES:
            response = browser.get(address)
            found = read_page(response)
            assert response.status_code == 200
            assert "alert-danger" in str(found.all("div"))
            assert address == "/observing" or "/observing" in [link.get("href") for link in found.all("a")]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("java"), reason="needs Java; make test installs it")
def test_page_is_valid_html(scene: Scene, tmp_path: Path) -> None:
    for name, browser in (("admin", scene[0]), ("viewer", scene[1])):
        nu.save(tmp_path, f"{name}-", {address.strip("/") or "home": browser.get(address) for address in PAGES})
    assert nu.complaints(tmp_path) == {}


def test_page_shows_each_platform_in_its_state_and_only_an_administrator_may_act(scene: Scene) -> None:
    admin, viewer, ids, _listening = scene
    found = read_page(admin.get("/observing"))
    named = [field["value"] for field in found.all("input") if field.get("name") == "plan"]
    plans = {run.integration_id: run for run in db.session.query(Run).filter_by(mode="plan")}
    ready = [f"{plans[ids[name]].id}:{observing_states.CHECKSUM}" for name in ("also_ready", "ready")]
    assert sorted(named) == sorted([*ready, *ready])
    assert "hx-get" in admin.get("/observing").text
    assert "<form" not in re.sub(r'action="/logout".*?</form>', "", viewer.get("/observing", hx=True).text)
    assert viewer.post("/observing/plan").status_code == 403
    assert viewer.post("/observing/approve", data={"plan": ready[0]}).status_code == 403


def test_page_asks_as_often_for_many_platforms_as_for_few(scene: Scene) -> None:
    few = ask(scene[0], "/observing")
    observing_states.grow(10)
    many = ask(scene[0], "/observing")
    assert len(many) <= len(few) <= MOST_QUERIES, "\n".join(many)


def test_approval_is_refused_for_another_plan_than_the_one_that_was_seen(scene: Scene) -> None:
    admin, _viewer, ids, _listening = scene
    run = db.session.query(Run).filter_by(integration_id=ids["ready"]).one()
    for named in (f"{run.id}:other", f"{run.id}:", "999999:x"):
        assert admin.post("/observing/approve", data={"plan": named}).status_code in (404, 409)
    assert admin.post("/observing/approve", data={"plan": "nonsense"}).status_code == 303
    assert admin.post("/observing/approve", data={"plan": f"{run.id}:{run.checksum}"}).status_code == 303
    db.session.expire_all()
    carried = db.session.get_one(Run, run.superseded_by_id)
    assert (carried.mode, carried.status, carried.requested_by) == ("apply", "running", "admin@example.com")
    assert admin.post("/observing/approve", data={"plan": f"{run.id}:{run.checksum}"}).status_code == 409


def test_platforms_are_read_when_asked_for_and_none_is_read_twice(scene: Scene) -> None:
    admin, _viewer, ids, _listening = scene
    for _ in range(2):
        assert admin.post("/observing/plan", data={"integration_id": str(ids["unread"])}).status_code == 303
    db.session.expire_all()
    asked = db.session.query(Run).filter_by(integration_id=ids["unread"]).all()
    assert [(run.trigger, run.mode, run.reading) for run in asked] == [("adopt", "plan", "full")]


def test_platform_that_is_set_aside_is_asked_about_again_when_it_is_activated(scene: Scene) -> None:
    observing_states.be_inactive(scene[2]["trouble"])
    found = epoch.observing_afresh()
    assert found is not None
    assert scene[2]["trouble"] not in found.held
    assert f'platform-{scene[2]["trouble"]}"' not in scene[0].get("/observing").text


def test_page_says_everything_in_portuguese(scene: Scene) -> None:
    scene[0].get("/observing")
    assert sorted(scene[3].seen) == []


def test_hub_that_acts_shows_no_banner_and_has_nothing_to_approve(admin: Browser) -> None:
    assert "alert-danger" not in admin.get("/observing").text
    assert admin.post("/observing/plan").status_code == 409
