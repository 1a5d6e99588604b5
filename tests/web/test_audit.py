"""The page of the audit and the export of the history: who may, what it says, and a file that proves itself."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from tests.factories import make_customer, make_integration
from tests.fixtures.people import Browser
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Alert, Attempt, Event
from webapp.services import audit, audit_files, chain, watchdogs
from webapp.services.audit_files import BadFile, verify_file
from webapp.services.chain import store

FORMULA = '=cmd|"/c calc"!A1'


@pytest.fixture
def told(admin: Browser) -> Browser:
    """A sealed history with an event that a spreadsheet program would carry out, and a call."""
    integration = make_integration()
    make_customer(name="Fulana")
    audit.record("customer.update", "customer", 1, FORMULA, before={"name": "A"}, after={"name": "+1"}, reason="'=1")
    db.session.add(Attempt(
        integration_id=integration.id, operation="create", started_at=utc_now(), finished_at=utc_now(), outcome="ok",
        request={"body": "Fulana"}))  # fmt: skip
    db.session.commit()
    chain.seal()
    return admin


def export(browser: Browser, **wanted: str) -> str:
    fmt = wanted.pop("format", "csv")
    answer = browser.post("/history/export", data={"query": urlencode({"sent": "yes", **wanted}), "format": fmt})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.text


@pytest.mark.parametrize("fmt", audit_files.FORMATS)
def test_exported_history_is_verified_without_the_database(told: Browser, tmp_path: Path, fmt: str) -> None:
    path = tmp_path / "history"
    path.write_bytes(export(told, format=fmt).encode())
    found = verify_file(path)
    assert found.lines == count() - 1 + 1
    assert found.link == link_at(found.place)


def count() -> int:
    """Return how many entries were there when the export began: the export notes itself first."""
    return len(db.session.scalars(select(Event.id)).all()) + 1


def link_at(place: int) -> str:
    head = chain.head()
    assert head is not None
    assert head.place == place
    return head.link


def edit_json(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def edit(text: str) -> str:
        lines = [json.loads(line) for line in text.splitlines()]
        change(lines[2])
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    return edit


def forge_erased(text: str) -> str:
    """Say that an entry was erased, with other words, and make the end of the file fit."""
    entries = [json.loads(line) for line in text.splitlines()[:-1]]
    line = next(one for one in entries if one["label"] and one["salt"])
    content = json.loads(line["content"])
    content[3]["label"] = line["label"] = "Beltrana"
    line.update(content=json.dumps(content), salt="")
    return "".join(audit_files.write(entries, "jsonl"))


CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "a word": ("csv", lambda text: text.replace("Fulana", "Beltrana", 1)),
    "a word and its content": ("jsonl", lambda text: text.replace("Fulana", "Beltrana")),
    "an actor": ("jsonl", edit_json(lambda line: line.update(actor="x"))),
    "a digest": ("jsonl", edit_json(lambda line: line.update(digest="0" * 64))),
    "words of one that was erased": ("jsonl", forge_erased),
    "a link": ("jsonl", edit_json(lambda line: line.update(link="0" * 64))),
    "a former link": ("jsonl", edit_json(lambda line: line.update(former="0" * 64))),
    "a line removed": ("jsonl", lambda text: "".join(text.splitlines(keepends=True)[1:])),
    "the end missing": ("csv", lambda text: text[: len(text) // 2]),
    "more after the end": ("jsonl", lambda text: text + text),
    "another file": ("csv", lambda _text: "code;name\n1;Maria\n"),
    "no text": ("csv", lambda _text: "{\x00"),
    "empty": ("csv", lambda _text: ""),
}


def test_file_that_was_changed_is_refused_whatever_was_changed(told: Browser, tmp_path: Path) -> None:
    texts = {fmt: export(told, format=fmt) for fmt in audit_files.FORMATS}
    path = tmp_path / "history"
    for name, (fmt, change) in CHANGES.items():
        path.write_bytes(change(texts[fmt]).encode())
        with pytest.raises(BadFile):
            pytest.fail(f"{name}: {verify_file(path)}")


def test_export_carries_out_nothing_in_a_spreadsheet_program_and_is_noted(told: Browser) -> None:
    rows = list(csv.reader(io.StringIO(export(told).removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]
    assert any("'" + FORMULA in row for row in rows)
    noted = db.session.scalars(select(Event).where(Event.action == "history.export")).one()
    assert (noted.actor, noted.after) == ("admin@example.com", {"format": "csv", "filter": {"sent": "yes"}})
    export(told, q="Fulana")
    # The name that was looked for would outlive the erasure of whoever bears it.
    later = db.session.scalars(select(Event).where(Event.id > noted.id, Event.action == "history.export")).one()
    assert later.after == {"format": "csv", "filter": {"sent": "yes", "text": "***"}}


def test_export_holds_what_the_filter_finds_and_nothing_else(told: Browser) -> None:
    lines = [json.loads(line) for line in export(told, format="jsonl", action="customer").splitlines()]
    assert {line["object_type"] for line in lines[:-1]} == {"customer"}
    assert told.post("/history/export", data={"format": "exe"}).status_code == 404


@pytest.mark.parametrize("role", ["attendant", "finance", "viewer"])
def test_who_is_no_administrator_gets_neither_page_nor_file(request: pytest.FixtureRequest, role: str) -> None:
    browser: Browser = request.getfixturevalue(role)
    assert browser.get("/history/audit").status_code == 403
    assert browser.post("/history/export", data={}).status_code == 403
    assert "/history/export" not in browser.get("/history").text


def test_page_says_what_the_check_found_and_an_alert_is_raised(told: Browser) -> None:
    assert told.post("/history/audit/check").status_code in (200, 302, 303)
    assert "every 5s" in told.get("/history/audit").text
    chain.check_due()
    page = told.get("/history/audit").text
    assert "every 5s" not in page
    assert "confere" in page or "it holds" in page
    with store.opened(db.session.connection()):
        db.session.execute(update(Event).where(Event.label == FORMULA).values(label="harmless"))
    db.session.commit()
    chain.ask_for_check()
    chain.check_due()
    assert "trouble" in told.get("/history/audit").text
    watchdogs.watch(utc_now())
    assert "chain_changed" in set(db.session.scalars(select(Alert.code)))
