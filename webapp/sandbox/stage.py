"""How one call is played: wait, perhaps fail, have its effect, be recorded, be answered."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from webapp.sandbox.dials import Fault
from webapp.sandbox.faults import spoil
from webapp.sandbox.ledger import Ledger
from webapp.sandbox.tenants import Kept, Tenant
from webapp.sandbox.wire import Answer, Request, json_answer

STRANGER = {"id": "sub_999999", "external_id": "somebody-else", "email": "somebody.else@example.com"}


@dataclass(slots=True)
class Result:
    """What a platform did.

    Attributes:
        effect: what changed, in one word; None when nothing did.
        facts: what the ledger shall say besides.
        fault: a fault of the operation's own, played where the dials have none.
        dials: the names of dials that shaped the body.
        raw: goes out in place of the body as JSON.
        content_type: where it is not JSON's.
    """

    status: int
    body: Any
    effect: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    dials: list[str] = field(default_factory=list)
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """What a request asks for. ``about``: what the ledger shall say of it, however it ends."""

    operation: str
    about: dict[str, Any]
    act: Callable[[], Result]


class Stage:
    """Plays calls of all tenants and writes the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def play(self, tenant: Tenant, kind: str, call: Call, request: Request) -> Answer:
        """Play one call by the tenant's dials. Its effect and its ledger line come together."""
        received_at = datetime.now(UTC).isoformat(timespec="microseconds")
        panel = tenant.erp.panel if kind == "erp" else tenant.panel
        fault = panel.strike(call.operation)
        latency_s = panel.latency_s(call.operation)
        if latency_s:
            await asyncio.sleep(latency_s)
        result = _result(call, fault)
        fault = fault or result.fault
        answer = _answer(result, fault)
        _keep_error(tenant, request, answer)
        facts = {"received_at": received_at, **call.about, **_facts(request, result, answer, fault)}
        self.ledger.append(tenant.name, kind, call.operation, **facts)
        if fault and fault.latency_after_effect_ms:
            await asyncio.sleep(fault.latency_after_effect_ms / 1000)
        return answer


def _result(call: Call, fault: Fault | None) -> Result:
    if fault and fault.answers and fault.before_effect:
        return Result(200, {"id": "sub_000000", "status": "active"})
    return call.act()


def _answer(result: Result, fault: Fault | None) -> Answer:
    answer = Answer(result.status, result.raw) if result.raw else json_answer(result.status, result.body)
    answer.content_type = result.content_type
    answer.headers.update(result.headers)
    return spoil(fault, answer, result.body, STRANGER) if fault else answer


def _keep_error(tenant: Tenant, request: Request, answer: Answer) -> None:
    key = request.headers.get("idempotency-key")
    if key and tenant.dials.key_keeps_errors and answer.status >= 500:
        tenant.keys[key] = Kept(time.time(), answer.status, answer.body.decode(), for_ever=True)


def _facts(request: Request, result: Result, answer: Answer, fault: Fault | None) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.target,
        "key": request.headers.get("idempotency-key"),
        **result.facts,
        "effect": result.effect,
        "status": answer.status or None,
        "dials": [*result.dials, *(fault.names if fault else [])],
    }
