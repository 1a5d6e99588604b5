"""What a record changes, and in which direction."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.decide.intake import (
    Direction,
    HeldPackage,
    KnownCustomer,
    KnownService,
    Wanted,
    WantedPackage,
    WantedService,
    What,
    direction_of,
    is_cancel,
)
from webapp.decide.intake_compare import Fresh, applied_customer, applied_service, compare, status_direction
from webapp.decide.policy import STATUSES
from webapp.gateways.contract import Secret

PAYS, SUSPENDED, WAITS, ENDED = "servico_habilitado", "suspenso_debito", "aguardando_instalacao", "cancelado"
UP, SAME, DOWN = Direction.POSITIVE, Direction.NEUTRAL, Direction.NEGATIVE
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
CUSTOMER = KnownCustomer(1, "C1", "Maria", "52998224725", "maria@example.com", "5511987654321")
HELD = HeldPackage(9, 3, Decimal("29.90"), None, None, ours=True, external="S1:TV")


def known(**overrides: Any) -> KnownService:
    values = {
        "id": 5, "code": "S1", "customer_id": 1, "status": PAYS, "plan_id": 2, "login": "maria", "password_same": True,
        "address": "Rua 1", "value": None, "due_day": 10, "sold_on": None, "packages": (HELD,), "customer_code": "C1",
        **overrides,
    }  # fmt: skip
    return KnownService(**values)


def wanted(**service: Any) -> Wanted:
    return Wanted(1, "C1", service=WantedService("S1", external="S1", **service))


def found(record: Wanted, service: KnownService | None = None) -> list[tuple[str, str]]:
    return [(change.what, change.direction) for change in compare(record, CUSTOMER, service or known())]


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (PAYS, SUSPENDED, DOWN), (PAYS, ENDED, DOWN), (PAYS, WAITS, DOWN), (PAYS, "franquia_excedida", SAME),
        (WAITS, SUSPENDED, DOWN), (SUSPENDED, ENDED, DOWN), (WAITS, ENDED, DOWN),
        (SUSPENDED, PAYS, UP), (ENDED, PAYS, UP), (WAITS, PAYS, UP),
        (SUSPENDED, "suspenso_pedido_cliente", SAME), (SUSPENDED, WAITS, SAME), (ENDED, SUSPENDED, SAME),
    ],
)  # fmt: skip
def test_status_takes_content_only_downwards(before: str, after: str, direction: Direction) -> None:
    assert status_direction(before, after) is direction
    assert found(wanted(status=after), known(status=before)) == [(What.STATUS, direction)]


@pytest.mark.parametrize(
    ("package", "held", "expected"),
    [
        (WantedPackage(3, ends_on=MAY), HELD, [("ends_on", DOWN)]),
        (WantedPackage(3, ends_on=MAY), replace(HELD, ends_on=JUNE), [("ends_on", DOWN)]),
        (WantedPackage(3, ends_on=JUNE), replace(HELD, ends_on=MAY), [("ends_on", UP)]),
        (WantedPackage(3, starts_on=MAY), HELD, [("starts_on", DOWN)]),
        (WantedPackage(3, starts_on=MAY), replace(HELD, starts_on=JUNE), [("starts_on", UP)]),
        (WantedPackage(3, value=Decimal("5.00")), HELD, [("value", SAME)]),
        (WantedPackage(3, starts_on=JUNE), replace(HELD, ends_on=MAY), []),
        (WantedPackage(3), replace(HELD, starts_on=MAY, ends_on=JUNE), []),
    ],
)
def test_dates_of_a_package_take_when_they_shorten_it(
    package: WantedPackage, held: HeldPackage, expected: list[tuple[str, Direction]]
) -> None:
    changes = compare(wanted(packages=(package,), exact=True), CUSTOMER, known(packages=(held,)))
    assert [(change.field, change.direction) for change in changes] == expected


@pytest.mark.parametrize(
    ("service", "held", "expected"),
    [
        ({"packages": None, "exact": True}, HELD, []),
        ({"packages": (), "exact": False}, HELD, []),
        ({"packages": (), "exact": True}, HELD, [(What.REMOVE_PACKAGE, DOWN)]),
        ({"packages": (), "exact": True}, replace(HELD, ours=False), []),
        ({"packages": (), "exact": True, "named": frozenset({"S1:TV"})}, HELD, []),
        ({"packages": (WantedPackage(4),), "exact": True}, HELD, [(What.ADD_PACKAGE, UP), (What.REMOVE_PACKAGE, DOWN)]),
        # The word means another package of ours now.
        (
            {"packages": (WantedPackage(4, external="S1:TV"),), "exact": True, "named": frozenset({"S1:TV"})},
            HELD,
            [(What.ADD_PACKAGE, UP), (What.REMOVE_PACKAGE, DOWN)],
        ),
        ({"packages": (), "leaving": frozenset({3})}, replace(HELD, ours=False), [(What.REMOVE_PACKAGE, DOWN)]),
        ({"packages": (WantedPackage(3), WantedPackage(3, ends_on=MAY))}, HELD, []),
    ],
)
def test_package_is_removed_only_by_the_source_that_sold_it(
    service: dict[str, Any], held: HeldPackage, expected: list[tuple[What, Direction]]
) -> None:
    assert found(wanted(**service), known(packages=(held,))) == expected


def test_service_that_ended_gets_no_package_back() -> None:
    assert found(wanted(packages=(WantedPackage(4),)), known(status=ENDED)) == []


def test_empty_values_erase_nothing() -> None:
    assert compare(wanted(), CUSTOMER, known(value=Decimal(5), sold_on=MAY)) == ()


def test_new_service_is_positive_whatever_its_status() -> None:
    changes = compare(wanted(status=ENDED, plan_id=2, packages=(WantedPackage(3),)), None, None)
    assert direction_of(changes) is UP
    assert [change.what for change in changes] == [
        What.CREATE_CUSTOMER, What.CREATE_SERVICE, What.STATUS, What.PLAN, What.ADD_PACKAGE
    ]  # fmt: skip


def test_password_is_masked_in_a_change() -> None:
    (change,) = compare(wanted(password=Secret("geheim")), CUSTOMER, known(password_same=False))
    assert (change.field, change.before, change.after) == ("password", "***", "***")


def test_end_and_removal_count_as_cancels_and_a_suspension_does_not() -> None:
    record = wanted(status=ENDED, packages=(), exact=True)
    assert [is_cancel(change) for change in compare(record, CUSTOMER, known())] == [True, True]
    assert not any(is_cancel(change) for change in compare(wanted(status=SUSPENDED), CUSTOMER, known()))


def test_a_source_without_a_city_never_clears_the_one_that_a_person_typed() -> None:
    assert compare(wanted(), CUSTOMER, known(city="Recife")) == ()
    (change,) = compare(wanted(city="Olinda"), CUSTOMER, known(city="Recife"))
    assert (change.field, change.before, change.after, change.direction) == ("city", "Recife", "Olinda", SAME)


texts = st.sampled_from(["", "a", "b"])
values = st.none() | st.sampled_from([Decimal("1.00"), Decimal("2.00")])
days = st.none() | st.sampled_from([MAY, JUNE])
packages = st.builds(
    WantedPackage, st.integers(1, 3), values, days.filter(lambda day: day != JUNE), days.filter(lambda day: day != MAY)
)
services = st.builds(
    WantedService, st.just("S1"), external=st.just("S1"), plan_id=st.none() | st.integers(1, 2),
    status=st.sampled_from(["", *STATUSES]), login=texts, address=texts, city=texts, value=values,
    due_day=st.none() | st.integers(1, 2), sold_on=days, packages=st.none() | st.lists(packages, max_size=3).map(tuple),
    exact=st.booleans(), password=st.none() | st.just(Secret("x")),
    named=st.sampled_from([frozenset(), frozenset({"1"})]), leaving=st.sampled_from([frozenset(), frozenset({2})]),
)  # fmt: skip
records = st.builds(
    Wanted, st.just(1), st.sampled_from(["C1", "C2"]), name=texts, document=texts, email=texts, phone=texts,
    service=st.none() | services,
)  # fmt: skip
held = st.lists(
    st.builds(HeldPackage, st.integers(1, 99), st.integers(1, 3), values.filter(bool), days, days, st.booleans(),
              st.sampled_from(["1", "2"])).filter(lambda one: (one.starts_on or MAY) <= (one.ends_on or JUNE)),
    max_size=3, unique_by=lambda one: one.package_id,
).map(tuple)  # fmt: skip
stored = st.builds(
    known, status=st.sampled_from(STATUSES), plan_id=st.integers(1, 2), login=texts, address=texts, city=texts,
    value=values, due_day=st.none() | st.integers(1, 2), sold_on=days, packages=held, password_same=st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(records, st.booleans(), st.none() | stored)
def test_comparing_again_after_applying_finds_nothing(
    record: Wanted, is_known: bool, service: KnownService | None
) -> None:
    before = CUSTOMER if is_known and record.customer_code == "C1" else None
    changes, fresh = compare(record, before, service), Fresh()
    customer = applied_customer(record, before, changes, fresh)
    assert customer is not None
    after = applied_service(record, customer, service, changes, fresh)
    assert compare(record, customer, after) == ()


@settings(max_examples=150, deadline=None)
@given(records, stored)
def test_without_its_negative_changes_a_record_takes_nothing(record: Wanted, service: KnownService) -> None:
    changes = compare(record, CUSTOMER, service)
    kept = [change for change in changes if change.direction is not DOWN]
    after = applied_service(record, CUSTOMER, service, kept, Fresh())
    assert after is not None
    assert status_direction(service.status, after.status) is not DOWN
    assert {one.package_id for one in service.packages} <= {one.package_id for one in after.packages}
    again = compare(record, CUSTOMER, after)
    assert {change for change in again if change.direction is DOWN} == {c for c in changes if c.direction is DOWN}
