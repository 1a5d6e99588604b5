"""A small provider, made through the API alone."""

from dataclasses import dataclass
from typing import Any

from tests.api.conftest import Program

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK = {
    "gateway": "outros",
    "description": "Receiver",
    "params": {"url": "https://receiver.example.com/hook", "segredo": SECRET, "loja": "7"},
}


@dataclass(frozen=True)
class Scene:
    """Ids and codes of what was made."""

    integration: int
    product: str
    package: int
    extra: int
    plan: int
    customer: str = "1234"
    service: str = "17711"


def made(answer: Any, status: int = 201) -> Any:
    """Return the body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json


def package_body(integration: int, product: str, name: str = "Streaming", **changes: Any) -> dict[str, Any]:
    lines = [{"description": name, "kind": "sva", "value": "29.90"}]
    body = {"description": name, "value": "29.90", "composition": lines}
    return {**body, "integration_id": integration, "product_codes": [product], **changes}


def sell(admin: Program, status: str = "servico_habilitado") -> Scene:
    """Configure a receiver and sell its package with a plan to customer 1234."""
    integration = made(admin.post("/integrations", WEBHOOK))["id"]
    product = made(admin.post(f"/integrations/{integration}/products/sync"), 200)["added"][0]
    package = made(admin.post("/packages", package_body(integration, product)))["id"]
    extra = made(admin.post("/packages", package_body(integration, product, "Extra")))["id"]
    packages = [{"package_id": package, "mandatory": True}]
    plan = made(admin.post("/plans", {"description": "Fibra 500", "value": "99.90", "packages": packages}))["id"]
    customer = {"name": "Maria da Silva", "document": "529.982.247-25", "email": "maria@example.com"}
    made(admin.put("/customers/1234", customer))
    service = {"customer_code": "1234", "plan_id": plan, "status": status, "login": "maria", "password": "segredo1"}
    made(admin.put("/services/17711", service))
    return Scene(integration, product, package, extra, plan)
