"""The old account ends only when the new one stands in its place."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.guided_moves import FAIL, GO, WAIT, Seen, gone, is_gap, looked, made
from webapp.models.account import STATUSES

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "before", "word"),
    [
        ("active", "active", GO), ("waiting_user", "active", GO), ("suspended", "suspended", GO),
        ("suspended", "active", WAIT), ("pending", "active", WAIT), ("pending", "", GO), ("pending", "blocked", GO),
        ("blocked", "", FAIL), ("parked", "active", FAIL), ("cancelled", "active", FAIL), ("cancelled", "", GO),
    ],
)  # fmt: skip
def test_new_account_stands_as_the_old_one_does(status: str, before: str, word: str) -> None:
    assert made([Seen(1, status, True, before)]).word == word


@given(st.lists(st.builds(Seen, st.integers(1, 9), st.sampled_from(STATUSES), st.booleans(),
                          st.sampled_from(["", *STATUSES])), max_size=4))  # fmt: skip
def test_nothing_goes_on_while_one_that_counts_is_not_there(accounts: list[Seen]) -> None:
    if made(accounts).word == GO:
        counts = [one for one in accounts if one.before == "active"]
        assert all(one.settled and one.status in ("active", "waiting_user") for one in counts)


def test_failure_names_its_account_and_comes_before_waiting() -> None:
    found = made([Seen(1, "pending", False, "active"), Seen(2, "blocked", True, "", "platform_rejected")])
    assert (found.word, found.code, found.account_id) == (FAIL, "platform_rejected", 2)


@pytest.mark.parametrize(
    ("observed", "at", "word"),
    [
        ("active", AT, GO),
        ("pending_user", AT, GO),
        ("active", AT - timedelta(seconds=1), WAIT),
        ("absent", AT, FAIL),
        ("unknown", AT, WAIT),
        ("", AT, WAIT),
        ("", None, WAIT),
    ],
)
def test_platform_is_asked_after_the_account_stood(observed: str, at: datetime | None, word: str) -> None:
    seen = Seen(1, "active", True, "active", asks=True, observed=observed, observed_at=at)
    assert looked([seen], AT).word == word


def test_platform_that_cannot_be_asked_is_believed() -> None:
    assert looked([Seen(1, "active", True, "active")], AT).word == GO


def test_old_account_has_ended_or_a_person_looks() -> None:
    assert gone([(1, "cancelled", "")]).word == GO
    assert gone([(1, "cancelled", ""), (2, "active", "")]).word == WAIT
    assert gone([(1, "blocked", "platform_rejected")]).code == "platform_rejected"


def test_gap_is_only_what_the_old_service_causes_itself() -> None:
    assert is_gap("constraint_one_account", "S1", "S1", same_holder=True)
    assert not is_gap("constraint_one_account", "S2", "S1", same_holder=True)
    assert is_gap("login_held", "S1", "S1", same_holder=False)
    assert is_gap("constraint_same_kind", "", "S1", same_holder=True)
    assert not is_gap("constraint_same_kind", "", "S1", same_holder=False)
    assert not is_gap("login_missing", "", "S1", same_holder=True)
