"""Looking one account, or one right, up; the try-out of a connection; whose products are listed."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.gateways.people import make_sale_subject, make_subject
from tests.gateways.recipe.lists import Lists, gateway, person
from webapp.gateways.contract import ProductFacts, RemoteState
from webapp.gateways.errors import ContractBroken, IdentityClash, Rejected, Unsupported

FIND = """
[operations.find]
url = "{{ params.url }}/people"
query = { email = "{{ account.login }}" }
items = "body.items"
%s
"""
RIGHTS = 'unit = "entitlement"'
MATCH = 'match = [{ path = "item.product", is = "{{ product.code }}" }]'


@contextmanager
def playing(connect, play):
    with Lists(play) as platform:
        yield platform, connect({"url": platform.url})


def find(connect, words, top, answer, subject):
    with playing(connect, lambda asked: answer) as (_, conn):
        return gateway(words, top).find(conn, subject)


def right(code, number=1, **more):
    return person(number, email="maria@example.com", product=code, products=[code], **more)


def test_match_picks_the_one_right_among_several(connect):
    answer = {"items": [right("KIDS", 1), right("FULL", 2), right("NEWS", 3)]}
    found = find(connect, FIND % MATCH, RIGHTS, answer, make_sale_subject()).found
    assert (found.remote_ids, found.products) == ({"id": "2"}, ("FULL",))


@pytest.mark.parametrize("items", [[right("KIDS")], []])
def test_right_that_a_list_does_not_hold_is_not_there(connect, items):
    assert find(connect, FIND % MATCH, RIGHTS, {"items": items}, make_sale_subject()).found is None


@pytest.mark.parametrize("answer", [{}, {"items": None}, {"items": "none"}, {"items": ["FULL"]}])
def test_answer_without_a_list_is_never_read_as_absence(connect, answer):
    with pytest.raises(ContractBroken, match="find_unclear"):
        find(connect, FIND % MATCH, RIGHTS, answer, make_sale_subject())


def test_empty_list_without_match_needs_the_recipes_own_word(connect):
    words = FIND % 'absent = "body.none"'
    with pytest.raises(ContractBroken, match="find_unclear"):
        find(connect, words, "", {"items": []}, make_subject())
    assert find(connect, words, "", {"items": [], "none": True}, make_subject()).found is None


def test_two_that_match_are_a_case_for_a_person(connect):
    answer = {"items": [right("FULL", 1), right("FULL", 2)]}
    with pytest.raises(IdentityClash, match="several_accounts"):
        find(connect, FIND % MATCH, RIGHTS, answer, make_sale_subject())


def test_cancelled_one_beside_the_live_one_is_left_aside(connect):
    answer = {"items": [right("FULL", 1, state="gone"), right("FULL", 2)]}
    found = find(connect, FIND % MATCH, RIGHTS, answer, make_sale_subject()).found
    assert (found.remote_ids, found.state) == ({"id": "2"}, RemoteState.ACTIVE)


def test_identity_refuses_what_match_picked_when_it_is_somebody_elses(connect):
    words = FIND % (MATCH + '\nidentity = [{ path = "item.email", is = "{{ account.login }}" }]')
    answer = {"items": [right("FULL") | {"email": "joao@example.com"}, right("KIDS") | {"email": "joao@example.com"}]}
    with pytest.raises(ContractBroken, match="other_subscriber"):
        find(connect, words, RIGHTS, answer, make_sale_subject())


def test_d8_number_sent_as_text_matches_text_sent_as_number(connect):
    subject = make_sale_subject()
    subject = replace(subject, sale=replace(subject.sale, product=ProductFacts("42", "Full")))
    assert find(connect, FIND % MATCH, RIGHTS, {"items": [right(42)]}, subject).found.products == ("42",)


STEPS = """
[remote_ids.person]

[[operations.find.steps]]
name = "person"
url = "{{ params.url }}/search"
query = { email = "{{ account.login }}" }
remote = { person = "body.person" }
save = { tier = "body.tier" }
outcomes = [{ when = "body.person == null", is = "gone" }]
identity = [{ path = "body.email", is = "{{ account.login }}" }]
when = "{{ 'true' if remote.person is undefined else 'false' }}"

[[operations.find.steps]]
name = "rights"
url = "{{ params.url }}/people/{{ remote.person }}/rights"
query = { tier = "{{ saved.tier | default('none') }}" }

[operations.find]
items = "body.items"
match = [{ path = "item.product", is = "{{ product.code }}" }]
"""


def two_calls(answers):
    return lambda asked: answers["search" if asked.path == "/search" else "rights"]


MARIA = {
    "search": {"person": 7, "email": "maria@example.com", "tier": "gold"},
    "rights": {"items": [right("FULL", 70)]},
}


def test_b2_earlier_step_learns_the_person_and_the_last_one_the_right(connect):
    with playing(connect, two_calls(MARIA)) as (platform, conn):
        looked = gateway(STEPS, RIGHTS).find(conn, make_sale_subject(remote_ids={}))
    assert looked.found.remote_ids == {"person": "7", "id": "70"}
    assert [(asked.path, asked.query) for asked in platform.asked] == [
        ("/search", {"email": "maria@example.com"}), ("/people/7/rights", {"tier": "gold"}),
    ]  # fmt: skip


def test_b1_person_without_the_right_tells_its_id_all_the_same(connect):
    with playing(connect, two_calls(MARIA | {"rights": {"items": []}})) as (_, conn):
        looked = gateway(STEPS, RIGHTS).find(conn, make_sale_subject(remote_ids={}))
    assert (looked.found, looked.remote_ids) == (None, {"person": "7"})


def test_step_that_finds_nobody_ends_the_look_up(connect):
    with playing(connect, two_calls({"search": {"person": None}})) as (platform, conn):
        assert gateway(STEPS, RIGHTS).find(conn, make_sale_subject(remote_ids={})).found is None
    assert len(platform.asked) == 1


def test_step_about_somebody_else_is_refused_before_its_id_is_used(connect):
    stranger = {"search": {"person": 8, "email": "joao@example.com"}}
    with playing(connect, two_calls(stranger)) as (platform, conn), pytest.raises(ContractBroken):
        gateway(STEPS, RIGHTS).find(conn, make_sale_subject(remote_ids={}))
    assert len(platform.asked) == 1


def test_step_whose_id_is_known_is_left_out(connect):
    with playing(connect, two_calls(MARIA)) as (platform, conn):
        gateway(STEPS, RIGHTS).find(conn, make_sale_subject(remote_ids={"person": "7"}))
    assert [asked.path for asked in platform.asked] == ["/people/7/rights"]


def test_look_up_that_needs_an_unknown_id_asks_nothing(connect):
    words = (
        FIND.replace('query = { email = "{{ account.login }}" }', 'query = { id = "{{ remote.id }}" }')
        % 'absent = "body.none"'
    )
    with playing(connect, lambda asked: {}) as (platform, conn), pytest.raises(Rejected, match="remote_id_unknown"):
        gateway(words).find(conn, make_subject(remote_ids={}))
    assert platform.asked == []


CUSTOMERS_OWN = """
[operations.list_products]
url = "{{ params.url }}/people/{{ customer.code }}/products"
query = { page = "{{ page.number }}" }
items = "body.items"
pager = { size = 1 }
"""


def test_e6_products_of_one_customer_are_asked_for_by_his_code(connect):
    words = gateway(CUSTOMERS_OWN, 'product_source = "per_customer"')
    pages = {"1": [{"code": "A", "name": "Alpha"}], "2": []}
    with playing(connect, lambda asked: {"items": pages[asked.query["page"]]}) as (platform, conn):
        assert [product.code for product in words.list_products(conn, make_subject())] == ["A"]
        with pytest.raises(Unsupported, match="products_per_customer"):
            words.list_products(conn)
    assert {asked.path for asked in platform.asked} == {"/people/2023/products"}


def test_e6_generic_platform_has_one_product_and_is_not_asked(connect):
    top = 'product_source = "generic"\ngeneric_product = { code = "tv", name = "TV" }'
    with playing(connect, lambda asked: (500, {})) as (platform, conn):
        assert gateway("", top).list_products(conn) == [ProductFacts("tv", "TV")]
    assert platform.asked == []


def test_e6_products_typed_by_hand_cannot_be_listed(connect):
    with playing(connect, lambda asked: {}) as (_, conn), pytest.raises(Unsupported):
        gateway("").list_products(conn)


def test_check_asks_the_first_page_and_no_more(connect):
    words = gateway(CUSTOMERS_OWN.replace("/people/{{ customer.code }}", ""), 'product_source = "list"')
    with playing(connect, lambda asked: {"items": [{"code": "A"}]}) as (platform, conn):
        assert [(step.name, step.ok) for step in words.check(conn)] == [("params", True), ("answer", True)]
    assert [asked.query for asked in platform.asked] == [{"page": "1"}]


def test_check_where_each_customer_has_products_of_his_own_asks_for_none(connect):
    with playing(connect, lambda asked: (500, {})) as (platform, conn):
        steps = gateway(CUSTOMERS_OWN, 'product_source = "per_customer"').check(conn)
    assert [step.name for step in steps] == ["params"]
    assert platform.asked == []


def test_check_says_which_param_lacks_and_asks_nothing(connect):
    steps = gateway("").check(connect({}))
    assert [(step.ok, step.code, step.params) for step in steps] == [(False, "param_missing", {"name": "url"})]
