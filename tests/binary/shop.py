"""The main job through the API of a hub: connect a platform, sell, suspend, enable, cancel. The platform judges."""

import time
from collections.abc import Callable

from tests.binary.hub import LOOK_S, SETTLE_S, Hub
from webapp.sandbox.client import Tenant

OWING, PAYING, GONE = "suspenso_debito", "servico_habilitado", "cancelado"


class Shop:
    """A provider with one platform, one package and one plan."""

    def __init__(self, hub: Hub, platform: Tenant) -> None:
        self.hub, self.platform = hub, platform
        self.plan = 0

    def open(self) -> None:
        """Connect, test, take over the products, make package and plan."""
        params = {"api_url": self.platform.url, "token": self.platform.token, "usuario": "codigo_cliente"}
        made = self.hub.api("POST", "/integrations", {"gateway": "nx_play", "description": "NX", "params": params})
        self.hub.api("POST", f"/integrations/{made['id']}/test")
        self.hub.api("POST", f"/integrations/{made['id']}/products/sync")
        package = self.hub.api("POST", "/packages", {
            "description": "Filmes", "code": "FILMES", "value": "9.90", "integration_id": made["id"],
            "composition": [{"description": "Filmes", "kind": "sva", "value": "9.90"}],
            "product_codes": [self.platform.products()[0]["code"]],
        })  # fmt: skip
        packages = [{"package_id": package["id"], "mandatory": True}]
        self.plan = self.hub.api("POST", "/plans", {"description": "Fibra", "value": "99.90", "packages": packages})[
            "id"
        ]

    def sell(self, code: str, name: str, document: str) -> None:
        """A customer and their service, as a source reports them."""
        person = {"name": name, "document": document, "email": f"c{code}@example.com", "phone": "11987654321"}
        self.hub.api("PUT", f"/customers/{code}", person)
        self.hub.api("PUT", f"/services/{code}-1", {
            "customer_code": code, "plan_id": self.plan, "status": PAYING, "login": f"c{code}", "password": "pppoe-123",
        })  # fmt: skip

    def tell(self, code: str, status: str) -> None:
        """The status of a service changes."""
        self.hub.api("PATCH", f"/services/{code}-1", {"status": status, "reason": "check"})

    def wait(self, code: str, status: str) -> None:
        """Wait until the platform has one account of that customer, in that state."""
        self.until(lambda: self.states(code) == [status], lambda: f"{self.states(code)} instead of {status}")

    def states(self, code: str) -> list[str]:
        """Return the states of all accounts of a customer at the platform, ended ones included."""
        return [str(row["status"]) for row in self.platform.subscribers(email=f"c{code}@example.com")]

    def until(self, holds: Callable[[], bool], or_say: Callable[[], str]) -> None:
        """Wait until something holds; what it is instead is said with what the hub wrote."""
        self.wait_for(holds, lambda: f"{or_say()}\n{self.hub.said()[-3000:]}")

    @staticmethod
    def wait_for(holds: Callable[[], bool], or_say: Callable[[], str]) -> None:
        """Wait until something holds."""
        until_s = time.monotonic() + SETTLE_S
        while not holds():
            assert time.monotonic() < until_s, or_say()
            time.sleep(LOOK_S)
