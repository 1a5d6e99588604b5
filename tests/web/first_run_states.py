"""The first steps and the practice platform in the states that their pages can show."""

import json

from tests import factories
from tests.web.place import Place
from webapp.extensions import db
from webapp.models import Setting
from webapp.models.operator import VIEWER
from webapp.services.practice.memory import setting_name
from webapp.services.practice.switching import switch_on
from webapp.services.provider import save_provider

PLACES = (
    Place("first-steps", "/first-steps"),
    Place("first-provider", "/first-steps/provider"),
    Place("first-provider-refused", "/first-steps/provider", data={"name": "", "state": "XX"}, status=422),
    Place("first-platform", "/first-steps/platform"),
    Place("first-test", "/first-steps/test"),
    Place("first-products", "/first-steps/products"),
    Place("first-package", "/first-steps/package"),
    Place(
        "first-package-refused",
        "/first-steps/package",
        data={"product": "basico", "description": "", "value": "x"},
        status=422,
    ),
    Place("first-plan-early", "/first-steps/plan"),
    Place("first-customer-early", "/first-steps/customer"),
    Place("first-done", "/first-steps/done"),
    Place("practice", "/practice"),
    Place("dashboard-viewer", "/", role=VIEWER),
)
FRAGMENTS = ("/fragments/first-steps",)
SUBSCRIBER = {
    "id": "sub_000001", "external_id": "sintonia-1", "email": "maria.pratica@example.com", "password": "*********",
    "products": ["basico"], "status": "active",
}  # fmt: skip


def build() -> None:
    """Say who the provider is, and switch the practice platform on, with somebody on it."""
    save_provider("Nova Fibra", "SP")
    integration = switch_on("Prática")
    factories.make_product(integration, code="basico", name="Plano Básico")
    known = {"subscribers": {"made": 1, "subscribers": [SUBSCRIBER]}, "keys": {}}
    db.session.add(Setting(name=setting_name(integration.id), value=json.dumps(known)))
    db.session.commit()
