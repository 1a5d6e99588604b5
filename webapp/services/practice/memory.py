"""What the practice platform knows, in one row of the database; each call is one transaction of its own."""

import json
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from webapp.extensions import db
from webapp.models import Setting
from webapp.sandbox import nx
from webapp.sandbox.tenants import Kept, Tenant
from webapp.sandbox.wire import Answer, Request, json_answer
from webapp.services.transactions import insert_once

# Enough to learn on, and too little for a mistake: a whole base that is sold it by a plan stops here.
MOST_SUBSCRIBERS = 200
MOST_KEYS = 500
MASK = "*"
_SETTING = Setting.__table__


def setting_name(integration_id: int) -> str:
    """Return the name of the row in which a practice platform is kept."""
    return f"practice:{integration_id}"


def answer(engine: Engine, integration_id: int, request: Request) -> Answer:
    """Answer one call as the platform would; what it changed is committed before the answer leaves."""
    reads = request.method == "GET"
    with engine.connect().execution_options(reads_only=reads) as connection, connection.begin():
        tenant = _recall(connection, integration_id, reads)
        result = nx.call_of(tenant, _disguised(request, tenant), request.segments).act()
        if result.effect is not None:
            _remember(connection, integration_id, tenant)
    return json_answer(result.status, result.body)


def _disguised(request: Request, tenant: Tenant) -> Request:
    """Return the request as it may be kept: nobody signs in here, so a password is only counted, never known.

    The connection itself proves who calls: it begins and ends in this process.
    """
    headers = {**request.headers, "authorization": f"Bearer {tenant.dials.token}"}
    try:
        said = request.json()
    except ValueError:
        return Request(request.method, request.target, headers, request.body)
    if isinstance(said, dict) and isinstance(said.get("password"), str):
        said = {**said, "password": MASK * len(said["password"])}
    return Request(request.method, request.target, headers, json.dumps(said).encode() if request.body else b"")


def _recall(connection: Connection, integration_id: int, reads: bool) -> Tenant:
    name = setting_name(integration_id)
    wanted = select(_SETTING.c.value).where(_SETTING.c.name == name)
    if not reads:
        # The row is there before it is locked: of two processes one waits for the other.
        insert_once(connection, insert(_SETTING).values(name=name, value="{}"))
        wanted = wanted.with_for_update()
    saved: dict[str, Any] = json.loads(connection.scalar(wanted) or "{}")
    tenant = Tenant(name)
    tenant.panel.set(tenant.dials.model_copy(update={"capacity": MOST_SUBSCRIBERS}))
    if saved:
        tenant.subscribers.load(saved["subscribers"])
        tenant.keys = {key: Kept(*values) for key, values in saved["keys"].items()}
    return tenant


def _remember(connection: Connection, integration_id: int, tenant: Tenant) -> None:
    """Keep who is there and the latest answers; who was cancelled is forgotten."""
    for gone in [one for one in tenant.subscribers.by_id.values() if not one.live]:
        tenant.subscribers.remove(gone)
    latest = list(tenant.keys.items())[-MOST_KEYS:]
    kept = {
        "subscribers": tenant.subscribers.dump(),
        "keys": {key: [one.kept_at, one.status, one.body, one.for_ever] for key, one in latest},
    }
    row = update(_SETTING).where(_SETTING.c.name == setting_name(integration_id))
    connection.execute(row.values(value=json.dumps(kept, ensure_ascii=False)))


def known_subscribers(integration_id: int) -> list[dict[str, Any]]:
    """Return who has an account on a practice platform, as its own panel would show them, the latest first."""
    row = db.session.get(Setting, setting_name(integration_id))
    saved = json.loads(row.value) if row is not None else {}
    people: list[dict[str, Any]] = saved.get("subscribers", {}).get("subscribers", [])
    return people[::-1]
