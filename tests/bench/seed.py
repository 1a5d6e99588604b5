"""A made-up provider of any size, put into the database directly: a bench measures other things than imports."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from webapp import clock
from webapp.demo.people import Person, make_people
from webapp.extensions import db
from webapp.models import Account, Customer, Entitlement, Service, ServicePackage
from webapp.services.documents import fold
from webapp.services.inputs import (
    CompositionInput,
    IntegrationInput,
    PackageInput,
    PlanInput,
    PlanPackageInput,
)
from webapp.services.integrations import create_integration
from webapp.services.packages import create_package
from webapp.services.plans import create_plan
from webapp.services.products import sync_products

BATCH = 5_000
VALUE = Decimal("9.90")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Shop:
    """Ids of one integration and of what is sold on it."""

    integration_id: int
    product_id: int
    package_id: int
    plan_id: int


def open_shop(name: str, gateway: str, params: dict[str, str], code: str, concurrency: int) -> Shop:
    """Make an integration with one package on one plan."""
    data = IntegrationInput(gateway=gateway, description=name, params=params, concurrency=concurrency)
    integration = create_integration(data)
    sync_products(integration.id)
    package = create_package(
        PackageInput(
            description=name, value=VALUE, composition=[CompositionInput(description=name, value=VALUE)],
            integration_id=integration.id, product_codes=[code],
        )
    )  # fmt: skip
    plan = create_plan(
        PlanInput(description=name, value=VALUE, packages=[PlanPackageInput(package_id=package.id, mandatory=True)])
    )
    shop = Shop(integration.id, package.products[0].id, package.id, plan.id)
    # Reading began a transaction, and outside of a request that takes the write lock.
    db.session.rollback()
    return shop


def add_customers(shop: Shop, count: int, first: int, *, due: bool) -> None:
    """Add customers, each with a service, the package and an account.

    Args:
        first: id of the first customer; ids go on from there, and are the same for all that belongs together.
        due: True = the accounts wait to be created; False = they have long been active.
    """
    people = make_people(count, seed=first)
    with db.engine.begin() as connection:
        for start in range(0, count, BATCH):
            numbered = list(enumerate(people[start : start + BATCH], first + start))
            for table, rows in _tables(shop, numbered, due):
                connection.execute(insert(table), rows)


def _tables(shop: Shop, people: list[tuple[int, Person]], due: bool) -> Iterator[tuple[Any, Rows]]:
    yield Customer, [_customer(number, person) for number, person in people]
    yield Service, [
        {
            "id": number, "code": f"S{number}", "customer_id": number, "plan_id": shop.plan_id,
            "status": "servico_habilitado", "login": f"login{number}", "version": 1,
        }
        for number, _ in people
    ]  # fmt: skip
    yield (
        ServicePackage,
        [
            {"id": number, "service_id": number, "package_id": shop.package_id, "value": VALUE, "version": 1}
            for number, _ in people
        ],
    )
    yield Account, [_account(shop, number, due) for number, _ in people]
    if not due:
        yield Entitlement, [
            {
                "id": number, "account_id": number, "service_package_id": number, "product_id": shop.product_id,
                "desired": "active", "applied": "active",
            }
            for number, _ in people
        ]  # fmt: skip


def _customer(number: int, person: Person) -> dict[str, Any]:
    return {
        "id": number, "code": str(number), "name": person.name, "name_folded": fold(person.name),
        "document": person.document, "email": f"{number}.{person.email}", "phone": person.phone, "version": 1,
    }  # fmt: skip


def _account(shop: Shop, number: int, due: bool) -> dict[str, Any]:
    row = {"id": number, "service_id": number, "integration_id": shop.integration_id, "priority": 5}
    if due:
        return {**row, "due_at": clock.utc_now(), "status": "pending"}
    done = {"status": "active", "desired": "active", "applied_generation": 1, "login": f"login{number}"}
    return {**row, **done, "login_key": f"login{number}"}
