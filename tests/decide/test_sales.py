"""What may be sold together, and which packages a plan brings: tables."""

from decimal import Decimal

import pytest

from webapp.decide.sales import (
    Choice,
    Held,
    Link,
    composition_gap,
    is_placeholder_email,
    may_be_sold,
    packages_for_migration,
    packages_for_new,
    single_package_clashes,
)

MUST, MAY, OTHER, FOREIGN = 1, 2, 3, 9
PLAN = [Link(MUST, mandatory=True), Link(MAY)]


@pytest.mark.parametrize(
    ("value", "parts", "gap"),
    [
        ("29.90", [], "0"),
        ("29.90", ["19.90", "10.00"], "0"),
        ("29.90", ["19.90", "9.99"], "-0.01"),
        ("29.90", ["19.90", "10.01"], "0.01"),
        ("0.30", ["0.10", "0.20"], "0"),
        ("0", ["0"], "0"),
    ],
)
def test_composition_gap_is_exact(value: str, parts: list[str], gap: str) -> None:
    assert composition_gap(Decimal(value), [Decimal(part) for part in parts]) == Decimal(gap)


@pytest.mark.parametrize(
    ("chosen", "locked", "expected"),
    [
        (None, False, Choice((MUST, MAY))),
        (None, True, Choice((MUST, MAY))),
        ([], False, Choice((MUST,))),
        ([MAY], False, Choice((MUST, MAY))),
        ([FOREIGN], False, Choice((MUST, FOREIGN))),
        ([FOREIGN], True, Choice((MUST,), refused=(FOREIGN,))),
        ([MAY, FOREIGN, FOREIGN], True, Choice((MUST, MAY), refused=(FOREIGN,))),
    ],
)
def test_new_service_gets_mandatory_and_chosen_packages(
    chosen: list[int] | None, locked: bool, expected: Choice
) -> None:
    assert packages_for_new(PLAN, chosen, locked=locked) == expected


@pytest.mark.parametrize(
    ("held", "chosen", "locked", "add", "left_plan", "taken_off", "locked_out"),
    [
        # Nothing held: all of the new plan's.
        ((), None, False, (MUST, MAY), (), (), ()),
        ((), [], False, (MUST,), (), (), ()),
        # Common to both plans: untouched.
        ((MUST, MAY), None, False, (), (), (), ()),
        # Only the old plan carried it: it goes, unless it is named.
        ((OTHER,), None, False, (MUST, MAY), (OTHER,), (), ()),
        ((OTHER,), [OTHER], False, (MUST,), (), (), ()),
        # Sold separately: it stays, unless the new plan is locked.
        ((FOREIGN,), None, False, (MUST, MAY), (), (), ()),
        ((FOREIGN,), [], False, (MUST,), (), (), ()),
        ((FOREIGN,), None, True, (MUST, MAY), (), (), (FOREIGN,)),
        # The new plan offers it and the attendant takes it off.
        ((MAY,), [], False, (MUST,), (), (MAY,), ()),
        ((MUST,), [], False, (), (), (), ()),
        # All at once on a locked plan.
        ((MAY, OTHER, FOREIGN), None, True, (MUST,), (OTHER,), (), (FOREIGN,)),
    ],
)
def test_migration_moves_only_what_the_plans_carry(
    held: tuple[int, ...],
    chosen: list[int] | None,
    locked: bool,
    add: tuple[int, ...],
    left_plan: tuple[int, ...],
    taken_off: tuple[int, ...],
    locked_out: tuple[int, ...],
) -> None:
    old = [Link(OTHER, mandatory=True), Link(MUST), Link(MAY)]
    move = packages_for_migration(held, old, PLAN, chosen, locked=locked)
    assert (move.add, move.left_plan, move.taken_off, move.locked_out) == (add, left_plan, taken_off, locked_out)
    assert move.remove == (*left_plan, *taken_off, *locked_out)
    assert move.refused == ()


def test_migration_refuses_keeping_a_package_that_the_locked_plan_lacks() -> None:
    move = packages_for_migration((OTHER,), [Link(OTHER)], PLAN, [OTHER], locked=True)
    assert move.refused == (OTHER,)
    assert move.left_plan == (OTHER,)


@pytest.mark.parametrize(
    ("packages", "pairs"),
    [
        ([Held(1, "a", 7, single=True)], []),
        ([Held(1, "a", 7, single=True), Held(2, "b", 7, single=True)], [(1, 2)]),
        ([Held(1, "a", 7, single=True), Held(2, "b", 8, single=True)], []),
        ([Held(1, "a", 7), Held(2, "b", 7)], []),
        ([Held(1, "a", None, single=True), Held(2, "b", None, single=True)], []),
        ([Held(1, "a", 7, single=True), Held(1, "a", 7, single=True)], []),
        ([Held(n, "x", 7, single=True) for n in (1, 2, 3)], [(1, 2), (1, 3)]),
    ],
)
def test_pacote_unico_names_the_packages_that_clash(packages: list[Held], pairs: list[tuple[int, int]]) -> None:
    found = [(clash.first.package_id, clash.second.package_id) for clash in single_package_clashes(packages)]
    assert found == pairs


@pytest.mark.parametrize(("package", "locked", "allowed"), [(1, True, True), (9, True, False), (9, False, True)])
def test_travar_pacotes_lets_only_the_plans_own_through(package: int, locked: bool, allowed: bool) -> None:
    assert may_be_sold(package, {1, 2}, locked=locked) is allowed


@pytest.mark.parametrize(
    ("email", "placeholder"),
    [
        ("naotem@example.com", True),
        ("nao.tem@example.com", True),
        ("semEmail@example.com", True),
        ("naotem123@example.com", True),
        ("noreply@example.com", True),
        ("maria@example.com", False),
        ("naoteme.silva@example.com", False),
        ("user1@example.com", False),
    ],
)
def test_placeholder_email_is_known_by_its_local_part(email: str, placeholder: bool) -> None:
    assert is_placeholder_email(email) is placeholder
