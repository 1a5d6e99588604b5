"""What the hub asks again and again, whatever happens: none of it reads a large table from end to end."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from tests.bench import provider
from tests.journeys import crowd
from tests.journeys.platforms import connect
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs.scheduler import TASKS
from webapp.models import Integration, ServicePackage
from webapp.services import runs

pytestmark = pytest.mark.slow
PEOPLE, NEW = 600, 12
LONG_AGO = timedelta(days=40)
LARGE = frozenset({
    "account", "attempt", "chain_link", "customer", "entitlement", "event", "run_item", "seat", "service",
    "service_package", "source_link", "source_pull_item",
})  # fmt: skip
# Indexes of a few rows of a large table.
SHORT = {
    index.name for table in db.metadata.tables.values() for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}  # fmt: skip
# By the beginning of the question, from which on a large table may be read, and why.
READ_WHOLE = {
    "SELECT account.created_at FROM account ORDER BY account.id LIMIT": "the first row of all",
    "SELECT customer.id FROM customer WHERE customer.erased_at IS NULL AND customer.updated_at <":
        "who left long ago: once an hour, a batch at a time, by ids",
    "SELECT event.id, event.at": "the check of the chain, once a day, a batch at a time, by ids",
    "SELECT attempt.id, attempt.integration_id": "the check of the chain, once a day, a batch at a time, by ids",
    "SELECT min(service_package.starts_on) AS min_1": "the first sale of all, when the hub begins to keep figures",
    "SELECT service_package.package_id, service.plan_id": "the figures of a month, once when it is over",
    "SELECT ? AS anon_1, account.integration_id, entitlement.product_id": "what leaks, noted every half hour",
}  # fmt: skip
Asked = dict[str, tuple[str, Any]]


@pytest.fixture(scope="module")
def asked(sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Everything that a hub with a past asks in a round of its work, each with where and its values."""
    folder = tmp_path_factory.mktemp("plans")
    provider.fill(folder, PEOPLE)
    settings = {"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    with create_app(load_settings(settings), TESTING=True).app_context(), pytest.MonkeyPatch.context() as patch:
        # Beside the people who are there already.
        patch.setattr(crowd, "_numbers", count(900_000))
        found: Asked = {}
        event.listen(db.engine, "before_cursor_execute", _noting(found))
        _work(connect(sandbox.tenant("plans"), "lookup"))
        yield found
        db.session.remove()
        db.engine.dispose()


def _noting(found: Asked) -> Any:
    def note(_c: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.setdefault(" ".join(statement.split()), values[0] if many else values)

    return note


def _work(integration: Integration) -> None:
    """Sell, suspend, compare, and let every periodic task have its turn."""
    sold = crowd.sell_to_crowd(crowd.package_of(integration), NEW)
    crowd.drain(integration)
    crowd.set_statuses(sold[::2], crowd.OWING)
    crowd.drain(integration)
    runs.request_run(integration.id)
    crowd.drain(integration)
    _sell_long_ago()
    for task in TASKS.values():
        task()
        db.session.remove()


def _sell_long_ago() -> None:
    """Let the first sale be of a month that is over, so that its figures are written."""
    first = select(func.min(ServicePackage.id)).scalar_subquery()
    long_ago = update(ServicePackage).where(ServicePackage.id == first).values(created_at=utc_now() - LONG_AGO)
    db.session.execute(long_ago, execution_options={"synchronize_session": False})
    db.session.commit()


def read_from_end_to_end(statement: str, values: Any) -> list[str]:
    """Return the large tables that the plan of a question reads without an index of those rows alone."""
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = (re.fullmatch(r"SCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX (\w+))?", row[3]) for row in plan)
    return [found[1] for found in steps if found and found[1] in LARGE and found[2] not in SHORT]


def test_what_is_asked_again_and_again_reads_no_large_table_from_end_to_end(asked: Asked) -> None:
    assert len(asked) > 150
    wrong = [
        (tables, statement)
        for statement, values in asked.items()
        if (tables := read_from_end_to_end(statement, values)) and not statement.startswith(tuple(READ_WHOLE))
    ]
    assert not wrong, "\n\n".join(f"{tables}: {statement}" for tables, statement in wrong)


@pytest.mark.parametrize("beginning", READ_WHOLE)
def test_what_may_read_a_table_is_asked(beginning: str, asked: Asked) -> None:
    assert any(statement.startswith(beginning) for statement in asked)


def test_question_without_an_index_is_noticed(asked: Asked) -> None:
    assert asked
    assert read_from_end_to_end("SELECT id FROM account WHERE tries > ?", (3,)) == ["account"]
