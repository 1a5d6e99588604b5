"""A provider's year: every seeded mistake of the platforms' invoices is found, and nothing else is claimed."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests.services.invoice_year import KINDS, YEAR, Told, Year
from webapp.decide import invoice as invoice_rules
from webapp.decide.invoice import find_accounts
from webapp.extensions import db
from webapp.models import Account, Invoice, InvoiceLine
from webapp.services.invoices import checking, uploading
from webapp.services.invoices.columns import suggest

pytestmark = pytest.mark.slow

SUBSCRIBERS = int(os.environ.get("SINTONIA_CONFERENCE_SUBSCRIBERS", "400"))


@pytest.fixture(params=KINDS)
def year(request: pytest.FixtureRequest, app: APIFlask) -> Iterator[Year]:
    """Return a platform with a third of the subscribers, written down."""
    with app.app_context():
        made = Year(request.param, max(1, SUBSCRIBERS // len(KINDS)), seed=10)
        made.build()
        yield made


def test_year_every_mistake_is_found_and_nothing_else_is_claimed(year: Year) -> None:
    kinds: Counter[str] = Counter()
    for month in range(1, 13):
        told = year.invoice(month)
        invoice = check(year, month, told)
        assert found_of(invoice) == sorted(told.errors)
        assert invoice.disputed == sum((cents for _, _, cents in told.errors), Decimal(0))
        assert invoice.billed == sum((Decimal(value) for _, _, value in told.rows), Decimal(0))
        kinds.update(verdict for _, verdict, _ in told.errors)
    expected = {"cancelled", "twice", "price", "not_billed", "not_sold"}
    assert set(kinds) == expected | ({"suspended"} if year.kind != "any_day" else set())


def check(year: Year, month: int, told: Told) -> Invoice:
    """Upload an invoice and check it as a person would."""
    name = f"fatura-{month}.csv"
    made = uploading.upload(year.integration_id, date(YEAR, month, 1), name, year.file(told))
    return checking.check(made.id, suggest(uploading.header_of(made.id).columns))


def found_of(invoice: Invoice) -> list[tuple[str, str, Decimal]]:
    """Return what the hub says is wrong: the subject, else the log-in, the verdict, the cents contested."""
    wanted = (
        select(InvoiceLine.subject, Account.login, InvoiceLine.verdict, InvoiceLine.value, InvoiceLine.expected)
        .outerjoin(Account, Account.id == InvoiceLine.account_id)
        .where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.verdict != "right")
    )
    return sorted(
        (row.subject or row.login, row.verdict, max(Decimal(0), row.value - row.expected))
        for row in db.session.execute(wanted)
    )


def _blind_to_doubles(self: Any, line: Any, key: Any) -> Any:
    self._billed.clear()
    return PRICED(self, line, key)


PRICED = invoice_rules._Judge._priced
BUGS: dict[str, tuple[str, Any]] = {
    "doubles are overlooked": ("webapp.decide.invoice._Judge._priced", _blind_to_doubles),
    "whoever ended counts on": ("webapp.decide.seats._days", lambda span, month, days, tz: range(1, days + 1)),
    "prices are never compared": (
        "webapp.decide.invoice._Judge._why", lambda *_args: invoice_rules.RIGHT),
    "seats without a line are forgotten": ("webapp.decide.invoice._Judge._not_billed", lambda self: iter(())),
    "the day begins in Greenwich": ("webapp.services.invoices.ledger.zone", lambda: ZoneInfo("UTC")),
    "the cost of today counts": (
        "webapp.decide.billing._cost_on", lambda day, costs: max(costs, key=lambda one: one.from_on).value),
    "strangers are taken for somebody": (
        "webapp.services.invoices.directory.find_accounts",
        lambda line, who: find_accounts(line, who) or frozenset().union(*who.values())),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("year", ["daily"], indirect=True)
def test_year_notices_a_matcher_that_is_broken(year: Year, bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BUGS[bug])
    for month in range(1, 13):
        told = year.invoice(month)
        invoice = check(year, month, told)
        if found_of(invoice) != sorted(told.errors):
            return
    pytest.fail(f"a year went by, and nobody noticed that {bug}")
