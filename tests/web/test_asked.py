"""What a page asks before it acts, in a browser that runs no script: on a page of its own, and nothing before that."""

from html import unescape
from pathlib import Path

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from tests.web.sheet import Sheet
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Package
from webapp.web.asked import parted


# English is what the program is written in, so these tests do not depend on a translation.
@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_LOCALE": "en"})


def sheet_of(html: str, action: str) -> Sheet:
    sheet = Sheet(action)
    sheet.feed(html)
    return sheet


def is_active(package: Package) -> bool:
    db.session.expire_all()
    return bool(db.session.get_one(Package, package.id).active)


def test_question_comes_before_the_work_and_the_work_is_done_once(admin: Browser) -> None:
    package = factories.make_package(description="Cinema <b>")
    action = f"/packages/{package.id}/active"
    form = sheet_of(admin.get("/packages").text, action)
    asked = admin.post(action, data=form.sent, headers={"Referer": "http://localhost/packages?q=Cinema"})
    page = read_page(asked)
    assert "Inactivate “Cinema <b>”?" in unescape(asked.text.partition("<h1>")[2].partition("</h1>")[0])
    assert "/packages?q=Cinema" in [link["href"] for link in page.all("a")]
    assert is_active(package), "it was done before anybody answered"
    answer = sheet_of(asked.text, action)
    assert (answer.sent["active"], answer.sent["once"]) == ("0", form.sent["once"])
    assert [admin.post(action, data=answer.sent).status_code for _click in range(2)] == [303, 303]
    assert not is_active(package)
    said = admin.get("/packages").text
    assert "nothing was done twice" in said


def test_lines_that_were_chosen_come_along_through_the_question(admin: Browser) -> None:
    asked = admin.post("/runs/1/approve", data={"ask": "All?", "item": ["1", "2"], "part": "1"})
    assert sheet_of(asked.text, "/runs/1/approve").sent.getlist("item") == ["1", "2"]


def test_who_may_not_is_refused_before_anything_is_asked(viewer: Browser) -> None:
    assert viewer.post("/runs/1/approve", data={"ask": "All?"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "asks", "tells"),
    [
        ("Delete it?", "Delete it?", ""),
        ("Delete “A. B”? Nobody is told any more.", "Delete “A. B”?", "Nobody is told any more."),
        ("Nine hold it. Inactivate it? They keep it.", "Inactivate it?", "Nine hold it. They keep it."),
        ("Stop", "Stop", ""),
    ],
)
def test_question_is_parted_from_what_follows_from_it(text: str, asks: str, tells: str) -> None:
    assert parted(text) == (asks, tells)
