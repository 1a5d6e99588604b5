"""Comparison and limits of a reconciliation."""

from dataclasses import replace

import pytest

from webapp.decide.compare import NO_STATE, Action, Believed, Difference, Situation, compare, compare_answer
from webapp.decide.compare_rights import compare_rights
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


ACTIVE_ONLY = frozenset({RemoteState.ACTIVE})
BOTH = frozenset({RemoteState.ACTIVE, RemoteState.SUSPENDED})


@pytest.mark.parametrize(
    ("state", "covers", "expected"),
    [
        ("suspended", ACTIVE_ONLY, None),
        ("active", ACTIVE_ONLY, (Situation.MISSING, Action.REPORT)),
        ("active", BOTH, (Situation.MISSING, Action.CREATE)),
        ("suspended", BOTH, (Situation.MISSING, Action.NOTE)),
        ("pending_user", BOTH, None),
        ("active", NO_STATE, None),
        ("unknown", NO_STATE, None),
    ],
)
def test_e2_absence_proves_no_more_than_the_listing_shows(
    state: str, covers: frozenset[RemoteState], expected: tuple[str, str] | None
) -> None:
    found = compare([replace(MARIA, state=state)], [], covers)
    assert [(item.situation, item.action) for item in found] == ([expected] if expected else [])


def right(code: str, **changes: object) -> Believed:
    """Return a right of Maria's: the person has the id p1 there, the right one of its own."""
    own = {"subscription": f"s-{code}"}
    base = Believed(9, "maria@example.com", "sin-a-9", {"person": "p1"}, "active", "active", (code,), True, f"5:{code}")
    return replace(base, **{"own_ids": own, **changes})


def row(code: str | None, state: RemoteState = RemoteState.ACTIVE, **changes: object) -> Observed:
    return replace(
        Observed("maria@example.com", state, {}, products=None if code is None else (code,)), **changes
    )  # fmt: skip


def units(found: list[Difference]) -> list[tuple[str, str, str]]:
    return [(item.situation, item.action, str(item.after.get("unit", ""))) for item in found]


FULL, KIDS = right("FULL"), right("KIDS")
AGREED = [row("FULL"), row("KIDS")]


def test_rights_are_compared_one_by_one() -> None:
    assert compare_rights([FULL, KIDS], AGREED) == []
    shown = [row("FULL", RemoteState.SUSPENDED)]
    assert units(compare_rights([FULL, KIDS], shown)) == [
        ("missing", "create", "5:KIDS"), ("state", "enable", "5:FULL"),
    ]  # fmt: skip


def test_one_account_with_several_products_is_that_many_rights() -> None:
    person = Observed("maria@example.com", RemoteState.ACTIVE, products=("FULL", "KIDS"))
    assert compare_rights([FULL, KIDS], [person]) == []
    assert units(compare_rights([FULL, KIDS], [replace(person, products=("FULL",))])) == [
        ("missing", "create", "5:KIDS")
    ]
    assert len(compare_rights([FULL, KIDS], [replace(person, products=())])) == 2


@pytest.mark.parametrize(
    "mark",
    [
        {"login": "", "remote_ids": {"subscription": "s-FULL"}},
        {"login": "", "remote_ids": {"person": "p1"}},
        {"login": "", "reference": "sin-a-9"},
        {"login": "MARIA@example.com"},
    ],
)
def test_b2_right_is_found_by_its_own_id_or_by_person_and_product(mark: dict[str, object]) -> None:
    assert compare_rights([FULL, KIDS], [row("FULL", **mark), row("KIDS")]) == []


def test_account_shown_without_products_tells_of_a_right_only_when_it_can_mean_no_other() -> None:
    shown = [row(None, RemoteState.SUSPENDED)]
    assert units(compare_rights([FULL], shown)) == [("state", "enable", "5:FULL")]
    assert compare_rights([FULL, KIDS], shown) == []


def test_right_sold_anew_is_meant_before_the_one_that_ended() -> None:
    ended = right("FULL", unit="3:FULL", state="absent", content="absent", own_ids={})
    assert compare_rights([ended, FULL], [row("FULL")]) == []
    assert units(compare_rights([ended], [row("FULL")])) == [("state", "report", "3:FULL")]


def test_right_that_ended_and_still_carries_its_id_is_ended_again() -> None:
    ended = right("FULL", state="absent", content="absent")
    shown = [row("FULL", remote_ids={"subscription": "s-FULL"})]
    assert units(compare_rights([ended], shown)) == [("state", "cancel", "5:FULL")]


def test_b9_right_shared_by_two_services_on_one_login_is_seen_for_both() -> None:
    other = right("FULL", account_id=10, unit="6:FULL", own_ids={}, reference="sin-a-10")
    mine = right("FULL", own_ids={})
    assert compare_rights([mine, other], [row("FULL")]) == []


def test_stranger_and_unsold_product_are_reported_and_doubles_too() -> None:
    stranger = row("FULL", login="joao@example.com")
    assert units(compare_rights([FULL], [row("FULL"), stranger, row("NEWS")])) == [
        ("extra", "report", ""), ("extra", "report", ""),
    ]  # fmt: skip
    assert units(compare_rights([FULL], [row("FULL"), row("FULL")])) == [("duplicate", "report", "5:FULL")]


def test_right_that_is_not_settled_is_not_compared() -> None:
    assert compare_rights([right("FULL", settled=False)], []) == []


def test_same_rights_give_the_same_plan_in_any_order() -> None:
    shown = [row("FULL", RemoteState.SUSPENDED), row("NEWS"), row("OLD"), row("KIDS", RemoteState.SUSPENDED)]
    one, two = compare_rights([FULL, KIDS], shown), compare_rights([KIDS, FULL], shown[::-1])
    assert one == two


def test_answer_about_one_right_is_compared_with_that_right() -> None:
    assert compare_answer(FULL, row("FULL")) is None
    assert compare_answer(FULL, Observed("m", RemoteState.ACTIVE, products=("FULL", "KIDS"))) is None
    assert compare_answer(replace(FULL, settled=False), None) is None
    for gone in (None, row("KIDS"), row("FULL", RemoteState.ABSENT)):
        found = compare_answer(FULL, gone)
        assert found is not None
        assert (found.situation, found.action, found.after["unit"]) == ("missing", "create", "5:FULL")
    suspended = compare_answer(FULL, row(None, RemoteState.SUSPENDED))
    assert suspended is not None
    assert suspended.action == Action.ENABLE
