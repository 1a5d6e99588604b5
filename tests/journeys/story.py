"""The main job as its users tell it, for any gateway."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.jobs.drain import converge
from webapp.models import Account, Integration, Package, Plan, Service
from webapp.services import customers, integrations, packages, plans, products, subscriptions
from webapp.services.inputs import (
    CompositionInput,
    CustomerInput,
    IntegrationInput,
    PackageInput,
    PlanInput,
    PlanPackageInput,
    SaleInput,
    ServiceInput,
)

MARIA = CustomerInput(name="Maria da Conceição", document="52998224725", email="maria@example.com", phone="11987654321")


@dataclass(frozen=True)
class Shop:
    """A provider that is ready to sell: one mandatory and one optional package on a plan."""

    integration: Integration
    mandatory: Package
    optional: Package
    plan: Plan


def open_shop(gateway: str, params: dict[str, str], codes: tuple[str, str], **switches: Any) -> Shop:
    """Configure, test, synchronise, make packages and a plan."""
    data = IntegrationInput(gateway=gateway, description=f"{gateway} of the story", params=params, **switches)
    integration = integrations.create_integration(data)
    steps = integrations.test_integration(integration.id)
    assert all(step.ok for step in steps), [step for step in steps if not step.ok]
    products.sync_products(integration.id)
    mandatory = make_package("1 APP PREMIUM", "30.00", integration, codes[0])
    optional = make_package("1 APP STANDARD", "10.00", integration, codes[1])
    links = [
        PlanPackageInput(package_id=mandatory.id, mandatory=True, params={"usuario": "codigo_cliente"}),
        PlanPackageInput(package_id=optional.id),
    ]
    plan = plans.create_plan(PlanInput(description=f"Fibra {gateway}", value=Decimal("99.90"), packages=links))
    return Shop(integration, mandatory, optional, plan)


def make_package(description: str, value: str, integration: Integration, code: str) -> Package:
    line = CompositionInput(description="SVA", kind="sva", value=Decimal(value))
    return packages.create_package(
        PackageInput(
            description=f"{description} {integration.id}", value=Decimal(value), composition=[line],
            integration_id=integration.id, product_codes=[code],
        )
    )  # fmt: skip


def sell_to_maria(shop: Shop, chosen: list[SaleInput] | None = None) -> Service:
    """Customer 1234 gets the service; optional packages are taken off unless chosen."""
    customers.upsert_customer("1234", MARIA)
    data = ServiceInput(
        customer_code="1234", plan_id=shop.plan.id, login="maria.login", password="pppoe-1", packages=chosen or []
    )
    service, _ = subscriptions.upsert_service("S1234", data)
    settle()
    return service


def settle() -> None:
    """Let the engine do all that is due."""
    assert converge(until_idle=True, patience_s=5) == 0


def the_account(service: Service) -> Account:
    account = Account.query.filter_by(service_id=service.id).one()
    account.query.session.refresh(account)
    return account
