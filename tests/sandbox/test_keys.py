"""Idempotency keys, and the three kinds of platform by what they can do about a doubt."""

import time

import pytest
import requests

from tests.sandbox.calls import call, create, created
from webapp.sandbox.client import Tenant


def test_a_repeated_key_gets_the_first_answer_and_makes_nothing(nx: Tenant) -> None:
    first, again = create(nx, key="k1"), create(nx, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert [line["effect"] for line in nx.ledger(operation="create")] == ["created", None]
    assert nx.ledger(replayed=True)[0]["key"] == "k1"


def test_a_key_after_its_life_is_a_new_request(nx: Tenant) -> None:
    nx.set_dials(key_ttl_s=0.05, unique_email=False)
    create(nx, key="k1")
    time.sleep(0.06)
    create(nx, key="k1")
    assert nx.doubles() == {"ref-1": ["sub_000001", "sub_000002"]}


def test_a_refused_request_under_a_key_may_be_mended(nx: Tenant) -> None:
    assert create(nx, key="k1", password="1").status_code == 422
    assert create(nx, key="k1").status_code == 201


def test_a_platform_that_ignores_keys_makes_two(nx: Tenant) -> None:
    nx.set_dials(honours_key=False, unique_email=False)
    assert create(nx, key="k1").json()["id"] != create(nx, key="k1").json()["id"]
    assert len(nx.live()["ref-1"]) == 2


def test_a_platform_that_keeps_errors_repeats_the_500_for_the_key_for_ever(nx: Tenant) -> None:
    nx.set_dials(key_keeps_errors=True, status=500, fail_next=1, when="after", key_ttl_s=0)
    assert [create(nx, key="k1").status_code for _ in range(3)] == [500, 500, 500]
    assert create(nx, 2, key="k2").status_code == 201
    assert nx.effects("created") == 2


def test_a_create_that_timed_out_is_answered_by_its_key(nx: Tenant) -> None:
    nx.set_dials(latency_after_effect_ms=1500, fail_next=1)
    with pytest.raises(requests.Timeout):
        call(
            nx,
            "POST",
            "/subscribers",
            json={"external_id": "r", "email": "r@example.com", "password": "123456"},
            headers={"Idempotency-Key": "k"},
            timeout=1,
        )
    assert nx.effects("created") == 1
    again = create(nx, external_id="r", email="r@example.com", key="k")
    assert (again.status_code, nx.effects("created")) == (201, 1)


def test_a_platform_without_look_up_says_so_and_still_lists(nx: Tenant) -> None:
    created(nx)
    nx.set_dials(lookup=False)
    assert call(nx, "GET", "/subscribers?external_id=ref-1").status_code == 501
    assert call(nx, "GET", "/subscribers?email=maria.1@example.com").status_code == 501
    assert call(nx, "GET", "/subscribers?page=1").status_code == 200


@pytest.mark.parametrize(
    ("platform", "makes", "finds", "lists"), [("key", 1, 200, 200), ("lookup", 2, 200, 200), ("blind", 2, 501, 501)]
)
def test_each_kind_of_platform_can_do_what_its_name_says(
    nx: Tenant, platform: str, makes: int, finds: int, lists: int
) -> None:
    nx.play(platform)
    create(nx, key="k1")
    create(nx, key="k1")
    assert len(nx.live()["ref-1"]) == makes
    assert call(nx, "GET", "/subscribers?external_id=ref-1").status_code == finds
    assert call(nx, "GET", "/subscribers?page=1").status_code == lists


def test_capacity_refuses_one_more_until_one_is_cancelled(nx: Tenant) -> None:
    nx.set_dials(capacity=1)
    identity = created(nx, 1)
    answer = create(nx, 2)
    assert (answer.status_code, answer.json()) == (402, {"error": "no_licences"})
    call(nx, "DELETE", f"/subscribers/{identity}")
    assert create(nx, 2).status_code == 201
