"""Made-up people and things, through the product's own use cases.

Each function takes overrides for what a test is about; the rest is unique and valid.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

from stdnum.br import cpf

from webapp.models import Customer, Integration, Package, Plan, Product, Service, ServicePackage, Source
from webapp.services import customers, integrations, packages, plans, products, sources, subscriptions
from webapp.services.inputs import (
    CustomerInput,
    IntegrationInput,
    PackageInput,
    PlanInput,
    ProductInput,
    SaleInput,
    ServiceInput,
    SourceInput,
)

_numbers = count(1)
RECEIVER = "http://127.0.0.1:9/hook"
ERP_PARAMS = {
    "hubsoft": {"url": "http://127.0.0.1:9", "client_id": "1", "client_secret": "c1ient-secret",
                "username": "api@example.com", "password": "p4ssword-of-api"},
    "ixc": {"url": "http://127.0.0.1:9", "id_usuario": "7", "token": "t0ken-of-ixc"},
    "sgp": {"url": "http://127.0.0.1:9", "app": "sintonia", "token": "t0ken-of-sgp"},
}  # fmt: skip


def make_cpf(number: int) -> str:
    """Return a valid CPF from a number."""
    root = f"{100_000_000 + number:09d}"
    made = root + "".join(_check_digits([int(digit) for digit in root]))
    return cpf.validate(made)


def _check_digits(root: list[int]) -> Iterator[str]:
    digits = root
    for _ in range(2):
        weighed = sum(weight * digit for weight, digit in zip(range(len(digits) + 1, 1, -1), digits, strict=True))
        digits = [*digits, -weighed % 11 % 10]
        yield str(digits[-1])


def make_integration(**overrides: Any) -> Integration:
    """Make an integration; ``outros`` unless said otherwise."""
    number = next(_numbers)
    gateway = overrides.get("gateway", "outros")
    params = {"url": RECEIVER} if gateway == "outros" else {"api_url": "http://127.0.0.1:9", "token": "a-token"}
    data = {"gateway": gateway, "description": f"Integration {number}", "params": params, **overrides}
    return integrations.create_integration(IntegrationInput(**data))


def make_product(integration: Integration | None = None, **overrides: Any) -> Product:
    """Make a product, on a new integration unless one is given."""
    number = next(_numbers)
    integration = integration or make_integration()
    data = {"code": f"P{number}", "name": f"Product {number}", **overrides}
    return products.add_product(integration.id, ProductInput(**data))


def make_package(integration: Integration | None = None, **overrides: Any) -> Package:
    """Make a package with one new product; ``integration_id=None`` makes one without a platform."""
    number = next(_numbers)
    data: dict[str, Any] = {"description": f"Package {number}", "code": f"PK{number}", "value": Decimal("29.90")}
    if overrides.get("integration_id", 0) is not None and "product_codes" not in overrides:
        product = make_product(integration)
        data |= {"integration_id": product.integration_id, "product_codes": [product.code]}
    elif integration is not None:
        data["integration_id"] = integration.id
    return packages.create_package(PackageInput(**{**data, **overrides}))


def make_plan(*carried: Package, mandatory: bool = False, **overrides: Any) -> Plan:
    """Make a plan that carries these packages."""
    links = [{"package_id": package.id, "mandatory": mandatory} for package in carried]
    data = {"description": f"Plan {next(_numbers)}", "value": Decimal("99.90"), "packages": links, **overrides}
    return plans.create_plan(PlanInput(**data))


def make_customer(code: str | None = None, **overrides: Any) -> Customer:
    """Make a customer with a CPF and an e-mail of their own."""
    number = next(_numbers)
    data = {
        "name": f"Fulana de Tal {number}",
        "document": make_cpf(number),
        "email": f"user{number}@example.com",
        "phone": "11987654321",
        **overrides,
    }
    return customers.upsert_customer(code or str(10_000 + number), CustomerInput(**data))[0]


def make_service(
    customer: Customer | None = None, plan: Plan | None = None, code: str | None = None, **overrides: Any
) -> Service:
    """Make a service that is paid; its plan carries nothing unless one is given."""
    number = next(_numbers)
    customer = customer or make_customer()
    plan = plan or make_plan()
    data = {
        "customer_code": customer.code,
        "plan_id": plan.id,
        "login": f"login{number}",
        "password": f"password{number}",
        **overrides,
    }
    return subscriptions.upsert_service(code or f"S{number}", ServiceInput(**data))[0]


def make_sale(service: Service | None = None, package: Package | None = None, **overrides: Any) -> ServicePackage:
    """Sell a package on a service; both are new unless given."""
    service = service or make_service()
    package = package or make_package()
    return subscriptions.add_sale(service.code, SaleInput(package_id=package.id, **overrides))


def make_source(**overrides: Any) -> Source:
    """Make a source; ``hubsoft`` at an address where nobody answers unless said otherwise."""
    kind = overrides.get("kind", "hubsoft")
    params = ERP_PARAMS.get(kind, {})
    data = {"kind": kind, "description": f"Source {next(_numbers)}", "params": params, **overrides}
    return sources.create_source(SourceInput(**data))
