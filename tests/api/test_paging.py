"""Lists: every row once, whatever the page size, and a bounded number of queries."""

import base64

import pytest
from apiflask import APIFlask

from tests.api.conftest import Program
from webapp.extensions import db
from webapp.services import audit


@pytest.fixture
def events(app: APIFlask) -> int:
    for number in range(23):
        audit.record("thing.made", "thing", number + 1)
    db.session.commit()
    return 23


def read_all(program: Program, path: str, limit: int) -> list[int]:
    ids: list[int] = []
    cursor = ""
    while True:
        answer = program.get(f"{path}&limit={limit}{cursor}").json
        assert len(answer["items"]) <= limit
        ids += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            return ids
        cursor = f"&cursor={answer['next_cursor']}"


@pytest.mark.parametrize("limit", [1, 7, 22, 23, 24, 500])
def test_every_row_comes_once_newest_first_whatever_the_limit(reader: Program, events: int, limit: int) -> None:
    ids = read_all(reader, "/events?action=thing.made", limit)
    assert len(ids) == events
    assert ids == sorted(set(ids), reverse=True)


def test_rows_added_while_reading_neither_repeat_nor_hide_others(reader: Program, events: int) -> None:
    first = reader.get("/events?action=thing.made&limit=10").json
    audit.record("thing.made", "thing", 99)
    db.session.commit()
    second = reader.get(f"/events?action=thing.made&limit=500&cursor={first['next_cursor']}").json
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == events


def forged(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    "cursor", ["x", "%%%", "é", forged(b"1"), forged(b"after:-1"), forged(b"after:x"), forged(b"after:" + b"9" * 20)]
)
def test_a_cursor_that_was_not_given_out_is_refused(reader: Program, cursor: str) -> None:
    answer = reader.get(f"/events?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json["errors"][0] == answer.json["errors"][0] | {"field": "cursor", "code": "cursor_malformed"}


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5"])
def test_a_limit_out_of_bounds_is_refused(reader: Program, limit: str) -> None:
    assert reader.get(f"/events?limit={limit}").status_code == 422


def test_a_time_without_a_zone_is_refused(reader: Program) -> None:
    answer = reader.get("/events?since=2026-11-22T10:00:00")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "not_a_time"
    assert reader.get("/events?since=2026-11-22T10:00:00Z").status_code == 200
