"""When a listing may be trusted, and when it proves nothing."""

import pytest

from tests.gateways.fake_nx import TOKEN, reply, running
from webapp.gateways.contract import RemoteState, Secret
from webapp.gateways.errors import ContractBroken, GatewayError
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe
from webapp.gateways.registry import BUNDLED

# Two on a page make page faults cheap to play.
NX = RecipeGateway(read_recipe((BUNDLED / "nx_play.toml").read_text("utf-8").replace("size = 500", "size = 2")))


@pytest.fixture
def nx():
    fake, server = running()
    with server:
        fake.url = server.url
        for number in range(5):
            fake.add(external_id=f"ref-{number}", email=f"p{number}@example.com", status="active")
        yield fake


@pytest.fixture
def conn(connect, nx):
    return connect({"api_url": nx.url, "token": Secret(TOKEN)})


def rows(*numbers):
    return [{"id": str(n), "external_id": f"r{n}", "email": f"p{n}@example.com", "status": "active"} for n in numbers]


def pages(nx, *bodies):
    """Answer page after page; an int is a status, bytes are sent as they are."""
    left = list(bodies)

    def answer(method, path):
        body = left.pop(0)
        return body if isinstance(body, bytes) else reply(body, {}) if isinstance(body, int) else reply(200, body)

    nx.override = answer


def read(conn):
    listing = NX.list(conn)
    return listing, list(listing)


def test_whole_listing_is_complete(conn, nx):
    nx.subscribers["88"]["status"] = "suspended"
    nx.subscribers["89"]["status"] = "paused"
    listing, accounts = read(conn)
    assert (listing.complete, listing.reason, listing.pages, listing.stated_total) == (True, "", 3, 5)
    assert [account.reference for account in accounts] == [f"ref-{n}" for n in range(5)]
    assert [account.state for account in accounts[:3]] == [
        RemoteState.SUSPENDED, RemoteState.UNKNOWN, RemoteState.ACTIVE,
    ]  # fmt: skip


def test_full_last_page_needs_no_further_call(conn, nx):
    del nx.subscribers["92"]
    listing, accounts = read(conn)
    assert (listing.complete, listing.pages, len(accounts)) == (True, 2, 4)


def test_empty_listing_is_read_to_its_end(conn, nx):
    nx.subscribers.clear()
    listing, accounts = read(conn)
    assert (listing.complete, accounts, listing.stated_total) == (True, [], 0)


def test_listing_that_was_not_read_is_not_complete(conn):
    listing = NX.list(conn)
    assert (listing.complete, listing.reason) == (False, "listing_not_read")


@pytest.mark.parametrize("first", [500, 401, 429, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"])
def test_fault_on_the_first_page_is_raised(conn, nx, first):
    pages(nx, first)
    with pytest.raises(GatewayError):
        read(conn)


@pytest.mark.parametrize(
    "data", [{}, {"subscribers": {}, "total": 0}, {"subscribers": ["x"], "total": 1}, {"subscribers": []}]
)
def test_strange_first_page_breaks_the_contract(conn, nx, data):
    pages(nx, data)
    with pytest.raises(ContractBroken):
        read(conn)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (500, "server_error"),
        (401, "credentials_refused"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "answer_html"),
        ({"subscribers": rows(1, 2), "total": 5}, "listing_page_repeated"),
        ({"subscribers": [], "total": 5}, "listing_count_differs"),
        ({"subscribers": rows(3), "total": 3}, "listing_changed_meanwhile"),
        ({"subscribers": rows(3)}, "listing_total_missing"),
        ({"subscribers": None, "total": 5}, "answer_items_missing"),
    ],
)
def test_fault_on_a_later_page_keeps_what_was_read_and_proves_nothing(conn, nx, second, reason):
    pages(nx, {"subscribers": rows(1, 2), "total": 5}, second)
    listing, accounts = read(conn)
    assert (listing.complete, listing.reason) == (False, reason)
    assert len(accounts) >= 2


def test_account_listed_twice_spoils_the_proof_but_not_the_reading(conn, nx):
    pages(nx, {"subscribers": rows(1, 2), "total": 5}, {"subscribers": rows(2, 3), "total": 5},
          {"subscribers": rows(4), "total": 5})  # fmt: skip
    listing, accounts = read(conn)
    assert (listing.complete, listing.reason, len(accounts)) == (False, "listing_overlap", 5)


def test_account_without_any_mark_spoils_the_proof(conn, nx):
    pages(nx, {"subscribers": [{"status": "active"}], "total": 1})
    listing, _ = read(conn)
    assert listing.reason == "listing_unreadable_item"


def test_platform_that_gives_smaller_pages_than_asked_is_read_to_its_total(conn, nx):
    pages(nx, {"subscribers": rows(1), "total": 3}, {"subscribers": rows(2, 3), "total": 3})
    listing, accounts = read(conn)
    assert (listing.complete, listing.pages, len(accounts)) == (True, 2, 3)


def test_platform_that_ends_before_its_own_total_is_noticed(conn, nx):
    pages(nx, {"subscribers": rows(1), "total": 5}, {"subscribers": [], "total": 5})
    assert read(conn)[0].reason == "listing_count_differs"
