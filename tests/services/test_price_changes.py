"""New values from a day on: planned as shown, applied once, taken back."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_customer, make_package, make_plan, make_sale, make_service
from tests.services.helpers import actions, codes_of
from webapp.extensions import db
from webapp.models import Account, Event, PriceChange, ServicePackage
from webapp.services import price_changes
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.price_changes import Item, Order, applying
from webapp.services.sales import remove_sale
from webapp.services.subscriptions import set_status

pytestmark = pytest.mark.usefixtures("app")
PARTS = [
    {"description": "Content", "kind": "sva", "value": "20.00"},
    {"description": "Access", "kind": "scm", "value": "9.90"},
]


def today() -> date:
    return current_hub().today()


def order(*ids: int, kind: str = "package", **changes: Any) -> Order:
    data = {"kind": kind, "items": [Item(id=one) for one in ids], "from_on": today(), "also_sold": True, **changes}
    return Order(**data if "amount" in data else {"percent": Decimal(10), **data})


def planned(wanted: Order) -> list[PriceChange]:
    seen = price_changes.preview_changes(wanted)
    db.session.rollback()
    return price_changes.plan_changes(wanted, seen.checksum)


def values() -> list[Decimal]:
    return list(db.session.scalars(select(ServicePackage.value).order_by(ServicePackage.id)))


def test_preview_counts_and_sums_without_changing_anything() -> None:
    package = make_package()
    for value in ("29.90", "29.90", "10.00"):
        make_sale(package=package, value=Decimal(value))
    ended = make_sale(package=package)
    set_status(ended.service.code, "cancelado")
    remove_sale(make_sale(package=package).id)
    seen = price_changes.preview_changes(order(package.id))
    line = seen.lines[0]
    assert (line.outcome.value, seen.changed) == (Decimal("32.89"), 3)
    assert (seen.before, seen.after) == (Decimal("69.80"), Decimal("76.78"))
    assert package.value == Decimal("29.90")


def test_change_is_applied_on_its_day_with_what_is_sold_and_the_composition() -> None:
    package = make_package(composition=PARTS)
    sale = make_sale(package=package)
    own = make_sale(package=package, value=Decimal("10.00"))
    change = planned(order(package.id, from_on=today() + timedelta(days=3), reason="IPCA"))[0]
    before = db.session.scalars(select(Account.generation)).all()
    price_changes.apply_due(today() + timedelta(days=2))
    assert package.value == Decimal("29.90")
    price_changes.apply_due(today() + timedelta(days=3))
    db.session.expire_all()
    assert (package.value, sale.value, own.value) == (Decimal("32.89"), Decimal("32.89"), Decimal("11.00"))
    assert [part.value for part in package.composition] == [Decimal("22.00"), Decimal("10.89")]
    assert (change.status, change.counts["changed"], change.counts["left"]) == ("applied", 2, 0)
    assert db.session.scalars(select(Account.generation)).all() == before, "a platform is told nothing of values"
    assert {"price.plan", "package.readjust", "sale.readjust", "price.apply"} <= set(actions())
    assert {row.reason for row in db.session.scalars(select(Event).where(Event.action == "sale.readjust"))} == {"IPCA"}


def test_kill_in_the_middle_changes_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    package = make_package(value=Decimal("10.00"))
    for _number in range(5):
        make_sale(package=package)
    change = planned(order(package.id))[0]
    real, calls = applying._go_on, []

    def die(row: PriceChange, batch: int) -> None:
        calls.append(row.id)
        real(row, batch)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(applying, "_go_on", die)
    with pytest.raises(KeyboardInterrupt):
        price_changes.apply_change(change.id, today(), batch=2)
    db.session.rollback()
    assert values() == [Decimal("11.00")] * 2 + [Decimal("10.00")] * 3
    make_sale(package=package)
    assert values()[-1] == Decimal("11.00"), "sold after the new value began"
    for _again in range(2):
        price_changes.apply_change(change.id, today(), batch=2)
    assert values() == [Decimal("11.00")] * 6
    assert db.session.get_one(PriceChange, change.id).counts["changed"] == 5


def test_what_is_sold_keeps_its_value_where_nothing_else_was_said() -> None:
    package, plan = make_package(), make_plan(value=Decimal("100.00"))
    sale, service = make_sale(package=package), make_service(plan=plan)
    own = make_service(plan=plan, value=Decimal("80.00"))
    planned(order(package.id, also_sold=False))
    planned(order(plan.id, kind="plan", also_sold=False))
    price_changes.apply_due(today())
    db.session.expire_all()
    assert (package.value, sale.value) == (Decimal("32.89"), Decimal("29.90"))
    assert (plan.value, service.value, own.value) == (Decimal("110.00"), Decimal("100.00"), Decimal("80.00"))


def test_services_follow_their_plan_and_own_values_change_in_proportion() -> None:
    plan = make_plan(value=Decimal("100.00"))
    follows, own = make_service(plan=plan), make_service(plan=plan, value=Decimal("80.00"))
    seen = price_changes.preview_changes(order(plan.id, kind="plan"))
    assert (seen.before, seen.after, seen.changed) == (Decimal("180.00"), Decimal("198.00"), 2)
    planned(order(plan.id, kind="plan"))
    price_changes.apply_due(today())
    db.session.expire_all()
    assert (plan.value, follows.value, own.value) == (Decimal("110.00"), None, Decimal("88.00"))


@pytest.mark.parametrize("also_sold", [True, False])
@pytest.mark.parametrize("kind", ["package", "plan"])
def test_change_is_taken_back_to_the_cent(kind: str, also_sold: bool) -> None:
    package, plan = make_package(composition=PARTS), make_plan(value=Decimal("100.00"))
    sale, service = make_sale(package=package, value=Decimal("7.77")), make_service(plan=plan)
    own = make_service(plan=plan, value=Decimal("33.33"))
    owner = package if kind == "package" else plan
    parts = [part.value for part in package.composition]
    change = planned(order(owner.id, kind=kind, also_sold=also_sold, percent=Decimal("4.83")))[0]
    price_changes.apply_due(today())
    db.session.rollback()
    price_changes.take_back(change.id, "mistake")
    db.session.expire_all()
    assert (package.value, plan.value, sale.value) == (Decimal("29.90"), Decimal("100.00"), Decimal("7.77"))
    assert (service.value, own.value) == (None, Decimal("33.33"))
    assert [part.value for part in package.composition] == parts
    assert (change.status, change.counts["kept"]) == ("dropped", 0)
    with pytest.raises(Conflict, match="price_change_not_applied"):
        price_changes.take_back(change.id)


def test_what_somebody_changed_since_is_left_alone_when_a_change_is_taken_back() -> None:
    package = make_package()
    sale, other = make_sale(package=package), make_sale(package=package)
    change = planned(order(package.id))[0]
    price_changes.apply_due(today())
    db.session.expire_all()
    sale.value = Decimal("1.00")
    db.session.commit()
    price_changes.take_back(change.id)
    db.session.expire_all()
    assert (sale.value, other.value) == (Decimal("1.00"), Decimal("29.90"))
    assert (change.counts["returned"], change.counts["kept"]) == (1, 1)


def test_plan_is_made_exactly_as_seen_and_what_changed_meanwhile_is_told() -> None:
    package = make_package()
    wanted = order(package.id)
    checksum = price_changes.preview_changes(wanted).checksum
    make_sale(package=package)
    with pytest.raises(Conflict, match="preview_changed"):
        price_changes.plan_changes(wanted, checksum)
    db.session.rollback()
    assert db.session.query(PriceChange).count() == 0


def test_dropped_before_its_day_nothing_happens_and_not_after() -> None:
    package = make_package()
    change, other = planned(order(package.id))[0], planned(order(make_package().id))[0]
    price_changes.drop_change(change.id, "not yet")
    price_changes.drop_change(change.id)
    price_changes.apply_due(today())
    db.session.expire_all()
    assert (package.value, change.status, other.status) == (Decimal("29.90"), "dropped", "applied")
    with pytest.raises(Conflict, match="price_change_begun"):
        price_changes.drop_change(other.id)


def test_change_that_no_longer_makes_sense_on_its_day_is_refused_and_shown() -> None:
    package = make_package()
    make_sale(package=package)
    change = planned(order(package.id, amount=Decimal("35.00")))[0]
    package.value = Decimal("0.00")
    db.session.commit()
    price_changes.apply_due(today())
    db.session.expire_all()
    assert (change.status, change.counts, package.value) == ("dropped", {"refused": 1}, Decimal("0.00"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"items": []}, ("items", "price_change_nothing_chosen")),
        ({"from_on": date(2020, 1, 1)}, ("from_on", "price_change_day")),
        ({"percent": None}, ("items.0.percent", "readjust_one_of_two")),
        ({"items": [Item(id=99_999)]}, ("items.0.id", "package_id_unknown")),
    ],
)
def test_what_cannot_be_planned_is_refused_beside_its_field(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    wanted = order(make_package().id, **changes)
    assert problem in codes_of(lambda: price_changes.preview_changes(wanted))


def test_second_change_of_the_same_day_is_refused() -> None:
    package = make_package()
    planned(order(package.id))
    found = codes_of(lambda: price_changes.preview_changes(order(package.id)))
    assert found == [("items.0.id", "price_change_planned_already")]


def test_own_rate_of_an_item_stands_before_that_of_all() -> None:
    one, two = make_package(), make_package()
    items = [Item(id=one.id), Item(id=two.id, amount=Decimal("50.00"))]
    seen = price_changes.preview_changes(order(items=items))
    assert [line.outcome.value for line in seen.lines] == [Decimal("32.89"), Decimal("50.00")]


def test_lists_of_what_may_change_are_searched_without_accents() -> None:
    make_package(description="Música Total")
    make_package(description="Filmes")
    make_plan(description="Fibra 500")
    make_customer()
    assert [row.description for row in price_changes.list_items("package", "musica")] == ["Música Total"]
    assert [row.description for row in price_changes.list_items("plan", "")] == ["Fibra 500"]
