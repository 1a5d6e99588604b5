"""The fake NX Play, endpoint by endpoint, with all dials at rest."""

from typing import Any

import pytest

from tests.sandbox.calls import call, create, created, ids, pages, person
from webapp.sandbox.client import Tenant


def test_products_are_listed_with_code_name_description_and_active(nx: Tenant) -> None:
    products = call(nx, "GET", "/products").json()["products"]
    assert {"code": "basico", "name": "PLANO BASICO", "description": "PLANO BASICO", "active": True} in products
    assert {"Plano Full", "2 USUARIOS PREMIUM", "PLANO BASICO TESTE"} < {product["name"] for product in products}


def test_products_set_by_hand_are_what_the_platform_sells(nx: Tenant) -> None:
    nx.set_products([{"code": "novo", "name": "NOVO"}, {"code": "velho", "name": "VELHO", "active": False}])
    assert [product["active"] for product in call(nx, "GET", "/products").json()["products"]] == [True, False]
    assert create(nx, products=["velho"]).status_code == 422
    assert create(nx, products=["novo"]).status_code == 201


def test_create_answers_201_and_keeps_every_field(nx: Tenant) -> None:
    answer = create(nx)
    assert answer.status_code == 201
    shown = {"id": "sub_000001", "external_id": "ref-1", "email": "maria.1@example.com", "status": "active"}
    assert answer.json() == shown
    assert nx.subscriber(external_id="ref-1") == {**person(), **shown}


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": "ç"}])
def test_every_operation_without_the_token_is_401(nx: Tenant, headers: dict[str, Any]) -> None:
    identity = created(nx)
    paths = [
        ("GET", "/products"),
        ("POST", "/subscribers"),
        ("GET", "/subscribers"),
        ("PUT", f"/subscribers/{identity}"),
    ]
    for method, path in [*paths, ("DELETE", f"/subscribers/{identity}"), ("GET", "/nothing")]:
        answer = call(nx, method, path, headers={k: v.encode() for k, v in headers.items()})
        assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert nx.subscriber()["status"] == "active"


def test_create_with_an_email_in_use_is_409_whatever_its_capitals(nx: Tenant) -> None:
    create(nx)
    answer = create(nx, 2, email="MARIA.1@example.com")
    assert (answer.status_code, answer.json()) == (409, {"error": "email_exists"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", None),
        ("password", "12345"),
        ("password", ""),
        ("products", ["unheard-of"]),
        ("products", "basico"),
        ("products", [{"code": "basico"}]),
        ("noggin", "false"),
        ("paramount", None),
        ("external_id", ""),
    ],
)
def test_create_with_a_bad_value_is_422_and_names_the_field(nx: Tenant, field: str, value: Any) -> None:
    answer = create(nx, **{field: value})
    assert answer.status_code == 422
    assert (answer.json()["error"], answer.json()["field"]) == ("invalid", field)
    assert answer.json()["message"]
    assert nx.subscribers() == []


@pytest.mark.parametrize("data", [b"{", b"[1]", b"\xff"])
def test_a_body_that_is_no_json_object_is_422(nx: Tenant, data: bytes) -> None:
    assert call(nx, "POST", "/subscribers", data=data).status_code == 422
    assert call(nx, "PUT", f"/subscribers/{created(nx)}", data=data).status_code == 422


def test_update_changes_what_is_given_and_nothing_else(nx: Tenant) -> None:
    identity = created(nx)
    before = nx.subscriber()
    answer = call(nx, "PUT", f"/subscribers/{identity}", json={"password": "novasenha", "noggin": False})
    assert (answer.status_code, answer.json()["noggin"]) == (200, False)
    assert "password" not in answer.json()
    assert nx.subscriber() == {**before, "password": "novasenha", "noggin": False}


def test_update_leaves_the_email_alone(nx: Tenant) -> None:
    call(nx, "PUT", f"/subscribers/{created(nx)}", json={"email": "other@example.com"})
    assert nx.subscriber()["email"] == "maria.1@example.com"


def test_update_with_a_bad_value_is_422_and_changes_nothing(nx: Tenant) -> None:
    identity = created(nx)
    answer = call(nx, "PUT", f"/subscribers/{identity}", json={"name": "Ana", "password": "123"})
    assert (answer.status_code, answer.json()["field"]) == (422, "password")
    assert nx.subscriber()["name"] == person()["name"]


def test_suspend_and_enable_change_the_status_once(nx: Tenant) -> None:
    identity = created(nx)
    for verb, status in [
        ("suspend", "suspended"),
        ("suspend", "suspended"),
        ("enable", "active"),
        ("enable", "active"),
    ]:
        answer = call(nx, "POST", f"/subscribers/{identity}/{verb}")
        assert (answer.status_code, answer.json()) == (200, {"id": identity, "status": status})
        assert nx.subscriber()["status"] == status
    assert (nx.calls("suspend"), nx.effects("suspended"), nx.effects("enabled")) == (2, 1, 1)


def test_cancel_ends_the_account_and_frees_its_email(nx: Tenant) -> None:
    identity = created(nx)
    answer = call(nx, "DELETE", f"/subscribers/{identity}")
    assert (answer.status_code, answer.json()) == (200, {"id": identity, "status": "cancelled"})
    assert nx.live() == {}
    assert create(nx).json()["id"] == "sub_000002"


@pytest.mark.parametrize(("method", "end"), [("PUT", ""), ("DELETE", ""), ("POST", "/suspend"), ("POST", "/enable")])
def test_an_unknown_or_cancelled_subscriber_is_404(nx: Tenant, method: str, end: str) -> None:
    identity = created(nx)
    call(nx, "DELETE", f"/subscribers/{identity}")
    for wanted in (identity, "sub_999999"):
        answer = call(nx, method, f"/subscribers/{wanted}{end}", json={})
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PATCH", "/subscribers"), ("POST", "/products")])
def test_an_unknown_path_is_404(nx: Tenant, method: str, path: str) -> None:
    assert call(nx, method, path).status_code == 404


def test_look_up_finds_by_external_id_and_by_email_and_by_both(nx: Tenant) -> None:
    first, second = created(nx, 1), created(nx, 2)
    assert ids(call(nx, "GET", "/subscribers?external_id=ref-1")) == [first]
    assert ids(call(nx, "GET", "/subscribers?email=Maria.2%40example.com")) == [second]
    nothing = call(nx, "GET", "/subscribers?external_id=ref-1&email=maria.2@example.com").json()
    assert nothing == {"subscribers": [], "total": 0}


def test_look_up_shows_state_and_products_but_no_password_and_no_cancelled_one(nx: Tenant) -> None:
    identity = created(nx)
    call(nx, "POST", f"/subscribers/{identity}/suspend")
    [row] = call(nx, "GET", "/subscribers?external_id=ref-1").json()["subscribers"]
    assert row["status"] == "suspended"
    assert row.keys() == {"id", "external_id", "email", "status", "products", "noggin", "paramount"}
    call(nx, "DELETE", f"/subscribers/{identity}")
    assert call(nx, "GET", "/subscribers?external_id=ref-1").json()["total"] == 0


def test_listing_is_paged_in_order_of_making_and_states_the_total(nx: Tenant) -> None:
    nx.add_foreign(5)
    read = pages(nx, 2, 4)
    assert [len(ids(page)) for page in read] == [2, 2, 1, 0]
    assert [page.json()["page"] for page in read] == [1, 2, 3, 4]
    assert {page.json()["total"] for page in read} == {5}
    assert sum((ids(page) for page in read), []) == [row["id"] for row in nx.subscribers()]


def test_listing_gives_at_most_500_a_page(nx: Tenant) -> None:
    nx.add_foreign(501)
    assert len(ids(call(nx, "GET", "/subscribers"))) == 500
    assert len(ids(call(nx, "GET", "/subscribers?page=1&per_page=1000"))) == 500


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=1&per_page=-1"])
def test_listing_with_a_bad_page_is_422(nx: Tenant, query: str) -> None:
    assert call(nx, "GET", f"/subscribers?{query}").status_code == 422


def test_tenants_know_nothing_of_each_other(nx: Tenant, hook: Tenant) -> None:
    create(nx)
    nx.set_dials(token="mine")
    assert hook.subscribers() == []
    assert call(hook, "GET", "/products").status_code == 200
