"""No table is forgotten: what may hold something of a customer stands in a section of the page of all data."""

import pytest
from sqlalchemy import Table

from webapp.extensions import db
from webapp.services.privacy.records import SEALED, SECTIONS

# Table -> why nothing of it belongs to a customer.
OTHERS = {
    "alembic_version": "the schema's own",
    "api_token": "of programs",
    "approval_link": "of operators; names a plan only",
    "backup": "of files",
    "billing_terms": "configuration",
    "bulk_job": "what was asked of many; what was searched for is not kept",
    "campaign": "catalogue",
    "channel": "of operators",
    "customer_channel": "configuration",
    "city": "what is said of places, not of people",
    "guess_window": "counts of wrong sign-ins of operators",
    "heartbeat": "of processes",
    "idempotency_record": "answers to programs: sealed, so they cannot be searched, and gone after 24 hours",
    "integration": "configuration",
    "integration_code": "of platforms",
    "integration_param": "configuration",
    "integration_token": "of platforms",
    "invoice": "sums and counts; its file is sealed, and its lines are held",
    "invitation": "of operators",
    "lane_limit": "counts",
    "lane_share": "counts of processes",
    "leader": "of processes",
    "leak_figure": "counts",
    "measure": "counts",
    "message_template": "words for everybody",
    "month_figure": "counts",
    "operator": "people who work here",
    "operator_session": "of operators",
    "package": "catalogue",
    "package_composition": "catalogue",
    "package_product": "catalogue",
    "plan": "catalogue",
    "plan_package": "catalogue",
    "price_change": "catalogue",
    "product": "catalogue",
    "product_cost": "catalogue",
    "recipe_version": "configuration",
    "role": "of operators",
    "roles_users": "of operators",
    "run": "counts; its examples go with the lines they are of (tested in test_erasing)",
    "saved_view": "filters under a name; of a list of people what was searched for is left out (web/tables.query_of)",
    "setting": "small values of the hub",
    "source": "configuration",
    "source_mapping": "words of a source",
    "source_param": "configuration",
    "source_pull": "counts",
    "source_token": "of sources",
    "table_choice": "columns and sizes of operators",
    "tick": "of tasks",
    "webauthn": "of operators",
}  # fmt: skip
HELD = {name for section in SECTIONS for name in section.names}
# Columns by which a person is told; a table that has one must be held, or be about people who work here.
TELLING = {"document", "phone", "login", "login_key", "customer_code", "customer_id", "service_id", "account_id"}


def tables() -> list[Table]:
    return list(db.metadata.sorted_tables)


def leads_to_customer(table: Table, seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a foreign key leads to the customer, over any number of tables."""
    targets = {key.column.table for key in table.foreign_keys} - {table}
    return any(
        one.name == "customer" or (one.name not in seen and leads_to_customer(one, seen | {table.name}))
        for one in targets
    )


@pytest.mark.usefixtures("app")
def test_every_table_is_in_a_section_or_says_why_nothing_of_it_belongs_to_a_customer() -> None:
    names = {table.name for table in tables()}
    assert names - HELD - OTHERS.keys() == set()
    assert {name for name, why in OTHERS.items() if name in HELD and why} == set()


@pytest.mark.usefixtures("app")
def test_every_table_that_leads_to_the_customer_or_tells_a_person_is_in_a_section() -> None:
    leading = {table.name for table in tables() if leads_to_customer(table)}
    telling = {table.name for table in tables() if TELLING & set(table.columns.keys())}
    assert (leading | telling | {"customer"}) - HELD == set()


@pytest.mark.usefixtures("app")
def test_every_column_that_keeps_something_sealed_is_masked_in_what_is_shown() -> None:
    sealed = {
        (table.name, column.name)
        for table in tables()
        for column in table.columns
        if table.name in HELD and column.name in ("password", "sealed", "salt", "digest", "token_hash")
    }
    masked = {(table, name) for table, names in SEALED.items() for name in names}
    # A digest of a link proves nothing about anybody without its salt; one of a hint is of the whole message.
    assert sealed - masked == {("chain_link", "digest"), ("source_hint", "digest")}
