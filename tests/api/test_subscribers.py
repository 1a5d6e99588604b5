"""The export that a platform pulls: who may watch, no more of a person than that takes."""

import pytest

from tests import factories
from tests.api.conftest import Program
from webapp.extensions import db
from webapp.models import Account, Entitlement, Integration, Package

FIELDS = {"account_id", "document", "login", "state", "products", "updated_at"}


@pytest.fixture
def integration(reader: Program) -> Integration:
    return factories.make_integration(gateway="nx_play")


@pytest.fixture
def package(integration: Integration) -> Package:
    return factories.make_package(integration)


def subscriber(package: Package, desired: str = "active", status: str = "active") -> Account:
    """Sell the package to a new person, and record what the engine would have decided."""
    sale = factories.make_sale(package=package)
    account = db.session.query(Account).filter_by(service_id=sale.service_id).one()
    account.login, account.desired, account.status = f"p{sale.id}@example.com", desired, status
    right = "absent" if desired == "absent" else "active"
    for product in package.products:
        db.session.add(
            Entitlement(account_id=account.id, service_package_id=sale.id, product_id=product.id, desired=right)
        )
    db.session.commit()
    return account


def listed(program: Program, integration: Integration, query: str = "") -> list[dict[str, object]]:
    items: list[dict[str, object]] = program.get(f"/integrations/{integration.id}/subscribers{query}").json["items"]
    return items


def test_e9_subscriber_is_given_out_with_document_products_and_state(
    reader: Program, integration: Integration, package: Package
) -> None:
    account = subscriber(package)
    [item] = listed(reader, integration)
    assert set(item) == FIELDS
    assert item["document"] == account.service.customer.document
    assert (item["state"], item["products"], item["login"]) == (
        "active", [product.code for product in package.products], account.login,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("desired", "status", "state"),
    [
        ("active", "pending", "active"),
        ("suspended", "active", "suspended"),
        ("keep", "suspended", "suspended"),
        ("keep", "cancelled", None),
        ("absent", "active", None),
        ("", "pending", None),
    ],
)
def test_e9_state_is_what_shall_be_and_who_has_no_right_is_not_listed(
    desired: str, status: str, state: str | None, reader: Program, integration: Integration, package: Package
) -> None:
    subscriber(package, desired, status)
    assert [item["state"] for item in listed(reader, integration)] == ([state] if state else [])


def test_e9_export_is_paged_filtered_and_of_one_integration(
    reader: Program, integration: Integration, package: Package
) -> None:
    for desired in ("active", "suspended", "active"):
        subscriber(package, desired)
    subscriber(factories.make_package(factories.make_integration(gateway="nx_play")))
    first = reader.get(f"/integrations/{integration.id}/subscribers?limit=2").json
    second = reader.get(f"/integrations/{integration.id}/subscribers?limit=2&cursor={first['next_cursor']}").json
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [2, 1, None]
    assert len(listed(reader, integration, "?state=suspended")) == 1
    assert reader.get(f"/integrations/{integration.id}/subscribers?state=cancelled").status_code == 422


def test_unknown_integration_is_not_found(reader: Program) -> None:
    assert reader.get("/integrations/99/subscribers").status_code == 404
