"""What a fake SGP sends by itself: a message that something changed about one contract."""

import asyncio
import hashlib
import hmac
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from webapp.sandbox.erp.sgp import STATUSES
from webapp.sandbox.erp.view import View
from webapp.sandbox.ledger import Ledger
from webapp.sandbox.tenants import Tenant
from webapp.sandbox.wire import Answer, Request, json_answer

TIMEOUT_S = 10
SIGNATURE = "X-SGP-Signature"


async def answer(tenant: Tenant, ledger: Ledger, request: Request) -> Answer:
    """POST {"url", "service", "event", "secret"}: send it, and answer with the status that came back."""
    try:
        values = request.json()
        body = _message(tenant.erp.view(), int(values["service"]), str(values.get("event", "contrato_status")))
    except (ValueError, KeyError) as problem:
        return json_answer(400, {"error": repr(problem)})
    headers = {"Content-Type": "application/json"}
    if values.get("secret"):
        headers[SIGNATURE] = "sha256=" + hmac.digest(values["secret"].encode(), body, hashlib.sha256).hex()
    status = await asyncio.to_thread(_send, values["url"], body, headers)
    ledger.append(tenant.name, "control", "erp.push", service=values["service"], status=status)
    return json_answer(200, {"status": status, "body": body.decode()})


def _message(view: View, service_id: int, event: str) -> bytes:
    customer, service = view.people.service(service_id)
    message: dict[str, Any] = {
        "evento": event,
        "contratoId": service.id,
        "clienteId": customer.id,
        "cpfcnpj": view.document(customer.document, "punctuated"),
        "contratoStatus": STATUSES.get(service.status, (99, ""))[0],
    }
    return json.dumps(message, ensure_ascii=False).encode()


def _send(url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """Return the status answered; None when nobody answered."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", f"{address.path}?{address.query}" if address.query else address.path, body, headers)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
