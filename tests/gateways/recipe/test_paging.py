"""Each way in which platforms count pages, and what is concluded from how they end."""

from contextlib import contextmanager

import pytest

from tests.gateways.people import NOW
from tests.gateways.recipe.lists import Lists, gateway, people, person
from webapp.gateways.contract import RemoteState, Unit
from webapp.gateways.errors import ContractBroken, Unsupported

LIST = """
[operations.list]
url = "{{ params.url }}/people"
query = { %s }
items = "body.items"
%s
pager = { %s }
"""
TOTAL = 'total = "body.total"'


def lister(query, pager, more=""):
    return gateway(LIST % (query, more, pager))


@contextmanager
def playing(connect, play):
    with Lists(play) as platform:
        yield platform, connect({"url": platform.url})


def read(gate, conn, since=None):
    listing = gate.list(conn, since)
    accounts = list(listing)
    return listing, [int(account.remote_ids["id"]) for account in accounts]


def pages_of(size, count, first=1, **more):
    """Answer ``count`` people by a page number that begins at ``first``."""

    def play(asked):
        start = (int(asked.query["page"]) - first) * size
        return {"items": people(start, min(start + size, count)), **more}

    return play


BY_PAGE = 'page = "{{ page.number }}", size = "{{ page.size }}"'


@pytest.mark.parametrize("first", [0, 1])
def test_e3_pages_are_counted_from_zero_or_from_one(connect, first):
    with playing(connect, pages_of(3, 7, first)) as (platform, conn):
        listing, found = read(lister(BY_PAGE, f'kind = "page", start = {first}, size = 3'), conn)
    assert (listing.complete, found) == (True, list(range(7)))
    assert [asked.query["page"] for asked in platform.asked] == [str(first + number) for number in range(3)]


def test_e3_offset_goes_on_by_the_number_read(connect):
    def play(asked):
        start = int(asked.query["offset"])
        # Fewer than were asked for: the server has a limit of its own.
        return {"items": people(start, min(start + 2, 5)), "total": 5}

    with playing(connect, play) as (platform, conn):
        listing, found = read(lister('offset = "{{ page.offset }}"', 'kind = "offset", size = 100', TOTAL), conn)
    assert (listing.complete, found, listing.pages) == (True, [0, 1, 2, 3, 4], 3)
    assert [asked.query["offset"] for asked in platform.asked] == ["0", "2", "4"]


def test_e3_offset_can_begin_at_one(connect):
    def play(asked):
        start = int(asked.query["startIndex"])
        return {"items": people(start, min(start + 2, 4))}

    words = lister('startIndex = "{{ page.offset }}"', 'kind = "offset", start = 1, size = 2')
    with playing(connect, play) as (platform, conn):
        assert read(words, conn)[1] == [1, 2, 3]
    assert [asked.query["startIndex"] for asked in platform.asked] == ["1", "3"]


def test_e3_cursor_is_followed_until_there_is_none(connect):
    following = {"": "a/b+c", "a/b+c": "z", "z": None}
    order = list(following)

    def play(asked):
        at = asked.query.get("after", "")
        return {"items": [person(order.index(at))], "next": following[at]}

    words = lister('after = "{{ page.cursor }}"', 'kind = "cursor", next = "body.next"')
    with playing(connect, play) as (_, conn):
        listing, found = read(words, conn)
    assert (listing.complete, found) == (True, [0, 1, 2])


def test_e3_cursor_that_comes_back_proves_nothing(connect):
    def play(asked):
        return {"items": [person(len(asked.query.get("after", "")))], "next": "x"}

    words = lister('after = "{{ page.cursor }}"', 'kind = "cursor", next = "body.next"')
    with playing(connect, play) as (platform, conn):
        listing, found = read(words, conn)
    assert (listing.complete, listing.reason, found) == (False, "listing_cursor_repeated", [0, 1])
    assert len(platform.asked) == 2


def test_cursor_that_is_no_text_breaks_the_contract_and_keeps_what_was_read(connect):
    words = lister('after = "{{ page.cursor }}"', 'kind = "cursor", next = "body.next"')
    with playing(connect, lambda asked: {"items": people(0, 2), "next": {"page": 2}}) as (_, conn):
        listing, found = read(words, conn)
    assert (listing.complete, listing.reason, found) == (False, "listing_cursor_unreadable", [0, 1])


def test_e3_last_page_index_ends_the_listing(connect):
    with playing(connect, pages_of(2, 4, 0, meta={"last": 1})) as (platform, conn):
        listing, found = read(lister(BY_PAGE, 'kind = "last_page", start = 0, size = 2, last = "body.meta.last"'), conn)
    assert (listing.complete, found, len(platform.asked)) == (True, [0, 1, 2, 3], 2)


def test_last_page_that_is_not_named_is_not_guessed(connect):
    with playing(connect, pages_of(2, 4)) as (_, conn):
        listing, _ = read(lister(BY_PAGE, 'kind = "last_page", size = 2, last = "body.meta.last"'), conn)
    assert (listing.complete, listing.reason) == (False, "listing_last_page_missing")


def test_bare_list_is_one_answer(connect):
    words = gateway('[operations.list]\nurl = "{{ params.url }}/people"\nitems = "body"\n')
    with playing(connect, lambda asked: people(0, 300)) as (platform, conn):
        listing, found = read(words, conn)
    assert (listing.complete, len(found), len(platform.asked)) == (True, 300, 1)


@pytest.mark.parametrize(
    ("total", "complete", "reason"),
    [(None, False, "listing_page_repeated"), (3, True, ""), (4, False, "listing_page_repeated")],
)
def test_e3_platform_that_ignores_paging_counts_only_when_its_total_agrees(connect, total, complete, reason):
    answer = {"items": people(0, 3), **({} if total is None else {"total": total})}
    words = lister(BY_PAGE, 'size = 3, until = "empty"', TOTAL if total is not None else "")
    with playing(connect, lambda asked: answer) as (_, conn):
        listing, found = read(words, conn)
    assert (listing.complete, listing.reason, found) == (complete, reason, [0, 1, 2])


def test_e3_short_pages_go_on_until_an_empty_one_where_the_recipe_says_so(connect):
    ragged = {"1": people(0, 3), "2": people(3, 4), "3": people(4, 6), "4": []}
    with playing(connect, lambda asked: {"items": ragged[asked.query["page"]]}) as (_, conn):
        listing, found = read(lister(BY_PAGE, 'size = 3, until = "empty"'), conn)
    assert (listing.complete, found, listing.pages) == (True, list(range(6)), 4)


def test_pages_are_asked_for_at_the_pace_that_the_platform_wants(connect):
    slept = []
    with playing(connect, pages_of(2, 5)) as (_, conn):
        conn.sleep = slept.append
        read(lister(BY_PAGE, "size = 2, pause_s = 1.5"), conn)
    assert slept == [1.5, 1.5]


def test_e4_listing_that_never_ends_is_cut_and_proves_nothing(connect):
    with playing(connect, pages_of(2, 1000)) as (platform, conn):
        listing, found = read(lister(BY_PAGE, "size = 2, max_pages = 3"), conn)
    assert (listing.complete, listing.reason, len(found)) == (False, "listing_too_long", 6)
    assert len(platform.asked) == 3


def test_e4_page_that_fails_later_keeps_what_was_read(connect):
    def play(asked):
        return (500, {}) if asked.query["page"] == "2" else {"items": people(0, 2)}

    with playing(connect, play) as (_, conn):
        listing, found = read(lister(BY_PAGE, "size = 2"), conn)
    assert (listing.complete, listing.reason, found) == (False, "server_error", [0, 1])


def test_e2_listing_says_which_states_it_shows(connect):
    words = lister("", 'kind = "none"', 'covers = ["active", "suspended"]')
    with playing(connect, lambda asked: {"items": []}) as (_, conn):
        assert read(words, conn)[0].covers == {RemoteState.ACTIVE, RemoteState.SUSPENDED}
        assert read(lister("", 'kind = "none"'), conn)[0].covers == frozenset(RemoteState)


CHANGES = """
[operations.list_changes]
url = "{{ params.url }}/changes"
query = { since = '{{ since | date("%Y-%m-%dT%H:%M:%SZ") }}', page = "{{ page.number }}" }
items = "body.items"
pager = { size = 2 }
"""


def test_e5_changes_are_asked_for_since_a_time_and_never_prove_absence(connect):
    with playing(connect, pages_of(2, 3)) as (platform, conn):
        listing, found = read(gateway(CHANGES), conn, NOW)
    assert (listing.complete, listing.reason, found) == (False, "listing_changes_only", [0, 1, 2])
    assert listing.covers == frozenset()
    assert {asked.query["since"] for asked in platform.asked} == {"2026-11-22T12:00:00Z"}


def test_account_that_changed_twice_is_no_fault_of_the_list_of_changes(connect):
    pages = {"1": [person(1), person(1, state="suspended")], "2": []}
    with playing(connect, lambda asked: {"items": pages[asked.query["page"]]}) as (_, conn):
        listing, found = read(gateway(CHANGES), conn, NOW)
    assert (listing.reason, found) == ("listing_changes_only", [1, 1])


def test_changes_are_unsupported_where_the_recipe_has_none(connect):
    with playing(connect, pages_of(2, 3)) as (_, conn), pytest.raises(Unsupported):
        lister(BY_PAGE, "size = 2").list(conn, NOW)


def test_one_person_with_two_rights_is_no_overlap_where_each_right_is_listed(connect):
    rows = [person(1, products=["FULL"]), person(1, products=["KIDS"])]
    words = LIST % ("", "", 'kind = "none"')
    with playing(connect, lambda asked: {"items": rows}) as (_, conn):
        assert read(gateway(words, 'unit = "entitlement"'), conn)[0].complete
        assert read(gateway(words), conn)[0].reason == "listing_overlap"
    assert gateway(words, 'unit = "entitlement"').traits.unit is Unit.ENTITLEMENT


PRODUCTS = """
[operations.list_products]
url = "{{ params.url }}/products"
query = { page = "{{ page.number }}" }
items = "body.items"
pager = { size = 2 }

[product]
kind = "kind"
"""


def product_rows(count):
    return [{"code": f"P{number}", "name": f"Product {number}", "kind": "basic"} for number in range(count)]


def test_products_are_read_over_all_pages_with_their_kind(connect):
    def play(asked):
        start = (int(asked.query["page"]) - 1) * 2
        return {"items": product_rows(5)[start : start + 2]}

    with playing(connect, play) as (platform, conn):
        found = gateway(PRODUCTS, 'product_source = "list"').list_products(conn)
    assert [(product.code, product.kind) for product in found] == [(f"P{number}", "basic") for number in range(5)]
    assert len(platform.asked) == 3


def test_products_that_were_not_all_read_are_none(connect):
    words = gateway(PRODUCTS, 'product_source = "list"')
    endless = playing(connect, lambda asked: {"items": product_rows(2)})
    with endless as (_, conn), pytest.raises(ContractBroken, match="listing_page_repeated"):
        words.list_products(conn)
