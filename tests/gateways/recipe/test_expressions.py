"""Templates: what they can say, and that nothing else can be said."""

import pytest

from webapp.gateways.contract import CustomerFacts
from webapp.gateways.errors import Rejected
from webapp.gateways.recipe.expressions import MissingValue, TemplateProblem, compile_path, holds
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.render import RequestTemplate, compile_native, compile_text, compile_url
from webapp.gateways.recipe.schema import Call
from webapp.gateways.recipe.scope import AccountView, Params, Scope, subject_roots

ROOTS = subject_roots(frozenset({"base", "tel", "on", "gap"}), frozenset({"id"}), entitlement=False)
ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ account.__class__ }}",
    "{{ account['__class__'] }}",
    "{{ (account|attr('__class__')) }}",
    "{{ customer.name.format(customer) }}",
    "{{ customer.name.upper() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ range(10**9) | list }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{% import os %}",
    "{% include '/etc/passwd' %}",
    "{# comment #}",
    "{{ account.login | map('upper') }}",
    "{{ account.login | xmlattr }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ account.login if }}",
    "{{ }}",
    "{{ account }",
    "{{ customer.emial }}",
    "{{ nobody.name }}",
    "{{ remote.ticket }}",
    "{{ params.other }}",
    "{{ account.login[0:1] }}",
    "{{ dict(a=1) }}",
    "{{ namespace() }}",
    "{{ joiner() }}",
    "{{ account.login is callable }}",
    "{{ url_for('x') }}",
    "{{ customer.name.__len__ }}",
]


@pytest.fixture
def scope():
    account = AccountView(5, "ref/5", "maria@example.com", "pw", ["A", "B"])
    customer = CustomerFacts(7, "1234", "Ana & Zé / ç", "529.982.247-25", "maria@example.com", "11 98765")
    params = Params({"base": "https://api.example.com/v1/", "tel": ""}, {"on": ""})
    return Scope(params=params, account=account, customer=customer, remote={"id": "a/b?c#d"}, key="k")


def render(text, scope):
    return compile_text(text, ROOTS)(scope)


def native(value, scope):
    problems = Problems("x.toml", "")
    rendered = compile_native(value, ROOTS, problems, ())
    problems.raise_if_any()
    return rendered(scope)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_is_no_plain_expression_is_refused_when_read(text):
    with pytest.raises(TemplateProblem):
        compile_text(text, ROOTS)


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
    scope.params = Params({"on": value})
    assert native("{{ params.on | text_bool }}", scope) is on


def test_absent_switch_is_on(scope):
    scope.params = Params({})
    assert native("{{ params.on | text_bool }}", scope) is True


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
