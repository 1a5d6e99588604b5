"""Comparison and limits of a reconciliation."""

from dataclasses import replace

import pytest

from webapp.decide.compare import Action, Believed, Difference, Situation, compare
from webapp.decide.plan import checksum, exceeds, make_plan
from webapp.gateways.contract import Observed, RemoteState

MARIA = Believed(9, "maria@example.com", "sin-a-9", {"id": "55"}, "active", "active", ("full",), True)
SEEN = Observed("maria@example.com", RemoteState.ACTIVE, {"id": "55"}, "sin-a-9", products=("full",))


def only(believed: Believed, *observed: Observed) -> tuple[str, str] | None:
    found = compare([believed], observed)
    assert len(found) <= 1
    return (found[0].situation, found[0].action) if found else None


def test_what_agrees_is_no_difference() -> None:
    assert compare([MARIA], [SEEN]) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("active", RemoteState.SUSPENDED, (Situation.STATE, Action.ENABLE)),
        ("suspended", RemoteState.ACTIVE, (Situation.STATE, Action.SUSPEND)),
        ("pending_user", RemoteState.ACTIVE, (Situation.STATE, Action.NOTE)),
        ("active", RemoteState.PENDING_USER, (Situation.STATE, Action.NOTE)),
        ("active", RemoteState.UNKNOWN, (Situation.UNREADABLE, Action.REPORT)),
        ("active", RemoteState.ABSENT, (Situation.MISSING, Action.CREATE)),
        ("suspended", RemoteState.ABSENT, (Situation.MISSING, Action.NOTE)),
        ("absent", RemoteState.ABSENT, None),
    ],
)
def test_states_that_differ(ours: str, theirs: RemoteState, expected: tuple[str, str] | None) -> None:
    assert only(replace(MARIA, state=ours), replace(SEEN, state=theirs)) == expected


def test_missing_is_made_again_only_when_it_shall_be_active() -> None:
    assert only(MARIA) == (Situation.MISSING, Action.CREATE)
    assert only(replace(MARIA, state="suspended")) == (Situation.MISSING, Action.NOTE)
    assert only(replace(MARIA, state="none")) is None
    assert only(replace(MARIA, settled=False)) is None


def test_products_that_differ_are_updated_and_a_silent_platform_is_no_difference() -> None:
    assert only(MARIA, replace(SEEN, products=("full", "noggin"))) == (Situation.PRODUCT, Action.UPDATE)
    assert only(MARIA, replace(SEEN, products=None)) is None


def test_what_nobody_here_made_is_only_reported() -> None:
    stranger = Observed("joao@example.com", RemoteState.ACTIVE, {"id": "77"})
    found = compare([MARIA], [SEEN, stranger])
    assert [(item.situation, item.action, item.account_id) for item in found] == [("extra", "report", None)]


def test_an_account_with_another_reference_is_not_ours_although_the_login_matches() -> None:
    other = Observed("maria@example.com", RemoteState.ACTIVE, {"id": "99"}, "sin-b-1")
    assert {item.situation for item in compare([MARIA], [other])} == {"extra", "missing"}


def test_a_second_account_of_one_subscriber_is_reported() -> None:
    found = compare([MARIA], [SEEN, replace(SEEN, remote_ids={"id": "56"})])
    assert [(item.situation, item.action) for item in found] == [("duplicate", "report")]


def test_cancelled_accounts_that_a_platform_goes_on_showing_are_as_good_as_none() -> None:
    gone = replace(SEEN, state=RemoteState.ABSENT, remote_ids={"id": "54"})
    stranger = Observed("joao@example.com", RemoteState.ABSENT, {"id": "77"})
    assert compare([MARIA], [gone, stranger, SEEN]) == []


def test_what_we_ended_and_lives_on_is_ended_only_when_it_carries_our_reference() -> None:
    ended = replace(MARIA, state="absent", content="absent", remote_ids={})
    assert only(ended, SEEN) == (Situation.STATE, Action.CANCEL)
    assert only(ended, replace(SEEN, reference="")) == (Situation.EXTRA, Action.REPORT)


def negatives(count: int, action: Action = Action.SUSPEND) -> list[Difference]:
    return [Difference(n, f"u{n}@example.com", Situation.STATE, action) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "accounts", "today", "held"),
    [
        (3, 8, 0, False),
        (20, 100, 0, False),
        (21, 100, 0, True),
        (50, 1000, 0, False),
        (51, 1000, 0, True),
        (50, 1000, 51, True),
        (40, 1000, 60, False),
    ],
)
def test_negative_actions_beyond_the_limits_are_staged(count: int, accounts: int, today: int, held: bool) -> None:
    assert exceeds(negatives(count), accounts, today) is held


def test_cancels_have_half_the_room() -> None:
    assert not exceeds(negatives(10, Action.CANCEL), 100, 0)
    assert exceeds(negatives(11, Action.CANCEL), 100, 0)


def test_positive_actions_are_never_held_back() -> None:
    enable = [Difference(n, f"e{n}@example.com", Situation.STATE, Action.ENABLE) for n in range(500)]
    plan = make_plan(enable + negatives(100), 1000, 0)
    assert len(plan.apply) == 500
    assert len(plan.staged) == 100


def test_another_plan_has_another_checksum() -> None:
    assert checksum(negatives(3)) == checksum(negatives(3))
    assert checksum(negatives(3)) != checksum(negatives(4))
