"""Seats, costs and terms for programs."""

from decimal import Decimal

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.services.test_leaks import price, sell, turn
from webapp.extensions import db
from webapp.models import Product, ProductCost, Seat
from webapp.services.tokens import create_token

API = "/api/v1"


@pytest.fixture
def product(app: APIFlask) -> Product:
    return factories.make_product(factories.make_integration(), code="full")


@pytest.fixture
def headers(app: APIFlask) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token('erp', 'admin')[1]}"}


def test_cost_is_recorded_listed_and_removed(client: FlaskClient, product: Product, headers: dict[str, str]) -> None:
    place = f"{API}/integrations/{product.integration_id}/costs"
    body = {"product_id": product.id, "from_on": "2026-03-01", "value": "9.90"}
    made = client.post(place, json=body, headers=headers)
    assert (made.status_code, made.json) == (200, {**body, "id": made.json["id"]})
    assert client.get(place, headers=headers).json["items"] == [made.json]
    assert client.post(place, json={**body, "product_id": 99}, headers=headers).status_code == 422
    assert client.delete(f"{place}/{made.json['id']}", headers=headers).status_code == 204
    assert db.session.scalars(select(ProductCost)).all() == []


def test_terms_are_read_and_replaced(client: FlaskClient, product: Product, headers: dict[str, str]) -> None:
    place = f"{API}/integrations/{product.integration_id}/terms"
    assert client.get(place, headers=headers).json["basis"] == "any_day"
    body = {"basis": "on_day", "suspended_counts": False, "pending_counts": True}
    answer = client.put(place, json=body, headers=headers)
    assert answer.json == {**body, "integration_id": product.integration_id}
    stale = client.put(place, json=body, headers={**headers, "If-Match": '"other"'})
    assert stale.status_code == 412
    assert client.put(place, json={"basis": "weekly"}, headers=headers).status_code == 422


def test_ledger_is_listed_by_platform_account_and_whether_it_lasts(
    client: FlaskClient, product: Product, headers: dict[str, str]
) -> None:
    sell(product)
    seat = db.session.scalars(select(Seat)).one()
    for query, found in (("", 1), (f"?account_id={seat.account_id}&open=true", 1), ("?open=false", 0),
                         (f"?integration_id={product.integration_id + 1}", 0)):  # fmt: skip
        assert len(client.get(f"{API}/seats{query}", headers=headers).json["items"]) == found
    (shown,) = client.get(f"{API}/seats", headers=headers).json["items"]
    assert (shown["state"], shown["began_by"], shown["ended_at"], shown["proof"]) == ("active", "sold", None, None)


def test_what_leaks_and_what_is_left_are_told(client: FlaskClient, product: Product, headers: dict[str, str]) -> None:
    price(product, "9.90")
    turn(sell(product), desired="absent", applied="active")
    (platform,) = client.get(f"{API}/seats/leaks", headers=headers).json["items"]
    assert platform["not_sold"] == {"count": 1, "value": "9.90", "without_cost": 0}
    assert platform["products"][0]["product_id"] == product.id
    assert client.get(f"{API}/seats/leaks?days=x", headers=headers).status_code == 422
    left = client.get(f"{API}/seats/balances", headers=headers).json
    assert Decimal(left["whole"]["left"]) == Decimal("29.90") - Decimal("9.90")
    assert len(left["trend"]) == 12


def test_program_that_only_reads_may_not_change_costs(client: FlaskClient, product: Product) -> None:
    reader = {"Authorization": f"Bearer {create_token('panel', 'read')[1]}"}
    place = f"{API}/integrations/{product.integration_id}"
    body = {"product_id": product.id, "from_on": "2026-03-01", "value": "9.90"}
    assert client.post(f"{place}/costs", json=body, headers=reader).status_code == 403
    assert client.put(f"{place}/terms", json={}, headers=reader).status_code == 403
    assert client.get(f"{place}/terms", headers=reader).status_code == 200
