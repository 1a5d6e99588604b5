"""The calendar: everything that is planned, counted from indexes of dates."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.factories import make_integration, make_package, make_plan, make_sale, make_service
from webapp.decide.agenda import Entry
from webapp.extensions import db
from webapp.models import Campaign, GuidedMove, PriceChange
from webapp.services.agenda import count_days, list_entries, list_people
from webapp.services.hub import current_hub
from webapp.services.subscriptions import remove_sale, set_status

pytestmark = pytest.mark.usefixtures("app")
FIRST, LAST = date(2027, 2, 1), date(2027, 2, 28)
DAY = date(2027, 2, 10)


def counted() -> dict[tuple[str, date], int | None]:
    return {(entry.kind, entry.day): entry.count for entry in count_days(FIRST, LAST)}


def test_every_kind_of_date_is_counted_on_its_day() -> None:
    make_service(pause_from=DAY, pause_until=date(2027, 2, 28), contract_ends_on=DAY)
    make_service(
        no_suspend_until=DAY, no_suspend_reason="Agreed", pause_from=date(2027, 1, 5), pause_until=date(2027, 1, 31)
    )
    sale = make_sale(starts_on=DAY, ends_on=LAST)
    sale.free_until = DAY
    move = GuidedMove(kind="holder", service_id=sale.service_id, on=DAY)
    db.session.add(move)
    db.session.commit()
    assert counted() == {
        ("pause", DAY): 1, ("contract_end", DAY): 1, ("exempt_end", DAY): 1, ("start", DAY): 1, ("end", LAST): 1,
        ("free_end", DAY): 1, ("move", DAY): 1, ("return", date(2027, 2, 1)): 1,
    }  # fmt: skip


def test_who_returns_on_the_first_of_the_month_paused_until_the_last_of_the_month_before() -> None:
    make_service(pause_from=date(2027, 1, 5), pause_until=date(2027, 1, 31))
    assert counted() == {("return", FIRST): 1}
    assert [one.service.code for one in list_people("return", FIRST).items]


def test_what_was_removed_or_has_ended_is_not_planned_any_more() -> None:
    remove_sale(make_sale(ends_on=DAY).id)
    set_status(make_service(contract_ends_on=DAY).code, "cancelado")
    db.session.add(GuidedMove(kind="holder", service_id=1, on=DAY, status="stopped"))
    db.session.commit()
    assert counted() == {}


def test_values_campaigns_and_billing_days_stand_beside() -> None:
    package = make_package()
    plan = make_plan(description="Fibra")
    integration = make_integration(description="NX Play")
    integration.billing_day = 31
    db.session.add_all([
        PriceChange(kind="plan", plan=plan, percent=1, from_on=DAY),
        PriceChange(kind="plan", plan=plan, percent=1, from_on=DAY, status="dropped"),
        Campaign(package=package, description="Spring", from_on=DAY, until_on=date(2027, 3, 2)),
    ])  # fmt: skip
    db.session.commit()
    found = list_entries(FIRST)
    assert Entry("price", DAY, None, "Fibra", 1) in found
    assert Entry("billing", LAST, None, "NX Play", integration.id) in found
    assert [one.kind for one in found if one.kind.startswith("campaign")] == ["campaign_first"]
    assert {one.kind for one in list_entries(FIRST, {"price"})} == {"price"}


def test_people_of_a_day_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.agenda.people.PAGE", 2)
    codes = [make_sale(ends_on=DAY).service.code for _number in range(3)]
    first = list_people("end", DAY)
    rest = list_people("end", DAY, first.cursor)
    assert [one.service.code for one in (*first.items, *rest.items)] == codes
    assert rest.cursor == ""
    assert list_people("price", DAY).items == []


def test_days_are_found_by_their_indexes_and_no_table_is_read_whole() -> None:
    today = current_hub().today()
    columns = {
        "service": ("pause_from", "pause_until", "no_suspend_until", "contract_ends_on"),
        "service_package": ("starts_on", "ends_on", "free_until"),
    }
    for table, names in columns.items():
        for name in names:
            asked = f"explain query plan select {name}, count(*) from {table} where {name} between :a and :b group by 1"
            if db.engine.dialect.name != "sqlite":
                continue
            plan = db.session.execute(text(asked), {"a": str(today), "b": str(today + timedelta(days=30))}).all()
            assert f"ix_{table}_{name}" in str(plan), plan
