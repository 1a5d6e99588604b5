"""A platform where each right is an account of its own, and the hub beside it with some people on it."""

from typing import Any

from sqlalchemy import select

from tests import factories
from tests.gateways.recipe.lists import Asked, Lists
from webapp.extensions import db
from webapp.jobs.runs import carry_out
from webapp.models import Account, Integration, Service
from webapp.services import recipes

RECIPE = """
key = "rights"
label = "Rights"
status = "assumed"
guarantee = "exactly_one"
unit = "entitlement"
login_fields = ["email"]

[params.api_url]
label = "Address"
required = true

[remote_ids.subscription]
of = "right"

[account]
login = "email"
document = "cpf"
remote = { subscription = "id" }
state = "state"
states = { active = "active", suspended = "suspended" }
products = "product"

[operations.create]
method = "POST"
url = "{{ params.api_url }}/rights"
json = { email = "{{ account.login }}", product = "{{ product.code }}", cpf = "{{ customer.document }}" }
remote = { subscription = "body.id" }

[operations.suspend]
method = "POST"
url = "{{ params.api_url }}/rights/{{ remote.subscription }}/suspended"

[operations.enable]
method = "POST"
url = "{{ params.api_url }}/rights/{{ remote.subscription }}/active"

[operations.update]
method = "POST"
url = "{{ params.api_url }}/rights/{{ remote.subscription }}/active"

[operations.cancel]
method = "DELETE"
url = "{{ params.api_url }}/rights/{{ remote.subscription }}"
outcomes = [{ status = [404], is = "gone" }]

[operations.find]
url = "{{ params.api_url }}/rights"
query = { email = "{{ account.login }}" }
items = "body.items"
match = [{ path = "item.product", is = "{{ product.code }}" }]

[operations.list]
url = "{{ params.api_url }}/rights"
items = "body.items"
total = "body.total"

[operations.list_changes]
url = "{{ params.api_url }}/changes"
query = { since = '{{ since | date("%Y-%m-%dT%H:%M:%SZ") }}' }
items = "body.items"

[events]
login = "json.email"
document = "json.cpf"
remote = { subscription = "json.id" }
"""
WRITES = ("POST", "DELETE")


class Rights(Lists):
    """Rights by id; ``changed`` is what the list of changes shows; ``broken`` answers everything with 500."""

    def __init__(self) -> None:
        super().__init__(self._play)
        self.rights: dict[str, dict[str, Any]] = {}
        self.changed: list[dict[str, Any]] = []
        self.broken = False

    @property
    def writes(self) -> list[str]:
        """Return what was changed through the API: method and path."""
        return [f"{asked.method} {asked.path}" for asked in self.asked if asked.method in WRITES]

    def of(self, product: str, email: str = "") -> dict[str, Any]:
        """Return the right of that product, of that person where there are several."""
        return next(
            right for right in self.rights.values()
            if right["product"] == product and email in ("", right["email"])
        )  # fmt: skip

    def add(self, email: str, product: str, **more: Any) -> dict[str, Any]:
        """Add a right by hand."""
        number = str(len(self.rights) + 501)
        self.rights[number] = {"id": number, "email": email, "product": product, "state": "active", **more}
        return self.rights[number]

    def _play(self, asked: Asked) -> Any:
        if self.broken:
            return 500, {}
        if asked.path == "/changes":
            return {"items": self.changed}
        if asked.method == "GET":
            wanted = asked.query.get("email")
            found = [right for right in self.rights.values() if wanted in (None, right["email"])]
            return {"items": found, "total": len(found)}
        return self._write(asked)

    def _write(self, asked: Asked) -> Any:
        parts = asked.path.strip("/").split("/")
        if len(parts) == 1:
            return self.add(**asked.body)
        if parts[1] not in self.rights:
            return 404, {}
        if asked.method == "DELETE":
            return self.rights.pop(parts[1])
        self.rights[parts[1]]["state"] = parts[2]
        return self.rights[parts[1]]


def install(text: str = RECIPE) -> None:
    """Make the recipe one of the provider's own."""
    recipes.save_version(text, reason="a test", base=recipes.edition("rights"), key="rights")


def connect(platform: Rights) -> Integration:
    """Return an integration with the platform."""
    return factories.make_integration(gateway="rights", params={"api_url": platform.url})


def sell(integration: Integration, *codes: str, email: str = "maria@example.com") -> Service:
    """Sell one package with these products to a new person, and let the engine make the rights."""
    known = {product.code for product in integration.products}
    for code in codes:
        if code not in known:
            factories.make_product(integration, code=code)
    package = factories.make_package(integration, product_codes=list(codes))
    service = factories.make_service(factories.make_customer(email=email))
    factories.make_sale(service, package)
    work()
    return service


def work() -> None:
    """Let the engine do all that is due."""
    db.session.commit()
    carry_out(until_idle=True, patience_s=2.0)
    db.session.expire_all()


def account() -> Account:
    """Return the one account that there is."""
    return db.session.scalars(select(Account)).one()


def states() -> dict[str, str]:
    """Return what the hub believes of each right, by product."""
    return {key.partition(":")[2]: unit["state"] for key, unit in account().units.items()}
