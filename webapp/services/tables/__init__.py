"""Every long list of the product: what it shows, how it can be narrowed and sorted, and which rows that chooses."""

from collections.abc import Mapping

from webapp.services.tables.contract import Table
from webapp.services.tables.customers import CUSTOMERS
from webapp.services.tables.history import HISTORY
from webapp.services.tables.invoices import INVOICE_LINES
from webapp.services.tables.never_used import NEVER_USED
from webapp.services.tables.seats import LEAKING_RIGHTS, LEAKING_SEATS
from webapp.services.tables.settings import INTEGRATIONS, PEOPLE, SOURCES, TOKENS
from webapp.services.tables.sold import PACKAGES, PLANS, PRODUCTS
from webapp.services.tables.transmissions import ATTEMPTS, PENDING, STUCK_ACCOUNTS
from webapp.services.tables.work import ORPHANS, PULLS, RUNS

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS, PENDING, STUCK_ACCOUNTS, ATTEMPTS, PACKAGES, PLANS, PRODUCTS, ORPHANS, RUNS, PULLS, INTEGRATIONS,
        INVOICE_LINES, SOURCES, PEOPLE, TOKENS, HISTORY, LEAKING_RIGHTS, LEAKING_SEATS, NEVER_USED,
    )
}  # fmt: skip

__all__ = ["TABLES", "Table"]
