"""The dials that spoil what the platform shows of its subscribers."""

import time

import pytest

from tests.sandbox.calls import call, create, created, ids, pages
from webapp.sandbox.client import Tenant

# Longer than a busy machine takes for two calls.
LAG_S = 2.0
ALL = [f"sub_{number:06d}" for number in range(1, 7)]


@pytest.fixture
def six(nx: Tenant) -> Tenant:
    """Six subscribers: three pages of two."""
    nx.add_foreign(6)
    return nx


@pytest.mark.parametrize(
    ("dials", "shown"),
    [
        ({"list_fault": "half_page"}, [ALL[:1], ALL[2:4], ALL[4:], []]),
        ({"list_fault": "half_page", "list_page": 2}, [ALL[:2], ALL[2:3], ALL[4:], []]),
        ({"list_fault": "drop_page", "list_page": 2}, [ALL[:2], ALL[4:], [], []]),
        ({"list_fault": "repeat_page"}, [ALL[:2], ALL[:2], ALL[:2], ALL[:2]]),
        ({"list_fault": "repeat_page", "list_page": 2}, [ALL[:2], ALL[2:4], ALL[2:4], ALL[2:4]]),
        ({"list_fault": "empty", "list_page": 2}, [ALL[:2], [], ALL[4:], []]),
        ({"list_fault": "wrong_total"}, [ALL[:2], ALL[2:4], ALL[4:], []]),
    ],
)
def test_a_list_fault_shows_these_rows(six: Tenant, dials: dict[str, object], shown: list[list[str]]) -> None:
    six.set_dials(**dials)
    assert [ids(page) for page in pages(six, 2, 4)] == shown


@pytest.mark.parametrize("kind", ["half_page", "drop_page", "repeat_page"])
def test_a_list_fault_about_rows_leaves_the_total_true(six: Tenant, kind: str) -> None:
    six.set_dials(list_fault=kind)
    assert call(six, "GET", "/subscribers?page=1&per_page=2").json()["total"] == 6


def test_an_empty_listing_says_that_there_is_nobody(six: Tenant) -> None:
    six.set_dials(list_fault="empty")
    assert call(six, "GET", "/subscribers").json() == {"subscribers": [], "page": 1, "total": 0}


def test_a_wrong_total_is_off_by_the_offset(six: Tenant) -> None:
    six.set_dials(list_fault="wrong_total", total_offset=-2)
    assert call(six, "GET", "/subscribers").json()["total"] == 4


def test_a_missing_total_is_not_there(six: Tenant) -> None:
    six.set_dials(list_fault="missing_total")
    assert call(six, "GET", "/subscribers").json().keys() == {"subscribers", "page"}


def test_an_html_page_comes_as_200_on_the_page_named(six: Tenant) -> None:
    six.set_dials(list_fault="html", list_page=2)
    first, second, third = pages(six, 2, 3)
    assert (second.status_code, second.content[:15]) == (200, b"<!doctype html>")
    assert ids(first) + ids(third) == ALL[:2] + ALL[4:]


def test_an_error_comes_on_every_page_or_on_the_page_named(six: Tenant) -> None:
    six.set_dials(list_fault="error")
    assert [page.status_code for page in pages(six, 2, 2)] == [500, 500]
    six.set_dials(list_page=2)
    assert [page.status_code for page in pages(six, 2, 3)] == [200, 500, 200]
    assert six.ledger(operation="list", page=2)[-1]["dials"] == ["list_fault=error", "status=500"]


def test_list_faults_leave_look_ups_alone(six: Tenant) -> None:
    six.set_dials(list_fault="empty")
    assert ids(call(six, "GET", "/subscribers?external_id=foreign-1")) == ALL[:1]


def test_a_new_subscriber_shows_only_after_the_lag(nx: Tenant) -> None:
    nx.set_dials(lag_s=60)
    created(nx)
    assert ids(call(nx, "GET", "/subscribers?external_id=ref-1")) == []
    assert call(nx, "GET", "/subscribers").json()["total"] == 0
    assert create(nx).status_code == 409
    nx.set_dials(lag_s=0.05)
    time.sleep(0.06)
    assert len(ids(call(nx, "GET", "/subscribers?external_id=ref-1"))) == 1
    assert call(nx, "GET", "/subscribers").json()["total"] == 1


def test_a_change_shows_as_it_was_before_until_the_lag_is_over(nx: Tenant) -> None:
    identity = created(nx)
    time.sleep(LAG_S)
    nx.set_dials(lag_s=LAG_S)
    call(nx, "POST", f"/subscribers/{identity}/suspend")
    assert call(nx, "GET", "/subscribers").json()["subscribers"][0]["status"] == "active"
    assert nx.subscriber()["status"] == "suspended"
    time.sleep(LAG_S)
    assert call(nx, "GET", "/subscribers").json()["subscribers"][0]["status"] == "suspended"


def test_cancelled_subscribers_show_only_where_the_platform_shows_them(nx: Tenant) -> None:
    call(nx, "DELETE", f"/subscribers/{created(nx)}")
    assert call(nx, "GET", "/subscribers").json()["total"] == 0
    nx.set_dials(show_cancelled=True)
    assert call(nx, "GET", "/subscribers").json()["subscribers"][0]["status"] == "cancelled"
    assert call(nx, "GET", "/subscribers?external_id=ref-1").json()["total"] == 1
