"""What a checked invoice was judged by changes: that is told, and checking anew puts it right. Files go in time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests.fixtures.people import Browser
from tests.services.test_invoices import verdicts
from tests.web import invoice_states
from tests.web.page import read_page
from webapp import clock
from webapp.decide.retention import PERIODS, Kind
from webapp.extensions import db
from webapp.models import Event, Integration, Invoice, InvoiceLine, Seat
from webapp.services.errors import Conflict
from webapp.services.invoices import checking, uploading
from webapp.services.invoices.outdated import outdated_by
from webapp.services.privacy import retaining
from webapp.services.reconciliation_settings import ReconciliationInput, update_reconciliation
from webapp.services.seats.costs import CostInput, TermsInput, set_cost, set_terms

pytestmark = pytest.mark.usefixtures("app")
HOST = invoice_states.LINES[0].partition(";")[0].partition("@")[2]
ANA, CAIO, DAVI = (f"{name}@{HOST};full;19,90" for name in ("ana", "caio", "davi"))


@pytest.fixture
def platform(app: APIFlask) -> Integration:
    return invoice_states.platform()


def why(invoice: Invoice) -> list[str]:
    db.session.rollback()
    return list(outdated_by(db.session.get_one(Invoice, invoice.id)))


def again(invoice: Invoice) -> Invoice:
    clock.move(timedelta(seconds=1))
    return checking.check(invoice.id)


def not_billed(invoice: Invoice) -> int:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id).counts.get("not_billed", 0)


def test_nothing_has_changed(platform: Integration) -> None:
    assert why(invoice_states.checked(platform)) == []


def test_terms_and_costs_that_were_changed_are_told_until_it_is_checked_anew(platform: Integration) -> None:
    made = invoice_states.checked(platform)
    product = db.session.scalars(select(Seat.product_id)).first()
    assert product is not None
    clock.move(timedelta(minutes=1))
    set_terms(platform.id, TermsInput(basis="daily"))
    assert why(made) == ["terms"]
    set_cost(platform.id, CostInput(product_id=product, from_on=invoice_states.MONTH, value=Decimal("21.90")))
    assert why(made) == ["terms", "costs"]
    again(made)
    assert why(made) == []


def test_what_is_done_to_another_platform_is_not_told(platform: Integration) -> None:
    made = invoice_states.checked(platform)
    other = invoice_states.factories.make_integration(description="Another")
    clock.move(timedelta(minutes=1))
    set_terms(other.id, TermsInput(basis="daily"))
    assert why(made) == []


def test_seats_that_changed_in_the_month_since_are_told(platform: Integration) -> None:
    made = invoice_states.checked(platform)
    made.checked_at = datetime(2026, 9, 20, tzinfo=UTC)
    seat = db.session.scalars(select(Seat).where(Seat.ended_at.is_(None))).first()
    assert seat is not None
    db.session.commit()
    assert why(made) == []
    seat.ended_at = datetime(2026, 10, 2, 12, tzinfo=UTC)
    db.session.commit()
    assert why(made) == []
    seat.ended_at = datetime(2026, 9, 25, tzinfo=UTC)
    db.session.commit()
    assert why(made) == ["seats"]


def test_later_invoice_of_the_month_that_bills_who_was_missing_is_told_and_puts_it_right(
    platform: Integration,
) -> None:
    first = invoice_states.checked(platform, ANA, CAIO)
    assert not_billed(first) == 1
    clock.move(timedelta(minutes=1))
    second = invoice_states.checked(platform, DAVI)
    assert (why(first), why(second), verdicts(second)) == (["others"], [], {f"davi@{HOST}": "right"})
    again(first)
    assert (not_billed(first), why(first), why(second)) == (0, [], [])
    again(second)
    assert (why(first), why(second)) == ([], [])
    clock.move(timedelta(minutes=1))
    uploading.discard(second.id)
    assert why(first) == ["others"]
    again(first)
    assert not_billed(first) == 1


def test_closed_one_never_changes(platform: Integration) -> None:
    made = uploading.close(invoice_states.checked(platform).id)
    clock.move(timedelta(minutes=1))
    set_terms(platform.id, TermsInput(basis="daily"))
    assert why(made) == []
    with pytest.raises(Conflict, match="invoice_closed"):
        checking.check(made.id)


def test_checking_anew_is_recorded(platform: Integration) -> None:
    made = again(invoice_states.checked(platform))
    actions = db.session.scalars(select(Event.action).where(Event.object_type == "invoice", Event.object_id == made.id))
    assert list(actions) == ["invoice.upload", "invoice.check", "invoice.check"]


def test_page_says_what_has_changed(platform: Integration, finance: Browser) -> None:
    made = invoice_states.checked(platform)
    hint = 'class="alert alert-info"'
    before = finance.get(f"/invoices/{made.id}").text.count(hint)
    clock.move(timedelta(minutes=1))
    set_terms(platform.id, TermsInput(basis="daily"))
    page = finance.get(f"/invoices/{made.id}")
    read_page(page)
    assert page.text.count(hint) == before + 1
    finance.post(f"/invoices/{made.id}/check")
    assert why(made) == []


def test_file_of_an_invoice_that_nobody_closed_goes_in_time_and_its_lines_stay(platform: Integration) -> None:
    made, waits = invoice_states.checked(platform), invoice_states.uploaded(platform, ANA)
    days = timedelta(days=PERIODS[Kind.INVOICE_FILES].days)
    clock.move(days - timedelta(hours=1))
    db.session.rollback()
    assert "invoice_files" not in retaining.retain(clock.utc_now())
    clock.move(timedelta(hours=2))
    assert retaining.due_counts(clock.utc_now())[Kind.INVOICE_FILES] == 2
    db.session.rollback()
    assert retaining.retain(clock.utc_now())["invoice_files"] == 2
    assert retaining.due_counts(clock.utc_now())[Kind.INVOICE_FILES] == 0
    db.session.rollback()
    rows = db.session.scalars(select(Invoice)).all()
    assert [(one.content, one.state) for one in rows] == [(None, "checked"), (None, "columns")]
    assert db.session.query(InvoiceLine).filter_by(invoice_id=made.id).count() == 6
    for one in (made, waits):
        with pytest.raises(Conflict, match="invoice_file_gone"):
            checking.check(one.id)
        db.session.rollback()
    assert uploading.close(made.id).state == "closed"


def test_page_of_an_invoice_without_its_file_offers_only_what_can_be_done(
    platform: Integration, finance: Browser
) -> None:
    made, waits = invoice_states.checked(platform), invoice_states.uploaded(platform, ANA)
    made.content = waits.content = None
    db.session.commit()
    for one in (made, waits):
        page = finance.get(f"/invoices/{one.id}/columns", follow_redirects=True)
        read_page(page)
        assert f'action="/invoices/{one.id}/check"' not in page.text
        assert f'action="/invoices/{one.id}/discard"' in page.text


def test_day_of_billing_that_was_changed_is_told_and_another_setting_is_not(platform: Integration) -> None:
    made = invoice_states.checked(platform)
    clock.move(timedelta(minutes=1))
    update_reconciliation(platform.id, ReconciliationInput(limit_floor=30))
    assert why(made) == []
    update_reconciliation(platform.id, ReconciliationInput(limit_floor=30, billing_day=5))
    assert why(made) == ["terms"]
