"""A provider of any size as it really stands: most pay, some owe, some ended, some calls wait, and all have a past."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, String, insert, literal, null, select, update
from sqlalchemy.sql.elements import ColumnElement

from tests import factories
from tests.bench.seed import add_customers, open_shop
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import (
    Account,
    Attempt,
    Customer,
    Entitlement,
    Event,
    Run,
    RunItem,
    Service,
    SourceLink,
    SourcePull,
    SourcePullItem,
)
from webapp.schema import migrate_database
from webapp.services.operators import create_operator

EMAIL, PASSWORD = "bench@example.com", "quatro girafas no telhado"
NOWHERE = "http://127.0.0.1:9/hook"
# One in so many, beginning with that one; but never fewer than fill a page, so that pages of both sizes are as long.
OWES, ENDED, ORDERED = (20, 7), (25, 9), (100, 33)
PENDING, BLOCKED, PARKED, CONFIRMS = (100, 51), (200, 75), (500, 165), (250, 125)
ON_A_PAGE, LEAST = 60, 2
ELSEWHERE, DIFFERED, HELD = (3, 1), (10, 4), (10, 6)
CALLS = ("create", "update")
DONE = ("customer.create", "customer.update", "service.create", "account.resend")


def fill(folder: Path, size: int) -> str:
    """Make a hub with so many customers on two platforms; returns the document of one of them."""
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}))
    with app.app_context():
        migrate_database(db.engine)
        create_operator(EMAIL, PASSWORD, "admin", "Bench")
        shop = open_shop("Clube de Livros", "outros", {"url": NOWHERE}, "generico", 8)
        other = open_shop("Clube de Cursos", "outros", {"url": NOWHERE}, "generico", 8)
        source_id = factories.make_source(description="ERP").id
        db.session.rollback()
        add_customers(shop, size, 1, due=False)
        with db.engine.begin() as connection:
            _spread(connection, other.plan_id, size)
            _past(connection, source_id, shop.integration_id, size)
        document = str(db.session.get_one(Customer, size // 2).document)
        db.session.remove()
        db.engine.dispose()
    return document


def one_in(column: Any, share: tuple[int, int], size: int) -> ColumnElement[bool]:
    """Return the condition of being one in so many, or of filling a page where those would not."""
    every = max(min(share[0], size // ON_A_PAGE), LEAST)
    chosen: ColumnElement[bool] = column % every == share[1] % every
    return chosen


def _spread(connection: Connection, other_plan_id: int, size: int) -> None:
    """Let some owe, end, wait, or need a person."""
    now, states = clock.utc_now(), {OWES: "suspenso_debito", ENDED: "cancelado", ORDERED: "agendado_para_instalacao"}
    for share, status in states.items():
        connection.execute(update(Service).where(one_in(Service.id, share, size)).values(status=status))
    elsewhere = one_in(Service.id, ELSEWHERE, size)
    connection.execute(update(Service).where(elsewhere).values(plan_id=other_plan_id))
    for share, content in {OWES: "suspended", ENDED: "absent"}.items():
        mine = one_in(Entitlement.id, share, size)
        connection.execute(update(Entitlement).where(mine).values(desired=content, applied=content))
    trouble = {"error_kind": "rejected", "error_code": "rejected", "error_at": now}
    accounts: dict[tuple[int, int], dict[str, Any]] = {
        OWES: {"status": "suspended", "desired": "suspended"},
        ENDED: {"status": "cancelled", "desired": "absent"},
        PENDING: {"status": "pending", "applied_generation": 0, "due_at": now},
        BLOCKED: {"status": "blocked", "applied_generation": 0, **trouble},
        PARKED: {"status": "parked", "applied_generation": 0, **trouble},
        CONFIRMS: {"status": "waiting_user"},
    }
    for share, values in accounts.items():
        connection.execute(update(Account).where(one_in(Account.id, share, size)).values(**values))


def _past(connection: Connection, source_id: int, integration_id: int, size: int) -> None:
    """Give everybody a history, calls, and a source; some a difference that a run found, some a line held back."""
    now = clock.utc_now() - timedelta(days=2)
    for number, action in enumerate(DONE):
        _tell(connection, action, now + timedelta(hours=number))
    for number, operation in enumerate(CALLS):
        at = literal(now + timedelta(hours=number, minutes=1), Attempt.started_at.type)
        values = {
            "integration_id": Account.integration_id, "account_id": Account.id, "operation": literal(operation),
            "started_at": at, "finished_at": at, "outcome": literal("ok"), "http_status": literal(200),
            "latency_ms": literal(80),
        }  # fmt: skip
        _copy(connection, Attempt, Account, values)
    run = {"integration_id": integration_id, "mode": "apply", "status": "done", "started_at": now, "complete": True}
    run_id = connection.execute(insert(Run).values(**run).returning(Run.id)).scalar_one()
    shown = {"run_id": literal(run_id), "account_id": Account.id, "login": Account.login, "situation": literal("state"),
             "action": literal("enable"), "outcome": literal("proven"), "before": _json({"state": "suspended"}),
             "after": _json({"state": "active"})}  # fmt: skip
    _copy(connection, RunItem, Account, shown, one_in(Account.id, DIFFERED, size))
    _read(connection, source_id, size)


def _read(connection: Connection, source_id: int, size: int) -> None:
    now = clock.utc_now() - timedelta(days=1)
    pull = {"source_id": source_id, "mode": "full", "status": "held", "started_at": now, "finished_at": now}
    pull_id = connection.execute(insert(SourcePull).values(**pull).returning(SourcePull.id)).scalar_one()
    link = {"source_id": literal(source_id), "kind": literal("customer"), "external": Customer.code,
            "local_id": Customer.id, "seen_at": literal(now, SourceLink.seen_at.type)}  # fmt: skip
    _copy(connection, SourceLink, Customer, link)
    held = {"pull_id": literal(pull_id), "position": Customer.id, "customer_code": Customer.code,
            "name": Customer.name, "outcome": literal("held")}  # fmt: skip
    _copy(connection, SourcePullItem, Customer, held, one_in(Customer.id, HELD, size))


def _tell(connection: Connection, action: str, at: Any) -> None:
    kind: str = action.partition(".")[0]
    model: Any = {"customer": Customer, "service": Service, "account": Account}[kind]
    values = {
        "at": literal(at, Event.at.type), "actor": literal(EMAIL), "action": literal(action),
        "object_type": literal(kind), "object_id": model.id, "label": literal("", String), "before": null(),
        "after": null(), "reason": literal("", String),
    }  # fmt: skip
    _copy(connection, Event, model, values)


def _copy(connection: Connection, into: Any, source: Any, values: dict[str, Any], *which: ColumnElement[bool]) -> None:
    """Make a row for each row of another table, within the database."""
    chosen = select(*(value.label(name) for name, value in values.items())).select_from(source).where(*which)
    connection.execute(insert(into).from_select(list(values), chosen))


def _json(value: dict[str, str]) -> Any:
    return literal(value, JSON)
