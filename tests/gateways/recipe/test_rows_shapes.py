"""Rows of docs/recipes.md that are about how a call looks: bodies, places, spelling, versions, switches."""

import json
from urllib.parse import parse_qsl

import pytest

from tests.gateways.people import make_sale_subject, make_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Operation, Secret
from webapp.gateways.errors import ContractBroken, Unsupported
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

HEAD = """
key = "demo"
label = "Demo"
status = "observed"
guarantee = "at_most_one"
local = ["update", "suspend", "enable", "cancel"]
"""
BASE = """
[params.base]
label = "Address"
"""


def gateway(words, head="", operations='[operations.create]\nmethod = "POST"\n'):
    return RecipeGateway(read_recipe(HEAD + head + BASE + operations + words))


@pytest.fixture
def server():
    with LoopbackServer(always(http(b'{"id": 88}'))) as running:
        yield running


@pytest.fixture
def sent(connect, server):
    """Create by a recipe and return the request line, the headers and the body."""

    def create(one, subject=None, free=None, **params):
        conn = connect({"base": server.url, **params}, free)
        one.send(conn, Operation.CREATE, subject or make_subject(), "key-1")
        head, _, body = server.requests[-1].partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        return line, dict(header.split(": ", 1) for header in headers), body

    return create


@pytest.mark.parametrize(
    ("words", "kind", "body"),
    [
        ('form = { mail = "{{ account.login }}", on = true }', "application/x-www-form-urlencoded",
         b"mail=maria%40example.com&on=true"),
        ('json = { mail = "{{ account.login }}", plans = "{{ account.products }}" }', "application/json; charset=utf-8",
         b'{"mail":"maria@example.com","plans":["FULL"]}'),
        ('envelope = "data"\njson = { mail = "{{ account.login }}" }', "application/json; charset=utf-8",
         b'{"data":{"mail":"maria@example.com"}}'),
    ],
)  # fmt: skip
def test_d4_body_is_a_form_json_or_json_in_an_envelope(sent, words, kind, body):
    _, headers, given = sent(gateway(f'url = "{{{{ params.base }}}}/u"\n{words}\n'))
    assert (headers["Content-Type"], given) == (kind, body)


def test_d4_call_may_have_a_query_and_no_body(sent):
    line, headers, body = sent(gateway('url = "{{ params.base }}/u"\nquery = { mail = "{{ account.login }}" }\n'))
    assert (line, body) == ("POST /u?mail=maria%40example.com HTTP/1.1", b"")
    assert "Content-Type" not in headers


def test_d5_declared_param_goes_in_path_query_header_and_body(sent):
    words = (
        'url = "{{ params.base }}/{{ params.shop }}/u"\nquery = { shop = "{{ params.shop }}" }\n'
        'headers = { X-Shop = "{{ params.shop }}" }\njson = { shop = "{{ params.shop }}" }\n'
    )
    one = gateway(words, operations='[params.shop]\nlabel = "Shop"\n[operations.create]\nmethod = "POST"\n')
    line, headers, body = sent(one, shop="a b")
    assert line == "POST /a%20b/u?shop=a%20b HTTP/1.1"
    assert (headers["X-Shop"], json.loads(body)) == ("a b", {"shop": "a b"})


@pytest.mark.parametrize("place", ["query", "header", "json"])
def test_d5_param_that_is_not_declared_goes_where_the_recipe_says(sent, place):
    words = 'url = "{{ params.base }}/u"\njson = { mail = "{{ account.login }}" }\n'
    line, headers, body = sent(gateway(words, head=f'free_params = "{place}"\n'), free={"shop": "7"})
    found = {
        "query": dict(parse_qsl(line.split()[1].partition("?")[2])), "header": headers, "json": json.loads(body),
    }  # fmt: skip
    assert [name for name, values in found.items() if values.get("shop") == "7"] == [place]


def test_d7_spelling_of_the_platform_is_sent_and_read_as_it_is(connect, sent, server):
    words = (
        'url = "{{ params.base }}/autorize"\njson = { data_nascmento = "", macAdresses = [], apUrl = "x" }\n'
        'ok = "body.suscess == `true`"\nremote = { id = "body.identifer" }\n'
    )
    server.respond = always(http(b'{"suscess": true, "identifer": 7}'))
    line, _, body = sent(gateway(words))
    assert line == "POST /autorize HTTP/1.1"
    assert list(json.loads(body)) == ["data_nascmento", "macAdresses", "apUrl"]


def test_d9_each_call_has_its_own_version_in_the_path(connect, server):
    one = RecipeGateway(
        read_recipe(
            HEAD.replace('"suspend", ', "") + BASE + '[operations.create]\nurl = "{{ params.base }}/v2/add"\n'
            '[operations.suspend]\nurl = "{{ params.base }}/v1/stop"\n'
        )
    )
    conn = connect({"base": server.url})
    for operation in (Operation.CREATE, Operation.SUSPEND):
        one.send(conn, operation, make_subject(), "k")
    assert [raw.split()[1] for raw in server.requests] == [b"/v2/add", b"/v1/stop"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><title>Log in</title></html>", "answer_html"),
        (b'{"id": 88', "answer_not_json"),
        (b"", "answer_empty"),
        (b"OK", "answer_not_json"),
    ],
)
def test_d3_body_that_is_not_what_it_should_be_breaks_the_contract_and_is_kept_masked(connect, server, body, kind):
    server.respond = always(http(body))
    conn = connect({"base": server.url, "token": Secret("s3cret-canary")})
    with pytest.raises(ContractBroken) as caught:
        gateway('url = "{{ params.base }}/u"\n').send(conn, Operation.CREATE, make_subject(), "k")
    assert caught.value.code == kind
    assert caught.value.exchange.response_body.startswith(body.decode()[:6])
    assert "s3cret-canary" not in repr(caught.value.exchange)


@pytest.mark.parametrize(
    ("words", "body"),
    [('answer = "text"', b"88"), ('answer = "any"', b"<html>"), ("empty_ok = true", b"")],
)
def test_d3_recipe_may_say_that_text_anything_or_nothing_is_right(connect, server, words, body):
    server.respond = always(http(body))
    one = gateway(f'url = "{{{{ params.base }}}}/u"\n{words}\n')
    assert one.send(connect({"base": server.url}), Operation.CREATE, make_subject(), "k").outcome == "ok"


@pytest.mark.parametrize(("given", "on"), [(None, True), ("", True), ("true", True), ("false", False)])
def test_c16_text_switch_is_sent_as_the_platform_writes_it(sent, given, on):
    words = (
        'url = "{{ params.base }}/u"\n'
        "json = { plain = \"{{ params.kids | text_bool }}\", word = \"{{ params.kids | choose('S', 'N') }}\" }\n"
    )
    kids = '[params.kids]\nlabel = "Kids"\nkind = "boolean"\nscope = "package"\n'
    one = gateway(words, head='boolean_params = ["kids"]\n', operations=kids + '[operations.create]\nmethod = "POST"\n')
    subject = make_subject(params={} if given is None else {"kids": given})
    assert json.loads(sent(one, subject)[2]) == {"plain": on, "word": "S" if on else "N"}
    assert one.traits.boolean_params == ("kids",)


def test_b4_param_of_the_key_is_declared_as_one_that_cannot_change():
    words = 'url = "{{ params.base }}/u"\njson = { mail = "{{ params.mail }}" }\n'
    mail = '[params.mail]\nlabel = "E-mail"\nscope = "package"\nimmutable = true\n'
    one = gateway(words, head="login_is_key = true\n", operations=mail + '[operations.create]\nmethod = "POST"\n')
    assert (one.traits.param("mail").immutable, one.traits.login_is_key) == (True, True)


def test_e1_platform_without_a_list_is_asked_for_one_subscriber_at_a_time(connect, server):
    server.respond = always(http(b'{"mail": "maria@example.com", "state": "on"}'))
    find = (
        '[account]\nlogin = "mail"\nstate = "state"\nstates = { on = "active" }\n'
        '[operations.find]\nurl = "{{ params.base }}/u"\nquery = { mail = "{{ account.login }}" }\n'
        'items = "body"\nabsent = "body == null"\n'
    )
    one = gateway('url = "{{ params.base }}/u"\n', operations=find + '[operations.create]\nmethod = "POST"\n')
    conn = connect({"base": server.url})
    assert one.find(conn, make_subject()).found.state == "active"
    with pytest.raises(Unsupported):
        list(one.list(conn))


def test_e10_how_often_all_may_be_read_is_declared():
    one = gateway('url = "{{ params.base }}/u"\n', operations="[limits]\nfull_reads_per_day = 2\n[operations.create]\n")
    assert one.traits.limits.full_reads_per_day == 2


def test_f5_change_is_told_to_the_platform_that_goes_on_with_a_former_answer(connect, server):
    words = (
        '[operations.notify]\nmethod = "POST"\nurl = "{{ params.base }}/clear/{{ account.login }}"\nanswer = "any"\n'
    )
    one = gateway('url = "{{ params.base }}/u"\n' + words, head="effect_delay_min = 30\n")
    one.send(connect({"base": server.url}), Operation.NOTIFY, make_subject(), "k")
    assert server.requests[-1].startswith(b"POST /clear/maria%40example.com ")
    assert one.traits.effect_delay_min == 30


def test_b6_password_and_key_are_made_of_what_the_subscriber_has(sent):
    words = (
        'url = "{{ params.base }}/u"\n'
        'json = { cpf = "{{ customer.document | digits }}", fone = "{{ customer.phone | digits | prefix(\'55\') }}", '
        'pin = "{{ customer.code | pad_left(6) }}", user = "{{ params.nick | default(service.login) | upper }}" }\n'
    )
    nick = '[params.nick]\nlabel = "Nick"\n'
    one = gateway(words, operations=nick + '[operations.create]\nmethod = "POST"\n')
    assert json.loads(sent(one)[2]) == {
        "cpf": "52998224725", "fone": "5511987654321", "pin": "002023", "user": "MARIA.LOGIN",
    }  # fmt: skip


def test_b3_key_of_a_right_is_a_field_of_the_sale(sent):
    words = 'url = "{{ params.base }}/{{ customer.document }}/{{ product.code }}/{{ sale.id }}"\n'
    line, _, _ = sent(gateway(words, head='unit = "entitlement"\n'), make_sale_subject())
    assert line == "POST /52998224725/FULL/991 HTTP/1.1"
