"""The page of an approval link, as a phone without cookies opens it."""

import pytest
from apiflask import APIFlask

from tests.fixtures.people import make_browser
from tests.services.test_approval_links import boss, channel_of, hub, link_of, staged_run
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Run
from webapp.services import throttle
from webapp.web import approval

__all__ = ["hub"]
pytestmark = pytest.mark.usefixtures("hub")
NAMED = {
    "count": 2, "accounts": 2, "actions": {"suspend": 2}, "value": "59.80",
    "causes": [{"code": "reading_empty", "params": {}, "count": 2, "percent": 100.0, "value": "59.80"}],
    "examples": [{"name": "Maria das Dores Silva", "login": "maria@example.com"}],
}  # fmt: skip


@pytest.fixture
def address(app: APIFlask) -> str:
    run = staged_run()
    run.radius, run.limits = NAMED, {"hit": "run", "found": 2, "most": 1}
    return f"/approve/{link_of(run, channel_of(boss()))}"


def status() -> str:
    db.session.rollback()
    return db.session.query(Run).one().status


def test_the_page_tells_what_waits_and_changes_nothing_however_often_it_is_opened(app: APIFlask, address: str) -> None:
    phone = make_browser(app)
    for step in ("", "?step=approve", "?step=reject", "?step=nonsense"):
        answer = phone.get(address + step, csrf=False)
        assert answer.status_code == 200
        read_page(answer)
    page = phone.get(address, csrf=False)
    for said in ("Maria S.", "59,80", "no-referrer"):
        assert said in page.text
    for unsaid in ("Dores", "maria@example.com"):
        assert unsaid not in page.text
    assert (page.headers["X-Robots-Tag"], page.headers["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert phone.head(address, csrf=False).status_code == 200
    assert status() == "staged"


def test_approval_needs_the_second_step_and_no_cookie_and_works_once(app: APIFlask, address: str) -> None:
    phone = app.test_client(use_cookies=False)
    assert phone.post(address).status_code == 400
    assert status() == "staged"
    assert phone.post(address, data={"decision": "approve"}).status_code == 200
    assert status() == "applying"
    again = phone.post(address, data={"decision": "approve"})
    assert (again.status_code, phone.get(address).status_code) == (409, 410)
    assert "alert-warning" in again.text


def test_rejecting_asks_for_a_reason(app: APIFlask, address: str) -> None:
    phone = make_browser(app)
    missing = phone.post(address, data={"decision": "reject", "reason": " "}, csrf=False)
    assert missing.status_code == 422
    assert 'id="reason-error"' in missing.text
    assert phone.post(address, data={"decision": "reject", "reason": "ERP errado"}, csrf=False).status_code == 200
    assert status() == "rejected"


def test_a_link_that_nobody_made_says_so_and_guessing_is_braked(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = make_browser(app)
    assert phone.get("/approve/guessed", csrf=False).status_code == 404
    monkeypatch.setattr(approval, "PER_ADDRESS", throttle.Limit("approval-test", 1, 60))
    assert [phone.get("/approve/guessed", csrf=False).status_code for _time in range(2)] == [404, 429]
