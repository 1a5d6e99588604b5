"""Every list asks the database the same number of questions, however many rows it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, package_body, sell
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Attempt, Run

LISTS = (
    "/integrations", "/integrations/1/products", "/packages", "/plans", "/customers", "/customers?search=maria",
    "/services", "/services/17711/packages", "/accounts", "/accounts?customer_code=1234", "/accounts/1/attempts",
    "/runs", "/events",
)  # fmt: skip
MOST = 8


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def grow(admin: Program, scene: Scene) -> None:
    """Add five of everything."""
    for number in range(5):
        hook = {"gateway": "outros", "description": f"Hook {number}", "params": {"url": "https://r.example.com"}}
        made(admin.post("/integrations", hook))
        package = made(admin.post("/packages", package_body(scene.integration, scene.product, f"P{number}")))["id"]
        made(admin.post("/services/17711/packages", {"package_id": package}))
        plan = {"description": f"Plan {number}", "value": "1.00", "packages": [{"package_id": package}]}
        made(admin.post("/plans", plan))
        made(admin.put(f"/customers/c{number}", {"name": f"Maria {number}", "email": f"m{number}@example.com"}))
        made(admin.put(f"/services/s{number}", {"customer_code": f"c{number}", "plan_id": scene.plan}))
    now = utc_now()
    for number in range(5):
        at = now + timedelta(seconds=number)
        db.session.add(Attempt(integration_id=scene.integration, account_id=1, operation="create", started_at=at))
        db.session.add(Run(integration_id=scene.integration, mode="plan", status="done", started_at=at))
    db.session.commit()


def ask(admin: Program, path: str) -> tuple[int, int]:
    # Rows that a former request left in the session would hide a question per row.
    db.session.rollback()
    db.session.expunge_all()
    with counted() as statements:
        shown = len(made(admin.get(path), 200)["items"])
    return shown, len(statements)


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


def test_no_list_asks_more_for_more_rows(admin: Program, scene: Scene) -> None:
    few = {path: ask(admin, path) for path in LISTS}
    grow(admin, scene)
    for path in LISTS:
        shown, asked = ask(admin, path)
        assert shown >= few[path][0], path
        assert asked <= max(few[path][1], MOST) <= MOST, (path, few[path], asked)
