"""Which rights an account holds on its platform, and which of them a call is about. Pure.

Where the whole account is one unit, its state says what is there, but not of which products: what was added is there
only once its data were accepted, and what was taken away stays until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.decide.desired import Desired, DesiredUnit
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, LIVE, NONE, UnitState
from webapp.decide.steps import Step
from webapp.gateways.contract import Operation

Pair = tuple[int, int]
_CARRY_PRODUCTS = frozenset({Operation.CREATE, Operation.UPDATE})


@dataclass(frozen=True)
class Standing:
    """What of one account's rights stands on its platform.

    Attributes:
        applied: by (sale id, product id), the state that is there.
        leaving: pairs that are there and shall be no more -> code of the product.
    """

    applied: Mapping[Pair, str]
    leaving: Mapping[Pair, str]


def believed(unit: DesiredUnit, units: Mapping[str, UnitState]) -> UnitState:
    """Return what is believed of a unit."""
    return units.get(unit.key) or UnitState()


def standing(
    desired: Desired, units: Mapping[str, UnitState], rows: Mapping[Pair, tuple[str, str]], *, updates: bool = True
) -> Standing:
    """Return what stands there.

    Args:
        rows: by pair, what was applied so far, and the code of the product.
        updates: the platform can be told of other products; else they hold, and end, as soon as they are sold.
    """
    applied: dict[Pair, str] = {}
    for unit in desired.units:
        have = believed(unit, units)
        exact = not updates or unit.key != ACCOUNT_UNIT or have.payload in ("", unit.payload)
        applied |= {pair: have.state if exact else _added(have, rows, pair) for pair in unit.rights}
    coming = {product_id for (_sale, product_id), state in applied.items() if state in LIVE}
    leaving = {}
    for pair, (state, code) in rows.items():
        if pair not in applied:
            applied[pair] = _left(units, pair, state, code, coming if updates or not coming else {pair[1]})
            if applied[pair] in LIVE:
                leaving[pair] = code
    return Standing(applied, leaving)


def carried(unit: DesiredUnit, step: Step, holds: Standing) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return the pairs that take the unit's new state once the call succeeds, and those that are gone by it."""
    assert step.intent is not None
    if unit.key != ACCOUNT_UNIT:
        return unit.rights or _of_unit(unit.key, holds), ()
    leaving = tuple(holds.leaving)
    if step.operation is Operation.CANCEL or _CARRY_PRODUCTS & {step.operation, step.intent.operation}:
        return unit.rights, leaving
    return (*(pair for pair in unit.rights if holds.applied[pair] in LIVE), *leaving), ()


def _added(have: UnitState, rows: Mapping[Pair, tuple[str, str]], pair: Pair) -> str:
    """Return the state of a pair of an account whose data changed since they were last accepted."""
    before = rows.get(pair, (NONE, ""))[0]
    if have.state not in LIVE or before in LIVE:
        return have.state
    carried_on = any(key[1] == pair[1] and state in LIVE for key, (state, _code) in rows.items())
    return have.state if carried_on else before


def _left(units: Mapping[str, UnitState], pair: Pair, state: str, code: str, coming: set[int]) -> str:
    """Return the state of a pair that is not wanted any more."""
    have = units.get(ACCOUNT_UNIT) or units.get(f"{pair[0]}:{code}")
    if state not in LIVE or have is None:
        return state
    if have.state not in LIVE:
        return ABSENT
    if ACCOUNT_UNIT in units:
        # Another package that was sold carries the same product on: there is nothing to take away.
        return ABSENT if pair[1] in coming else state
    return have.state


def _of_unit(key: str, holds: Standing) -> tuple[Pair, ...]:
    """Return the pair of a unit whose product left its package: its key is all that still names it."""
    return tuple(pair for pair, code in holds.leaving.items() if f"{pair[0]}:{code}" == key)
