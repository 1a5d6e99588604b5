"""Which rights a call is about, and which of them are on the platform already."""

from dataclasses import replace

import pytest

from tests.decide.builders import LOOK_UP_ONLY, NOW, NX, unit, wanted
from webapp.decide.desired import DesiredUnit
from webapp.decide.held import Standing, carried
from webapp.decide.policy import Content
from webapp.decide.state import ACCOUNT_UNIT, UnitState
from webapp.decide.steps import Step, next_step
from webapp.gateways.contract import Operation, Traits

HELD, NEW, LEAVING = (1, 10), (2, 20), (3, 30)
HOLDS = Standing({HELD: "active", NEW: "none", LEAVING: "active"}, {LEAVING: "old"})


def wanted_unit() -> DesiredUnit:
    return replace(wanted(Content.ACTIVE), key=ACCOUNT_UNIT, rights=(HELD, NEW))


def step_of(have: UnitState, traits: Traits = NX, content: Content = Content.ACTIVE, *, first: bool = False) -> Step:
    found = next_step(replace(wanted_unit(), content=content), have, traits, verify_first=first, now=NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("step", "operation", "pairs", "gone"),
    [
        (step_of(unit("none", "")), Operation.CREATE, {HELD, NEW}, {LEAVING}),
        (step_of(unit("active", "old")), Operation.UPDATE, {HELD, NEW}, {LEAVING}),
        (step_of(unit("active", "p1"), content=Content.ABSENT), Operation.CANCEL, {HELD, NEW}, {LEAVING}),
        # What was not told of yet is not there because the account is enabled; what leaves still is.
        (step_of(unit("suspended", "p1")), Operation.ENABLE, {HELD, LEAVING}, set()),
    ],
    ids=["create", "update", "cancel", "enable"],
)
def test_a_call_carries_what_its_data_name(
    step: Step, operation: Operation, pairs: set[tuple[int, int]], gone: set[tuple[int, int]]
) -> None:
    found, leaves = carried(wanted_unit(), step, HOLDS)
    assert (step.operation, set(found), set(leaves)) == (operation, pairs, gone)


def test_a_look_at_what_was_never_asked_for_carries_what_is_there() -> None:
    step = step_of(unit("none", ""), LOOK_UP_ONLY, first=True)
    assert step.operation is Operation.FIND
    assert carried(wanted_unit(), step, HOLDS) == ((HELD, LEAVING), ())


def test_of_a_unit_for_one_sale_nothing_else_is_touched() -> None:
    sold = replace(wanted_unit(), key="1:films", rights=(HELD,))
    assert carried(sold, step_of(unit("active", "old")), HOLDS) == ((HELD,), ())


def test_a_unit_whose_product_left_its_package_is_known_by_its_key() -> None:
    left = replace(wanted_unit(), key="3:old", rights=())
    assert carried(left, step_of(unit("active", "p1"), content=Content.ABSENT), HOLDS) == ((LEAVING,), ())
