"""The first lines of a batch, what their failure means, and how lines are proven. Pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.builders import BLIND, HOOK, NX
from webapp.decide.canary import CANARY, Candidate, Stage, Tally, first_accounts, room, stage_of
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.proof import MANY, SPOT, How, Proof, judge, proof_of
from webapp.gateways.contract import Operation

FIND_ONLY = replace(NX, capabilities=NX.capabilities - {Operation.LIST})
LIST_ONLY = replace(NX, capabilities=NX.capabilities - {Operation.FIND})


@pytest.mark.parametrize(
    ("tally", "stage", "more"),
    [
        (Tally(waiting=10), Stage.REST, 40),
        (Tally(waiting=11), Stage.CANARY, 10),
        (Tally(waiting=11, under_way=10), Stage.CANARY, 0),
        (Tally(waiting=11, under_way=10, unproven_yet=10), Stage.CANARY, 0),
        (Tally(waiting=11, under_way=4, passed=6), Stage.CANARY, 0),
        # One of the first moved on: another one takes its place.
        (Tally(waiting=11, under_way=0, passed=9), Stage.CANARY, 1),
        (Tally(waiting=11, passed=9, failed=1), Stage.HALT, 0),
        (Tally(waiting=11, under_way=5, passed=4, failed=1), Stage.HALT, 0),
        (Tally(waiting=11, passed=4, failed=1, forgiven=1), Stage.CANARY, 6),
        (Tally(waiting=500, passed=10), Stage.REST, 40),
        (Tally(waiting=500, passed=10, under_way=40), Stage.REST, 0),
        (Tally(waiting=500, passed=10, under_way=100, unproven_yet=90), Stage.REST, 30),
        (Tally(waiting=500, passed=20, failed=3), Stage.REST, 40),
        (Tally(waiting=500, passed=20, failed=4), Stage.HALT, 0),
        (Tally(waiting=500, passed=190, failed=10), Stage.REST, 40),
        (Tally(waiting=500, passed=189, failed=11), Stage.HALT, 0),
        (Tally(waiting=500, passed=189, failed=11, forgiven=11), Stage.REST, 40),
        # So few of them that all are no more than a canary: nothing would be saved by stopping.
        (Tally(waiting=2, passed=4, failed=2), Stage.REST, 40),
    ],
)
def test_what_may_go_follows_from_how_the_first_ones_ended(tally: Tally, stage: Stage, more: int) -> None:
    assert (stage_of(tally), room(tally, 40)) == (stage, more)


@given(
    st.builds(
        Tally, waiting=st.integers(1, 400), under_way=st.integers(0, 60), passed=st.integers(0, 300),
        failed=st.integers(0, 40), forgiven=st.integers(0, 40),
    ),
    st.integers(10, 100),
)  # fmt: skip
def test_no_more_than_the_canary_is_ever_out_before_ten_are_proven(tally: Tally, window: int) -> None:
    more = room(tally, window)
    assert more <= window
    if not tally.small and tally.passed < CANARY:
        assert more == 0 or more + tally.under_way + tally.passed <= CANARY
        assert more == 0 or tally.failed <= tally.forgiven


def test_the_first_ones_are_of_every_cause_and_product() -> None:
    lines = [Candidate(number, ("suspend", "status", "")) for number in range(50)]
    lines += [Candidate(100, ("cancel", "ended", "")), Candidate(101, ("suspend", "status", "KIDS"))]
    chosen = first_accounts(lines, 10)
    assert len(chosen) == len(set(chosen)) == 10
    assert {100, 101} <= set(chosen)
    assert first_accounts([*lines, *lines], 3) == [0, 100, 101]


@pytest.mark.parametrize(
    ("traits", "ready", "outstanding", "left", "proof"),
    [
        (NX, MANY, 900, True, Proof(How.FIND)),
        (NX, MANY + 1, 0, True, Proof(How.LISTING)),
        (NX, MANY + 1, 400, True, Proof(How.FIND, SPOT)),
        (NX, 900, 20, True, Proof(How.LISTING)),
        (NX, 900, 0, False, Proof(How.FIND)),
        (FIND_ONLY, 900, 0, True, Proof(How.FIND)),
        (LIST_ONLY, 1, 0, True, Proof(How.LISTING)),
        (LIST_ONLY, 900, 1, True, Proof(How.WAIT)),
        (LIST_ONLY, 9, 0, False, Proof(How.LATER)),
        (BLIND, 9, 0, True, Proof(How.NONE)),
        (HOOK, 9, 3, True, Proof(How.NONE)),
    ],
)
def test_how_it_is_proven_follows_from_what_the_platform_shows(
    traits: object, ready: int, outstanding: int, left: bool, proof: Proof
) -> None:
    assert proof_of(traits, ready, outstanding, listing_left=left) == proof  # type: ignore[arg-type]


def _difference(situation: Situation, action: Action, shown: str = "active") -> Difference:
    return Difference(1, "maria@example.com", situation, action, {"state": shown}, {"state": "suspended"})


@pytest.mark.parametrize(
    ("differences", "proven", "code"),
    [
        ([], True, None),
        ([_difference(Situation.STATE, Action.SUSPEND)], False, "run_proof_differs"),
        # It is shown although it was ended, and nothing says that it is another one.
        ([_difference(Situation.STATE, Action.REPORT)], False, "run_proof_differs"),
        ([_difference(Situation.MISSING, Action.CREATE, "absent")], False, "run_proof_differs"),
        ([_difference(Situation.PRODUCT, Action.UPDATE)], False, "run_proof_products"),
        ([_difference(Situation.MISSING, Action.REPORT, "unknown")], None, "run_proof_unclear"),
        ([_difference(Situation.UNREADABLE, Action.REPORT, "unknown")], None, "run_proof_unclear"),
        ([_difference(Situation.DUPLICATE, Action.REPORT), _difference(Situation.STATE, Action.ENABLE)], False,
         "run_proof_differs"),
    ],
)  # fmt: skip
def test_what_is_shown_proves_it_contradicts_it_or_says_nothing(
    differences: list[Difference], proven: bool | None, code: str | None
) -> None:
    verdict = judge(differences)
    assert (verdict.proven, verdict.code) == (proven, code)
