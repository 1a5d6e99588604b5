"""Every list asks the database the same number of questions, however many rows it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, package_body, sell
from tests.web import orphan_states
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Run
from webapp.services import channels
from webapp.services.channels import ChannelInput

# What a person decides about: some of each, with whom it is for.
DECIDED = ("/runs?status=staged", "/accounts?kept=true", "/orphans", "/orphans?guessed=true", "/channels")
LISTS = (
    "/integrations", "/integrations/1/products", "/packages", "/plans", "/customers", "/customers?search=maria",
    "/services", "/services/17711/packages", "/accounts", "/accounts?customer_code=1234", "/accounts/1/attempts",
    "/runs", "/events", *DECIDED,
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
        db.session.add(Run(integration_id=scene.integration, mode="apply", status="staged", started_at=at))
    db.session.execute(update(Account).values(keep_content="active"))
    db.session.commit()
    mails = [f"m{number}@example.com" for number in range(5)]
    orphan_states.note(scene.integration, [orphan_states.stranger(mail, mail) for mail in mails])
    for mail in mails:
        channels.create_channel(ChannelInput(description=mail, address="json://127.0.0.1:9/hook"))


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
        assert shown >= few[path][0] + (5 if path in DECIDED else 0), path
        assert asked <= max(few[path][1], MOST) <= MOST, (path, few[path], asked)
