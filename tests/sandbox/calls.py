"""Calls to the fake platforms as a plain caller makes them."""

import json
import time
from typing import Any

import requests

from webapp.sandbox import signature
from webapp.sandbox.client import Tenant

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TIMEOUT_S = 10


def call(tenant: Tenant, method: str, path: str, **options: Any) -> requests.Response:
    """Call the fake NX Play with the right token, unless ``headers`` say otherwise."""
    headers = {"Authorization": f"Bearer {tenant.token}", **options.pop("headers", {})}
    options.setdefault("timeout", TIMEOUT_S)
    return requests.request(method, tenant.url + path, headers=headers, allow_redirects=False, **options)


def person(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the body that creates a made-up subscriber."""
    body = {
        "external_id": f"ref-{number}",
        "email": f"maria.{number}@example.com",
        "password": "001234",
        "name": f"Maria da Conceição {number}",
        "document": "52998224725",
        "phone": "11999990000",
        "products": ["basico"],
        "noggin": True,
        "paramount": False,
    }
    return {**body, **changes}


def create(tenant: Tenant, number: int = 1, key: str = "", **changes: Any) -> requests.Response:
    """Create a subscriber, under an idempotency key if one is given."""
    headers = {"Idempotency-Key": key} if key else {}
    return call(tenant, "POST", "/subscribers", json=person(number, **changes), headers=headers)


def created(tenant: Tenant, number: int = 1) -> str:
    """Create a subscriber and return its id there."""
    return str(create(tenant, number).json()["id"])


def pages(tenant: Tenant, size: int, count: int) -> list[requests.Response]:
    """Read so many pages of the listing."""
    return [call(tenant, "GET", f"/subscribers?page={page}&per_page={size}") for page in range(1, count + 1)]


def ids(answer: requests.Response) -> list[str]:
    """Return the ids of one page."""
    return [row["id"] for row in answer.json()["subscribers"]]


def event(tipo: str, sale: int = 991, **more: Any) -> dict[str, Any]:
    """Return an event as the hub sends it."""
    customer = {"id_cliente": 25138, "nome_razaosocial": "Conceição", "email_principal": "maria@example.com"}
    service = {"id_cliente_servico": 17711, "servico_status": "servico_habilitado", "cliente": customer}
    return {"tipo": tipo, "id_cliente_servico_pacote": sale, "cliente_servico": service, **more}


def deliver(tenant: Tenant, body: Any, identity: str = "msg_1", **changes: str) -> requests.Response:
    """Deliver an event, signed with SECRET; ``changes`` are headers that replace the right ones."""
    data = json.dumps(body, ensure_ascii=False).encode()
    stamp = int(changes.pop("stamp", time.time()))
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature.sign(SECRET, identity, stamp, data),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return requests.post(tenant.hook_url + "/events?origem=teste", data=data, headers=headers, timeout=TIMEOUT_S)
