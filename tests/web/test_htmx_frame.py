"""What htmx and the frame agree on: polling that keeps nothing alive, a session that ends, messages that take back."""

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read, read_page
from webapp import clock
from webapp.extensions import db
from webapp.models import OperatorSession, Package
from webapp.paths import TEMPLATES

POLLS = re.compile(r"<[^>]*hx-trigger=\"[^\"]*every[^\"]*\"(?:[^>]|(?<=%)>)*>")


def polling() -> list[tuple[str, str]]:
    """Every element that asks again by itself: its template, and it."""
    found = []
    for path in TEMPLATES.rglob("*.html"):
        text = re.sub(r"\{%.*?%\}", lambda block: block[0].replace(">", "}"), path.read_text("utf-8"))
        found += [(str(path.relative_to(TEMPLATES)), one) for one in POLLS.findall(text)]
    return found


def test_every_part_that_polls_is_quiet_and_rests_in_hidden_tabs() -> None:
    parts = polling()
    assert len(parts) >= 7
    assert [name for name, one in parts if "data-polls" not in one] == []
    assert [name for name, one in parts if not asks_quietly(name, one)] == []
    assert [name for name, one in parts if 'hx-swap="outerHTML"' not in one or " id=" not in one] == []


def asks_quietly(name: str, part: str) -> bool:
    """The address stands in the element, or is put together above it."""
    above = (TEMPLATES / name).read_text("utf-8")
    return "polls=1" in part or "fragments." in part or ("fragments." in above and 'hx-get="{{ url_for' not in part)


@pytest.mark.parametrize("address", ["/fragments/dashboard", "/fragments/session", "/history/audit?polls=1"])
def test_polling_never_keeps_a_session_alive(address: str, admin: Browser) -> None:
    admin.get("/customers")
    seen = db.session.scalar(select(OperatorSession.last_seen_at))
    clock.move(timedelta(minutes=5))
    answer = admin.get(address, hx=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert db.session.scalar(select(OperatorSession.last_seen_at)) == seen
    admin.get("/customers")
    assert db.session.scalar(select(OperatorSession.last_seen_at)) != seen


def test_session_that_ended_is_told_to_a_part_and_leads_back_to_its_page(anonymous: Browser) -> None:
    answer = anonymous.get("/fragments/dashboard", hx=True, headers={"HX-Current-URL": "http://localhost/runs?q=a"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/runs?q%3Da")


@pytest.mark.parametrize(("came_from", "leads"), [
    ("http://localhost/customers/1/edit", "/login?next=/customers/1/edit"), ("http://evil.example/x", "/login?next=/"),
    ("", "/login?next=/"),
])  # fmt: skip
def test_form_sent_after_the_session_leads_back_to_its_own_page(came_from: str, leads: str, anonymous: Browser) -> None:
    answer = anonymous.post("/customers/new", data={"code": "1"}, headers={"Referer": came_from})
    assert (answer.status_code, answer.headers["Location"]) == (303, leads)


def test_token_of_a_new_session_is_told_and_taken(admin: Browser) -> None:
    token = admin.get("/fragments/session").json["csrf_token"]  # type: ignore[index]
    headers = {"X-CSRFToken": token}
    answer = admin.post("/customers/new", csrf=False, headers=headers, data={"code": "1", "name": "Ana"})
    assert answer.status_code == 303


def test_message_offers_to_take_back_what_was_done_and_does_it(app: APIFlask, admin: Browser) -> None:
    package_id = factories.make_package(description="Cinema").id
    admin.post(f"/packages/{package_id}/active", data={"active": "0"})
    page = read_page(admin.get("/packages?active=all"))
    [form] = [attrs for attrs in page.all("form") if attrs.get("action", "").endswith("/active") and "inline" in
              attrs.get("class", "") and attrs not in page.all("li")][:1]  # fmt: skip
    assert form["action"] == f"/packages/{package_id}/active"
    admin.post(form["action"], data={"active": "1"})
    db.session.expire_all()
    assert db.session.get_one(Package, package_id).active


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/customers/999", 404)])
def test_error_page_stands_in_the_frame_and_names_the_request(path: str, status: int, admin: Browser) -> None:
    answer = admin.get(path)
    page = read_page(answer)
    assert answer.status_code == status
    assert "menu" in page.ids()
    assert re.search(rf'request-id">{answer.headers["X-Request-Id"]}<', answer.text)


def test_stranger_sees_an_error_page_without_the_frame(anonymous: Browser) -> None:
    assert "menu" not in read_page(anonymous.get("/nothing")).ids()


def test_fault_in_the_frame_itself_still_gives_a_page(
    app: APIFlask, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[object]:
        raise RuntimeError("a detail nobody may see")

    monkeypatch.setitem(app.jinja_env.globals, "side_menu", broken)
    answer = admin.get("/customers")
    assert answer.status_code == 500
    assert "menu" not in read_page(answer).ids()
    assert "detail nobody" not in answer.text


def test_part_that_fails_names_no_page(admin: Browser) -> None:
    assert read(admin.get("/nothing", hx=True)).ids() == ["problem"]


def test_worker_and_its_page_know_nobody(admin: Browser, anonymous: Browser) -> None:
    for path in ("/offline", "/offline-worker.js"):
        mine, theirs = admin.get(path), anonymous.get(path)
        assert mine.data == theirs.data
        assert "Set-Cookie" not in mine.headers
        assert "csrf" not in mine.text
    assert "max-age=3600" in admin.get("/offline-worker.js").headers["Cache-Control"]
