"""The fake webhook receiver: any path under /hook/<tenant>."""

import time
from typing import Any

from webapp.sandbox import signature
from webapp.sandbox.stage import Call, Result
from webapp.sandbox.tenants import Tenant
from webapp.sandbox.wire import Request

STATUSES = {
    "cadastro": ("active", "created"),
    "alteracao": (None, "updated"),
    "suspender": ("suspended", "suspended"),
    "habilitar": ("active", "enabled"),
    "cancelar": ("cancelled", "cancelled"),
}
# The hub's own "Testar": nobody's subscription, so nothing is kept.
TEST = "teste"
Event = dict[str, Any]


def call_of(tenant: Tenant, request: Request) -> Call:
    """Return what the request asks for; the operation is the event's ``tipo``."""
    event = _event(request)
    operation = str(event.get("tipo")) if event.get("tipo") in (*STATUSES, TEST) else "unknown"
    return Call(operation, _about(request, event), lambda: _receive(tenant, request, event))


def _event(request: Request) -> Event:
    try:
        event = request.json()
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _receive(tenant: Tenant, request: Request, event: Event) -> Result:
    trouble = _signature_problem(tenant, request)
    result = _refused(401, trouble) if trouble else _taken(tenant, request, event)
    result.facts["signature"] = "unchecked" if not tenant.dials.secrets else trouble or "ok"
    return result


def _signature_problem(tenant: Tenant, request: Request) -> str | None:
    dials = tenant.dials
    if not dials.secrets:
        return None
    return signature.problem(request.headers, request.body, dials.secrets, time.time(), dials.tolerance_s)


def _refused(status: int, error: str) -> Result:
    return Result(status, {"success": False, "error": error})


def _taken(tenant: Tenant, request: Request, event: Event) -> Result:
    sale, tipo = event.get("id_cliente_servico_pacote"), event.get("tipo")
    if request.method == "POST" and tipo == TEST:
        return Result(200, {"success": True})
    if request.method != "POST" or sale is None or tipo not in STATUSES:
        return _refused(400, "not_an_event")
    webhook_id = request.headers.get("webhook-id")
    if webhook_id in tenant.webhook_ids:
        return Result(200, {"success": True, "duplicate": True}, facts={"duplicate": True})
    if webhook_id:
        tenant.webhook_ids.add(webhook_id)
    return _applied(tenant, str(sale), event)


def _applied(tenant: Tenant, sale: str, event: Event) -> Result:
    status, effect = STATUSES[event["tipo"]]
    known = tenant.sales.get(sale, {"status": "unknown", "events": 0})
    tenant.sales[sale] = {
        **known,
        "sale": sale,
        "status": status or known["status"],
        "events": known["events"] + 1,
        "event": event,
    }
    return Result(200, {"success": True, "id": sale}, effect)


def _about(request: Request, event: Event) -> dict[str, Any]:
    """Return what tests want to see; the headers whole, since receivers are told things in them."""
    customer = (event.get("cliente_servico") or {}).get("cliente") or {}
    return {
        "sale": event.get("id_cliente_servico_pacote"),
        "tipo": event.get("tipo"),
        "webhook_id": request.headers.get("webhook-id"),
        "email": customer.get("email_principal"),
        "headers": request.headers,
        "body": event,
        "raw": request.body.decode("utf-8", "replace"),
        "duplicate": False,
    }
