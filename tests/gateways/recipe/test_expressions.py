"""Templates: what they can say, and where each value goes. What they cannot say: test_injection.py."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from webapp.gateways.contract import CustomerFacts
from webapp.gateways.errors import Rejected
from webapp.gateways.recipe.expressions import MissingValue, TemplateProblem, UnfitValue, compile_path, holds
from webapp.gateways.recipe.filters import ABSENT, FILTERS, LONGEST_PAD
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.render import RequestTemplate, compile_native, compile_text, compile_url
from webapp.gateways.recipe.schema_calls import Call
from webapp.gateways.recipe.scope import AccountView, Names, Params, Scope

NAMES = Names(frozenset({"base", "tel", "on", "gap"}), frozenset({"id"}), {"on": ""})
ROOTS = NAMES.subject_roots()
NOON = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture
def scope():
    account = AccountView(5, "ref/5", "maria@example.com", "pw", ["A", "B"])
    customer = CustomerFacts(7, "1234", "Ana & Zé / ç", "529.982.247-25", "maria@example.com", "11 98765")
    return Scope(
        params=params({"base": "https://api.example.com/v1/", "tel": ""}), now=NOON, hub={}, environment={},
        account=account, customer=customer, remote={"id": "a/b?c#d"}, key="k",
    )  # fmt: skip


def params(*layers):
    return Params(NAMES, "", *layers)


def render(text, scope):
    return compile_text(text, ROOTS)(scope)


def native(value, scope):
    problems = Problems("x.toml", "")
    rendered = compile_native(value, ROOTS, problems, ())
    problems.raise_if_any()
    return rendered(scope)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("{{ customer.code }}", "1234"),
        ("{{customer.code}}-{{ account.id }}", "1234-5"),
        ("{{ customer.code | pad_left(6) }}", "001234"),
        ("{{ customer.code | pad_left(1000000) }}", "1234".rjust(64, "0")),
        ("{{ customer.document | digits }}", "52998224725"),
        ("{{ account.login | upper }}", "MARIA@EXAMPLE.COM"),
        ("{{ customer.name | lower }}", "ana & zé / ç"),
        ("{{ customer.phone | digits | prefix('55') }}", "551198765"),
        ("{{ params.tel | prefix('55') }}", ""),
        ("{{ params.tel | default(customer.code) }}", "1234"),
        ("{{ params.gap | default('x') }}", "x"),
        ("{{ 'a' if params.on == '' else 'b' }}", "a"),
        ("{{ customer.code ~ '-' ~ account.id }}", "1234-5"),
        ("{{ account.products }}", "A,B"),
        ("{{ key }}", "k"),
        ("{{ customer['code'] }}", "1234"),
        ("{{ params.gap is defined }}", "false"),
    ],
)
def test_expression_says_what_it_should(scope, text, result):
    assert render(text, scope) == result


@pytest.mark.parametrize(
    ("value", "on"), [("", True), ("true", True), ("TRUE", True), ("false", False), (" False ", False)]
)
def test_text_switch_is_on_unless_it_says_false(scope, value, on):
    scope.params = params({"on": value})
    assert native("{{ params.on | text_bool }}", scope) is on


def test_absent_switch_is_on(scope):
    scope.params = params({})
    assert native("{{ params.on | text_bool }}", scope) is True


@dataclass
class One:
    """A scope with one name."""

    now: Any

    def names(self):
        return {"now": self.now}


EXAMPLES = [
    ("pad_left(6)", "2023", "002023"), ("pad_left(6, 'x')", 7, "xxxxx7"), ("pad_left(3)", "2023", "2023"),
    ("pad_left(1000000)", "1", "1".rjust(LONGEST_PAD, "0")), ("pad_left(2, '')", "1", "01"),
    ("digits", "529.982.247-25", "52998224725"), ("digits", "٣a1", "1"), ("digits", None, ""),
    ("upper", "maria", "MARIA"), ("lower", "MARIA", "maria"), ("trim", " a b ", "a b"),
    ("prefix('55')", "119", "55119"), ("prefix('55')", "55119", "55119"), ("prefix('55')", "", ""),
    ("without_prefix('55')", "55119", "119"), ("without_prefix('55')", "119", "119"),
    ("phone", "(11) 98765-4321", "5511987654321"), ("phone", "011 8765-4321", "5511987654321"),
    ("phone", "+55 11 3765-4321", "551137654321"), ("phone", "55 98765-4321", "5555987654321"), ("phone", "", ""),
    ("phone('')", "11987654321", "11987654321"),
    ("each('id')", ["A", "B"], [{"id": "A"}, {"id": "B"}]), ("each('id')", "A", []),
    ("quoted", 'a"b\\c', '"a\\"b\\\\c"'),
    ("first_word", "Maria da Silva", "Maria"), ("first_word", "", ""),
    ("other_words", "Maria da Silva", "da Silva"), ("other_words", "Maria", "Maria"),
    ("text", 7, "7"), ("text", True, "true"), ("text", None, ""),
    ("int", "007", 7), ("int", " ", None), ("int", None, None),
    ("text_bool", "false", False), ("text_bool", "", True), ("text_bool", None, True),
    ("choose('S', 'N')", "true", "S"), ("choose('S', 'N')", "FALSE", "N"),
    ("default('x')", "", "x"), ("default('', 'y')", None, "y"), ("default('x')", 0, 0), ("default", None, ""),
    ("null_if_empty", "", None), ("null_if_empty", "a", "a"),
    ("absent_if_empty", "", ABSENT), ("absent_if_empty", "a", "a"),
    ("date('%d/%m/%Y %H:%M', 'America/Sao_Paulo')", NOON, "22/11/2026 12:00"), ("date('%H')", NOON, "15"),
    ("date('%d/%m/%Y')", "2026-11-22", "22/11/2026"), ("date('%H')", "2026-11-22T09:00:00+00:00", "09"),
    ("date('%Y')", date(2026, 1, 2), "2026"), ("date('" + "%Y" * 500 + "')", NOON, "2026" * 20),
    ("unix", NOON, 1795359600), ("unix_ms", NOON, 1795359600000),
    ("md5", "a", "0cc175b9c0f1b6a831c399e269772661"), ("sha1", "a", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("sha256", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("hmac_sha1('k')", "a", "40e7d441cadb17b07f050341aa23a6820ed81c8b"),
    ("hmac_sha256('k')", "a", "78da91511e675587f5b9df78bedebaf5560da2abb88162ee875dcdf744951d9e"),
    ("base64", "a:ç", "YTrDpw=="), ("hex_to_base64", "6162", "YWI="),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "result"), EXAMPLES, ids=[case[0][:40] for case in EXAMPLES])
@pytest.mark.parametrize("form", ["{{{{ now | {} }}}}", "{{{{ (now if true else 1) | {} }}}}"])
def test_filter_writes_a_value_as_it_should_by_both_ways_of_compiling(form, text, value, result):
    rendered = compile_native(form.format(text), {"now": frozenset()}, Problems("x.toml", ""), ())
    assert rendered(One(value)) == result


def test_every_filter_has_an_example():
    assert {text.partition("(")[0] for text, *_ in EXAMPLES} == set(FILTERS)


@pytest.mark.parametrize(
    ("text", "value"),
    [("int", "many"), ("phone", "123"), ("date('%d')", "soon"), ("date('%d', 'Mars/Base')", NOON), ("unix", "soon"),
     ("hex_to_base64", "xyz"), ("date('%d')", None)],
)  # fmt: skip
def test_value_that_does_not_fit_a_filter_is_told_and_never_sent(text, value):
    rendered = compile_text("{{ now | " + text + " }}", {"now": frozenset()})
    with pytest.raises(UnfitValue):
        rendered(One(value))


def test_param_of_the_sale_wins_over_the_integration_and_the_default():
    names = Names(frozenset({"a"}), frozenset(), {"a": "default"})
    assert Params(names, "", {"a": "sale"}, {"a": "integration"})["a"] == "sale"
    assert Params(names, "", {}, {"a": "integration"})["a"] == "integration"
    assert Params(names, "", {}, {})["a"] == "default"


def test_leaf_that_is_one_expression_keeps_its_type(scope):
    tree = {"a": "{{ account.products }}", "b": ["{{ customer.id }}", 1, None, True], "c": "n{{ customer.id }}"}
    assert native(tree, scope) == {"a": ["A", "B"], "b": [7, 1, None, True], "c": "n7"}


@pytest.mark.parametrize(
    "text", ["{{ params.gap }}", "{{ params.gap | upper ~ params.gap }}", "{{ params.gap ~ 'x' }}"]
)
def test_value_that_is_missing_is_never_sent_as_nothing(scope, text):
    with pytest.raises(MissingValue):
        render(text, scope)


def test_url_keeps_its_base_and_encodes_every_later_value(scope):
    url = compile_url("{{ params.base }}/u/{{ remote.id }}?q={{ customer.name }}", ROOTS)
    assert url(scope) == "https://api.example.com/v1/u/a%2Fb%3Fc%23d?q=Ana%20%26%20Z%C3%A9%20%2F%20%C3%A7"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_path_value_that_would_address_something_else_is_refused(scope, value):
    scope.remote = {"id": value}
    with pytest.raises(Rejected) as caught:
        compile_url("{{ params.base }}/u/{{ remote.id }}", ROOTS)(scope)
    assert caught.value.code == "url_value_refused"


def request(scope, **words):
    call = Call.model_validate({"url": "{{ params.base }}/x", "method": "POST", **words})
    problems = Problems("x.toml", "")
    template = RequestTemplate(call, ROOTS, problems, ("operations", "create"))
    problems.raise_if_any()
    return template.render(scope, read_only=False, headers={}, query="key=1")


def test_query_and_form_are_encoded_and_json_is_utf8(scope):
    sent = request(scope, query={"a&b": "{{ customer.name }}", "n": 1, "t": True}, form={"s": "{{ account.products }}"})
    assert sent.url == "https://api.example.com/v1/x?a%26b=Ana%20%26%20Z%C3%A9%20%2F%20%C3%A7&n=1&t=true&key=1"
    assert (sent.body, sent.headers["Content-Type"]) == (b"s=A%2CB", "application/x-www-form-urlencoded")
    assert request(scope, json={"n": "{{ customer.name }}"}).body == '{"n":"Ana & Zé / ç"}'.encode()


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_line_break_in_a_header_value_is_refused(scope, name):
    scope.customer = CustomerFacts(7, "1", name)
    with pytest.raises(Rejected) as caught:
        request(scope, headers={"X-Name": "{{ customer.name }}"})
    assert caught.value.code == "header_value_refused"


def test_secrets_of_the_call_are_named_for_the_masker(scope):
    assert "pw" in request(scope).secrets


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("body.id", {"body": {"id": 0}}, 0),
        ("body.id", {"body": [1]}, None),
        ("body.a.b", {"body": {"a": None}}, None),
        ("body[0].id", {"body": [{"id": 4}]}, 4),
        ("length(body.x)", {"body": {}}, None),
        ("body.x == `0`", {"body": {"x": 0}}, True),
    ],
)
def test_path_finds_a_value_or_nothing(path, data, found):
    assert compile_path(path)(data) == found


@pytest.mark.parametrize("path", ["body.[", "body ==", "nosuch(body)?", "a b"])
def test_path_that_is_none_is_refused(path):
    with pytest.raises(TemplateProblem):
        compile_path(path)


def test_zero_holds_and_empty_does_not():
    assert [holds(value) for value in (0, "0", [0], True)] == [True] * 4
    assert [holds(value) for value in (None, "", [], {}, False)] == [False] * 5
