"""What is taken over from a platform after a restore: every way in which belief and what is shown can differ."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.builders import BLIND, HOOK, LOOK_UP_ONLY, NX
from webapp.decide.adoption import TAKING, Finder, Ours, Taking, floor_of, follows, shown_of, take_over
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, ACTIVE, NONE, SUSPENDED, UNKNOWN, Intent, UnitState
from webapp.gateways.contract import Observed, Operation, RemoteState, Traits

EVERY = frozenset(RemoteState)
ONLY_ACTIVE = frozenset({RemoteState.ACTIVE})
SENT = Intent("create", "key-1", "data", "2026-11-22T10:00:00+00:00", "2026-11-22T10:00:00+00:00")
FIND_ONLY = replace(LOOK_UP_ONLY, capabilities=LOOK_UP_ONLY.capabilities - {Operation.LIST})
RIGHTS = replace(NX, unit_ids=frozenset({"ticket"}))


def ours(wanted: str = "active", unit: UnitState | None = None, **changes: Any) -> Ours:
    units = {} if unit is None else {ACCOUNT_UNIT: unit}
    base = Ours(9, "sin-new-9", "maria@example.com", "52998224725", {}, {ACCOUNT_UNIT: wanted}, units)
    return replace(base, **changes)


def seen(state: RemoteState = RemoteState.ACTIVE, **changes: Any) -> Observed:
    return replace(Observed("maria@example.com", state, {"id": "55"}, "sin-old-1007"), **changes)


def find(one: Ours, *shown: Observed, others: tuple[Ours, ...] = ()) -> Finder:
    finder = Finder({each.account_id: each for each in (one, *others)}, frozenset({"old", "new"}))
    for each in shown:
        finder.take(each)
    return finder


def taken(
    one: Ours, *shown: Observed, traits: Traits = NX, covers: frozenset[RemoteState] | None = EVERY
) -> Taking | None:
    finder = find(one, *shown)
    return take_over(one, shown_of(one, finder), traits, covers)


FOLLOWING = {
    "sold in the lost time and made there": ("active", UnitState(), RemoteState.ACTIVE, "note", ACTIVE, ""),
    "made there, waits for its answer here": ("active", UnitState(intent=SENT), RemoteState.ACTIVE, "note", ACTIVE, ""),
    "suspended there in the lost time": ("suspended", UnitState(ACTIVE), RemoteState.SUSPENDED, "note", SUSPENDED, ""),
    "owes, and shown active": ("suspended", UnitState(SUSPENDED), RemoteState.ACTIVE, "suspend", ACTIVE, ACTIVE),
    "owes since": ("suspended", UnitState(ACTIVE), RemoteState.ACTIVE, "suspend", ACTIVE, ACTIVE),
    "left, and shown active": ("absent", UnitState(ACTIVE), RemoteState.ACTIVE, "cancel", ACTIVE, ACTIVE),
    "left, and shown suspended": ("absent", UnitState(ACTIVE), RemoteState.SUSPENDED, "cancel", SUSPENDED, SUSPENDED),
    "pays, and shown suspended": ("active", UnitState(ACTIVE), RemoteState.SUSPENDED, "enable", SUSPENDED, ""),
    "pays, and not shown": ("active", UnitState(ACTIVE), None, "create", ABSENT, ""),
    "left, and not shown": ("absent", UnitState(ACTIVE), None, "note", ABSENT, ""),
    "sold, and not shown": ("active", UnitState(), None, "create", ABSENT, ""),
    "waits for its installation": ("keep", UnitState(SUSPENDED), RemoteState.ACTIVE, "note", ACTIVE, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLLOWING)
def test_what_is_shown_counts_and_what_would_be_taken_away_is_kept(case: str) -> None:
    wanted, unit, state, action, now, floor = FOLLOWING[case]
    found = taken(ours(wanted, unit), *([] if state is None else [seen(state)]))
    assert found is not None
    assert (found.action, found.state, found.floor, found.ask) == (action, now, floor, False)
    assert found.units[ACCOUNT_UNIT].intent is None
    assert found.remote_ids == ({} if state is None else {"id": "55"})


@pytest.mark.parametrize("wanted", ["active", "keep"])
def test_account_that_is_as_believed_is_left_alone_and_keeps_what_is_known_of_its_data(wanted: str) -> None:
    believed = ours(wanted, UnitState(ACTIVE, payload="data", last=("create", "k")), remote_ids={"id": "55"})
    assert taken(believed, seen()) is None


def test_state_that_cannot_be_read_leaves_the_belief() -> None:
    found = taken(ours("active", UnitState(ACTIVE, payload="data")), seen(RemoteState.UNKNOWN))
    assert found is None
    found = taken(ours("active", UnitState()), seen(RemoteState.UNKNOWN))
    assert found is not None
    assert found.state == UNKNOWN


@pytest.mark.parametrize(
    ("traits", "covers", "unit", "asked"),
    [
        (BLIND, None, UnitState(), True),
        (BLIND, None, UnitState(ABSENT), True),
        (BLIND, None, UnitState(ACTIVE), False),
        (BLIND, None, UnitState(intent=SENT), False),
        (FIND_ONLY, None, UnitState(), False),
        (HOOK, None, UnitState(), False),
        (replace(BLIND, capabilities=BLIND.capabilities | {Operation.LIST}), EVERY, UnitState(), False),
        (replace(BLIND, capabilities=BLIND.capabilities | {Operation.LIST}), ONLY_ACTIVE, UnitState(), True),
    ],
)
def test_only_a_person_knows_what_was_made_where_nothing_can_be_asked(
    traits: Traits, covers: frozenset[RemoteState] | None, unit: UnitState, asked: bool
) -> None:
    found = taken(ours("active", unit), traits=traits, covers=covers)
    assert (found is not None and found.ask) is asked


def test_create_that_was_planned_is_in_doubt_where_nothing_was_seen() -> None:
    found = taken(ours("active", UnitState(intent=SENT)), traits=FIND_ONLY, covers=None)
    assert found is not None
    intent = found.units[ACCOUNT_UNIT].intent
    assert intent is not None
    assert intent.doubt


def test_absence_from_a_listing_that_hides_a_state_proves_nothing() -> None:
    assert taken(ours("suspended", UnitState(SUSPENDED)), covers=ONLY_ACTIVE) is None
    found = taken(ours("active", UnitState(ACTIVE)), covers=ONLY_ACTIVE)
    assert found is not None
    assert found.state == ABSENT


JOAO = Ours(10, "sin-new-10", "joao@example.com", "11144477735", {"id": "77"}, {ACCOUNT_UNIT: "active"}, {})
WHOSE: dict[str, tuple[dict[str, Any], int | None, bool]] = {
    "by log-in, with a number of the lost time": ({}, 9, False),
    "by our reference": ({"login": "other@example.com", "reference": "sin-new-9"}, 9, False),
    "by remote id": ({"login": "x@example.com", "reference": "", "remote_ids": {"id": "77"}}, 10, False),
    "of another hub": ({"reference": "sin-feed-9"}, None, True),
    "somebody else's reference": ({"reference": "CRM-1"}, None, True),
    "another person's document": ({"document": "11144477735"}, None, True),
    "id of one, reference of another": ({"remote_ids": {"id": "77"}, "reference": "sin-new-9"}, None, True),
    "of nobody": ({"login": "nobody@example.com"}, None, False),
    "over": ({"state": RemoteState.ABSENT}, None, False),
}


@pytest.mark.parametrize("case", WHOSE)
def test_account_is_found_by_what_it_says_and_a_contradiction_is_nobodys(case: str) -> None:
    changes, account_id, clash = WHOSE[case]
    finder = find(ours(), seen(**changes), others=(JOAO,))
    assert list(finder.shown) == ([] if account_id is None else [account_id])
    assert bool(finder.clashes) is clash


def test_log_in_that_two_accounts_of_ours_share_is_told_and_not_guessed() -> None:
    finder = find(ours(), seen(), others=(replace(JOAO, login="maria@example.com", document=""),))
    assert finder.shown == {}
    assert len(finder.clashes) == 1


def test_second_account_of_one_person_is_told() -> None:
    finder = find(ours(), seen(), seen(remote_ids={"id": "56"}))
    assert finder.doubles == [("maria@example.com", 9)]


def test_rights_are_found_each_by_its_own_id_or_its_product() -> None:
    units = {"31:full": UnitState(ACTIVE, remote_ids={"ticket": "t1"}), "32:basico": UnitState()}
    account = replace(ours(), units=units, wanted={"31:full": "absent", "32:basico": "active", "33:plus": "active"})
    finder = find(account, seen(remote_ids={"ticket": "t1"}), seen(remote_ids={"ticket": "t2"}, products=("basico",)))
    found = take_over(account, shown_of(account, finder), RIGHTS, EVERY)
    assert found is not None
    assert {key: unit.state for key, unit in found.units.items()} == {
        "31:full": ACTIVE, "32:basico": ACTIVE, "33:plus": NONE}  # fmt: skip
    assert found.units["32:basico"].remote_ids == {"ticket": "t2"}
    assert (found.action, found.floor, found.remote_ids) == ("cancel", ACTIVE, {})


STATES = st.sampled_from([NONE, ABSENT, ACTIVE, SUSPENDED, UNKNOWN, "pending_user"])
SHOWN = st.sampled_from([None, *RemoteState])
WANTED = st.sampled_from(sorted(Content))


@given(STATES, SHOWN, WANTED, st.sampled_from([NX, BLIND, FIND_ONLY, HOOK]), st.booleans(), st.booleans())
def test_nothing_is_ever_taken_away_and_nobody_is_made_twice(
    state: str, shown: RemoteState | None, wanted: Content, traits: Traits, lists: bool, sent: bool
) -> None:
    believed = UnitState(state, intent=SENT if sent else None)
    covers = EVERY if lists else None
    found = taken(ours(wanted, believed), *([seen(shown)] if shown and lists else []), traits=traits, covers=covers)
    units = found.units if found is not None else {ACCOUNT_UNIT: believed}
    unit = units[ACCOUNT_UNIT]
    if follows(wanted, unit.state) in TAKING:
        assert found is not None or state == unit.state
        assert floor_of({ACCOUNT_UNIT: wanted}, units) in (ACTIVE, SUSPENDED)
    if shown in (RemoteState.ACTIVE, RemoteState.SUSPENDED) and lists:
        assert unit.live
    if follows(wanted, unit.state) == "create" and traits is BLIND and not lists:
        # It is made only once a person, or the doubt on record, said that it is not there.
        assert unit.exists or (unit.intent is not None and unit.intent.doubt)
