"""When a database is not the one that was served last: every way in which it can have come here."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.epoch import (
    ANOTHER,
    MOST_SLEEP,
    MOVED,
    OLDER,
    SLEPT,
    UNMARKED,
    Here,
    Mark,
    dump,
    judge,
    load,
)

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
JUST_NOW = (NOW - timedelta(minutes=5)).isoformat()
LONG_AGO = (NOW - MOST_SLEEP - timedelta(seconds=1)).isoformat()
HOME, SERVER = Here("home"), Here("server/1", "7", shared=True)


def mark(seq: int = 10, place: str = "home", at: str = JUST_NOW, **more: str) -> Mark:
    return Mark(more.get("id", "abc"), seq, place, more.get("line", ""), at)


def on_server(**more: str) -> Mark:
    return Mark("abc", 10, more.get("place", "server/1"), more.get("line", "7"), JUST_NOW)


CASES = {
    "first start": (None, None, HOME, ""),
    "in step": (mark(), Mark("abc", 10), HOME, ""),
    "the file lags, as after a crash": (mark(), Mark("abc", 9), HOME, ""),
    "an older copy was put back": (mark(9), Mark("abc", 10), HOME, OLDER),
    "a copy from before there were marks": (None, Mark("abc", 10), HOME, OLDER),
    "a copy without its file": (mark(), None, HOME, UNMARKED),
    "the whole folder was copied": (mark(), Mark("abc", 10), Here("elsewhere"), MOVED),
    "a copied database without its file": (mark(), None, Here("elsewhere"), MOVED),
    "another database": (mark(id="xyz"), Mark("abc", 10), HOME, ANOTHER),
    "another database that is ahead": (mark(99, id="xyz"), Mark("abc", 10), HOME, ANOTHER),
    "off for long": (mark(at=LONG_AGO), Mark("abc", 10), HOME, SLEPT),
    "off for long, and older": (mark(9, at=LONG_AGO), Mark("abc", 10), HOME, OLDER),
    "nothing in it": (None, Mark("abc", 10), Here("home", empty=True), ""),
    "a machine without a name": (mark(place=""), Mark("abc", 10), HOME, ""),
    "a second host of one server": (on_server(), None, SERVER, ""),
    "a host comes back to its server": (on_server(), Mark("abc", 4), SERVER, ""),
    "a dump loaded into another server": (on_server(place="server/2"), Mark("abc", 4), SERVER, MOVED),
    "a dump loaded elsewhere, a new host": (on_server(place="server/2"), None, SERVER, MOVED),
    "a server set back in time, a new host": (on_server(line="6"), None, SERVER, UNMARKED),
    "a server that tells nothing, a new host": (on_server(), None, Here(shared=True), UNMARKED),
}


@pytest.mark.parametrize("case", CASES)
def test_database_is_judged_by_its_mark_and_the_file_beside_it(case: str) -> None:
    database, file, here, cause = CASES[case]
    assert judge(database, file, here, NOW) == cause


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["home", "elsewhere", ""]), st.booleans())
def test_database_behind_its_file_never_acts(seq: int, ahead: int, place: str, shared: bool) -> None:
    found = judge(mark(seq), Mark("abc", seq + 1 + ahead), Here(place, shared=shared), NOW)
    assert found == OLDER


@given(st.integers(0, 10**9), st.text(max_size=8), st.sampled_from(["", JUST_NOW]))
def test_mark_survives_its_json(seq: int, place: str, at: str) -> None:
    assert load(dump(Mark("abc", seq, place, "7", at))) == Mark("abc", seq, place, "7", at)


BROKEN: list[dict[str, object]] = [
    {}, {"seq": 3}, {"id": "", "seq": 3}, {"id": "a", "seq": "x"}, {"id": "a", "seq": None},
    {"id": "a", "seq": 1, "at": "never"},
]  # fmt: skip


@pytest.mark.parametrize("raw", BROKEN, ids=str)
def test_broken_mark_counts_as_none(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no mark|invalid literal|Invalid isoformat"):
        load(raw)
