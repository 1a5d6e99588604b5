"""Tenants: platforms of their own in one process, each made on its first use."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.sandbox.dials import Dials, Panel
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.subscribers import Subscribers

PRODUCTS = [
    {"code": "basico", "name": "PLANO BASICO", "description": "PLANO BASICO", "active": True},
    {"code": "full", "name": "Plano Full", "description": "Plano Full", "active": True},
    {"code": "premium2", "name": "2 USUARIOS PREMIUM", "description": "2 USUARIOS PREMIUM", "active": True},
    {"code": "plus3", "name": "3 USUARIOS PLUS", "description": "3 USUARIOS PLUS", "active": True},
    {"code": "full5", "name": "5 USUARIOS FULL", "description": "5 USUARIOS FULL", "active": True},
    {"code": "home", "name": "Configuração da home", "description": "Configuração da home", "active": True},
    {"code": "basico-teste", "name": "PLANO BASICO TESTE", "description": "PLANO BASICO TESTE", "active": True},
]


@dataclass(slots=True)
class Kept:
    """The answer given under an idempotency key. ``kept_at`` is seconds since 1970."""

    kept_at: float
    status: int
    body: str
    for_ever: bool = False


class Tenant:
    """One platform, one webhook receiver and one ERP; a test uses one of them, or the ERP and a platform."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.panel = Panel(Dials())
        self.clear()

    def clear(self) -> None:
        """Forget everybody and everything but the dials."""
        self.products: list[dict[str, Any]] = [dict(product) for product in PRODUCTS]
        self.subscribers = Subscribers()
        self.keys: dict[str, Kept] = {}
        self.sales: dict[str, dict[str, Any]] = {}
        self.webhook_ids: set[str] = set()
        self.erp = ErpState()

    @property
    def dials(self) -> Dials:
        return self.panel.dials

    def dump(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return {
            "dials": self.dials.model_dump(exclude_defaults=True),
            "products": self.products,
            "subscribers": self.subscribers.dump(),
            "keys": {key: [kept.kept_at, kept.status, kept.body, kept.for_ever] for key, kept in self.keys.items()},
            "sales": self.sales,
            "webhook_ids": sorted(self.webhook_ids),
            "erp": self.erp.dump(),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what ``dump`` gave."""
        self.panel.set(Dials.model_validate(saved["dials"]))
        self.products = saved["products"]
        self.subscribers.load(saved["subscribers"])
        self.keys = {key: Kept(*values) for key, values in saved["keys"].items()}
        self.sales = saved["sales"]
        self.webhook_ids = set(saved["webhook_ids"])
        self.erp.load(saved["erp"])


class Tenants:
    """All tenants of the process."""

    def __init__(self) -> None:
        self.by_name: dict[str, Tenant] = {}

    def get(self, name: str) -> Tenant:
        """Return the tenant of that name, made now if need be."""
        if name not in self.by_name:
            self.by_name[name] = Tenant(name)
        return self.by_name[name]

    def save(self, path: Path) -> None:
        """Write the state of all tenants; a half-written file never takes the place of a whole one."""
        state = {name: tenant.dump() for name, tenant in self.by_name.items()}
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        os.replace(draft, path)

    def load(self, path: Path) -> None:
        """Take up a saved state, if there is one."""
        if path.exists():
            for name, saved in json.loads(path.read_text(encoding="utf-8")).items():
                self.get(name).load(saved)
