"""Figures of months: counted right, written once, caught up; the month told to channels; files for others."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests import factories
from webapp import clock
from webapp.decide.reports import Figures
from webapp.extensions import db
from webapp.models import Account, Channel, Event, MonthFigure, ProductCost, Seat, Service, ServicePackage
from webapp.services import provider, subscriptions
from webapp.services.channel_plugins import Sent, Text
from webapp.services.channel_state import seal_address
from webapp.services.errors import Invalid
from webapp.services.inputs import DiciInput
from webapp.services.reports import accounting, anatel, months, summary
from webapp.services.reports.figures import read_report, usual
from webapp.services.reports.tally import Days, tally

pytestmark = pytest.mark.usefixtures("app")
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DAYS = Days(OCTOBER, NOVEMBER)


def at(day: int, month: int = 10, hour: int = 15) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_november(app: APIFlask) -> Iterator[None]:
    clock.move(at(23, 11) - clock.utc_now())
    yield
    clock.reset()


def sold(**values: Any) -> ServicePackage:
    """Sell a package for 10 and set its row as a test needs it."""
    sale = factories.make_sale(package=factories.make_package(value=Decimal("10.00")))
    put(ServicePackage, sale.id, **{"created_at": at(1, 9), **values})
    return sale


def put(model: Any, row_id: int, **values: Any) -> None:
    db.session.execute(update(model).where(model.id == row_id).values(**values))
    db.session.commit()


def figures(days: Days = DAYS) -> Figures:
    db.session.rollback()
    return sum(tally(days).values(), Figures())


@pytest.mark.parametrize(("values", "wanted"), [
    ({}, (1, 0, 0, 0, 1)),
    ({"created_at": at(5)}, (0, 1, 0, 0, 1)),
    ({"created_at": at(5), "starts_on": date(2026, 11, 2)}, (0, 0, 0, 0, 0)),
    ({"created_at": at(5), "starts_on": date(2026, 9, 2)}, (1, 0, 0, 0, 1)),
    ({"removed_at": at(7)}, (1, 0, 1, 0, 0)),
    ({"removed_at": at(3, 11)}, (1, 0, 0, 0, 1)),
    ({"removed_at": at(7, 9)}, (0, 0, 0, 0, 0)),
    ({"ends_on": date(2026, 10, 31)}, (1, 0, 0, 0, 1)),
    ({"ends_on": date(2026, 10, 30)}, (1, 0, 1, 0, 0)),
    ({"created_at": at(5), "removed_at": at(9)}, (0, 1, 1, 0, 0)),
    # Half past ten in the evening of the last day, where the provider is.
    ({"created_at": datetime(2026, 11, 1, 1, 30, tzinfo=UTC)}, (0, 1, 0, 0, 1)),
])  # fmt: skip
def test_package_is_counted_from_its_first_day_to_its_last(values: Any, wanted: tuple[int, ...]) -> None:
    sold(**values)
    found = figures()
    assert (found.at_start, found.added, found.ended, found.cancelled, found.at_end) == wanted
    assert found.revenue == Decimal(10) * wanted[-1]
    assert found.at_start + found.added - found.ended == found.at_end


def test_service_that_is_cancelled_takes_its_packages_along_and_brings_them_back() -> None:
    sale = sold()
    service = db.session.get_one(Service, sale.service_id)
    subscriptions.set_status(service.code, "cancelado", "moved away")
    assert db.session.get_one(Service, service.id).ended_at is not None
    put(Service, service.id, ended_at=at(20))
    found = figures()
    assert (found.ended, found.cancelled, found.at_end) == (1, 1, 0)
    subscriptions.set_status(service.code, "servico_habilitado")
    assert db.session.get_one(Service, service.id).ended_at is None
    assert figures().at_end == 1


def test_free_time_brings_nothing_and_costs_nevertheless() -> None:
    sale = sold(free_until=date(2026, 10, 31))
    _seat(sale, Decimal("4.00"))
    found = figures()
    assert (found.at_end, found.revenue, found.cost) == (1, Decimal(0), Decimal("4.00"))
    put(ServicePackage, sale.id, free_until=date(2026, 10, 30))
    assert figures().revenue == Decimal(10)


def _seat(sale: ServicePackage, cost: Decimal, **values: Any) -> None:
    sale = db.session.get_one(ServicePackage, sale.id)
    account_id = db.session.query(Account.id).filter_by(service_id=sale.service_id).scalar()
    [product] = sale.package.products
    row = {"integration_id": product.integration_id, "account_id": account_id, "service_package_id": sale.id,
           "product_id": product.id, "state": "active", "began_at": at(2, 9)}  # fmt: skip
    db.session.add_all([Seat(**{**row, **values}), ProductCost(product_id=product.id, from_on=OCTOBER, value=cost)])
    db.session.commit()


def test_seats_cost_what_a_product_costs_on_the_last_day_unless_their_state_is_not_billed() -> None:
    _seat(sold(), Decimal("4.00"))
    _seat(sold(), Decimal("3.00"), state="pending")
    _seat(sold(), Decimal("2.00"), state="suspended")
    _seat(sold(), Decimal("1.00"), ended_at=at(20))
    assert figures().cost == Decimal("6.00")


def test_months_that_are_over_are_written_once_and_the_running_one_is_not() -> None:
    sold()
    assert months.write_due() == 2
    assert months.write_due() == 0
    rows = db.session.query(MonthFigure).order_by(MonthFigure.month).all()
    assert [(row.month.month, row.at_start, row.added, row.at_end) for row in rows] == [(9, 0, 1, 1), (10, 1, 0, 1)]
    clock.move(timedelta(days=70))
    assert months.write_due() == 3


def test_hub_without_sales_has_nothing_to_write() -> None:
    assert months.write_due() == 0
    db.session.rollback()
    assert months.read_kept() == months.Kept(NOVEMBER, OCTOBER)


def test_written_month_does_not_change_with_the_sales() -> None:
    sale = sold()
    months.write_due()
    put(ServicePackage, sale.id, value=Decimal("99.00"))
    report = read_report(usual(first=OCTOBER, last=OCTOBER))
    assert report.total.revenue == Decimal(10)
    assert report.is_rebuilt


@pytest.mark.parametrize("by", ["platform", "package", "plan", "city"])
def test_report_is_divided_and_filtered_the_same_in_written_months_and_the_running_one(by: str) -> None:
    first, second = sold(), sold()
    put(Service, first.service_id, city="Cidade Exemplo")
    months.write_due()
    report = read_report(usual(first=OCTOBER, by=by))
    assert [one.at_end for one in report.months.values()] == [2, 2]
    assert len(report.parts) == 2
    assert len(report.rows) == 4
    kept = db.session.get_one(ServicePackage, first.id)
    only = {"platform": kept.package.integration_id, "package": kept.package_id, "plan": kept.service.plan_id,
            "city": "Cidade Exemplo"}[by]  # fmt: skip
    assert [one.at_end for one in read_report(usual(first=OCTOBER, by=by, **{by: only})).months.values()] == [1, 1]
    assert second.id != first.id


@pytest.mark.parametrize("by", ["plan", "city"])
def test_move_within_a_month_is_neither_come_nor_gone_and_leaves_past_months_alone(by: str) -> None:
    sale = sold()
    put(Service, sale.service_id, city="Recife")
    months.write_due()
    plan = factories.make_plan(description="Outro plano")
    # In November the service moves; November is over and written after that, December runs.
    put(Service, sale.service_id, **({"plan_id": plan.id} if by == "plan" else {"city": "Olinda"}))
    clock.move(timedelta(days=10))
    assert months.write_due() == 1
    report = read_report(usual(first=OCTOBER, by=by))
    whole = [(one.at_start, one.added, one.ended, one.at_end, one.moved) for one in report.months.values()]
    assert whole == [(1, 0, 0, 1, 0)] * 3
    assert (report.total.moved, report.total.revenue) == (0, Decimal(30))
    new = "Outro plano" if by == "plan" else "Olinda"
    assert [(month.month, name == new, one.at_end) for month, name, one in report.rows] == [
        (10, False, 1), (11, True, 1), (12, True, 1),
    ]  # fmt: skip
    parts = {name == new: one for name, one in report.parts}
    assert [(one.at_start, one.moved, one.at_end, one.revenue) for one in (parts[False], parts[True])] == [
        (1, -1, 0, Decimal(10)), (0, 1, 1, Decimal(20)),
    ]  # fmt: skip


def test_sale_that_ends_and_a_seat_that_is_held_go_with_the_service_that_moved() -> None:
    sale = sold()
    _seat(sale, Decimal("4.00"))
    put(Service, sale.service_id, city="Recife")
    assert {cell.city: one.cost for cell, one in tally(DAYS).items()} == {"Recife": Decimal("4.00")}
    put(Service, sale.service_id, city="Olinda")
    put(ServicePackage, sale.id, removed_at=at(20))
    found = {cell.city: (one.ended, one.at_end, one.revenue, one.cost) for cell, one in tally(DAYS).items()}
    # The platform still holds the seat: it costs, where the service is now.
    assert found == {"Olinda": (1, 0, Decimal(0), Decimal("4.00"))}


def test_who_comes_back_is_told_apart_from_who_is_new() -> None:
    sale = sold()
    service = db.session.get_one(Service, sale.service_id)
    subscriptions.set_status(service.code, "cancelado", "moved away")
    put(Service, service.id, ended_at=at(20))
    months.write_due()
    subscriptions.set_status(service.code, "servico_habilitado")
    total = read_report(usual(first=OCTOBER)).total
    assert (total.at_start, total.added, total.ended, total.at_end, total.moved) == (1, 0, 1, 1, 1)


class Wire:
    """Takes what is sent to channels instead of a network."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.code = ""

    def __call__(self, _channel_id: int, _address: str, text: Text) -> "Wire":
        self.texts.append(text)
        return self

    def result(self) -> Sent:
        return Sent(self.code)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(summary, "Sending", made)
    return made


def _channel() -> int:
    row = Channel(description="Caixa", sealed="", scheme="json")
    db.session.add(row)
    db.session.flush()
    row.sealed = seal_address(row.id, "json://127.0.0.1:9")
    db.session.commit()
    return row.id


def test_month_is_told_once_to_each_channel_that_was_chosen_and_tried_again(wire: Wire) -> None:
    sold()
    summary.choose_channels([_channel(), 999])
    clock.move(at(1, 12, hour=12) - clock.utc_now())
    assert summary.send_due() == 0
    months.write_due()
    wire.code = "channel_timeout"
    assert summary.send_due() == 0
    assert summary.send_due() == 0
    assert len(wire.texts) == 1
    wire.code = ""
    clock.move(timedelta(minutes=2))
    assert summary.send_due() == 1
    assert summary.send_due() == 0
    assert "10" in wire.texts[-1].body
    assert "Fulana" not in wire.texts[-1].body
    clock.move(timedelta(days=31))
    months.write_due()
    assert summary.send_due() == 1
    assert [
        (event.after or {})["channels"] for event in db.session.query(Event).filter_by(action="report.summary")
    ] == [[1]]


def test_channel_that_is_chosen_late_waits_for_the_next_month(wire: Wire) -> None:
    sold()
    months.write_due()
    summary.choose_channels([_channel()])
    assert summary.send_due() == 0
    assert not wire.texts


def test_counts_for_anatel_leave_out_value_added_services() -> None:
    dici = DiciInput(type="scm", technology="GPON", medium="fibra", product_kind="internet", speed_mbps=Decimal(500))
    declared = factories.make_sale(package=factories.make_package(description="Acesso", dici=dici))
    put(ServicePackage, declared.id, created_at=at(1, 9))
    put(Service, declared.service_id, city="Cidade Exemplo")
    sold()
    counts = anatel.count_accesses(OCTOBER)
    assert [(one.package, one.client, one.count) for one in counts.declared] == [("Acesso", "PF", 1)]
    assert len(counts.left_out) == 1
    assert counts.missing == ["area", "cnpj", "ibge"]
    provider.save_cnpj("11.222.333/0001-81")
    titles, line = anatel.as_lines(anatel.count_accesses(OCTOBER))
    assert line == ["11222333000181", "2026", "10", "", "PF", "", "fibra", "internet", "GPON", "500", "1"]
    assert len(titles) == len(line)


def test_wrong_cnpj_is_refused() -> None:
    with pytest.raises(Invalid):
        provider.save_cnpj("11.222.333/0001-82")
    assert provider.read_cnpj() == ""


def test_composition_of_a_month_is_that_of_the_sales_and_free_ones_are_worth_nothing() -> None:
    lines = [{"description": "Streaming", "kind": "sva", "value": Decimal("20.00")},
             {"description": "Acesso", "kind": "scm", "value": Decimal("9.90")}]  # fmt: skip
    package = factories.make_package(composition=lines, value=Decimal("29.90"))
    full, free = (factories.make_sale(package=package) for _ in range(2))
    put(ServicePackage, full.id, created_at=at(1, 9), value=Decimal("14.95"))
    put(ServicePackage, free.id, created_at=at(1, 9), free_until=OCTOBER + timedelta(days=30))
    found = accounting.compose_month(OCTOBER)
    assert found.total == Decimal("14.95")
    assert found.kinds == {"sva": Decimal("10.00"), "scm": Decimal("4.95"), "other": Decimal(0)}
    assert [share.count for share in found.packages[0].shares] == [2, 2]
