"""Templates of strangers and templates as data: nothing is executed or read, nothing breaks out of its place."""

import builtins
import io
import itertools
import json
import os
import subprocess
import time
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from webapp.gateways.contract import CustomerFacts, ProductFacts, SaleFacts
from webapp.gateways.errors import Rejected
from webapp.gateways.recipe.expressions import MissingValue, TemplateProblem, compile_path
from webapp.gateways.recipe.loader import examine_recipe
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.render import RequestTemplate, compile_native, compile_text
from webapp.gateways.recipe.schema_calls import Call
from webapp.gateways.recipe.scope import AccountView, Names, Params, Scope

NAMES = Names(frozenset({"base", "note"}), frozenset({"id"}), {}, entitlement=True)
ROOTS = NAMES.subject_roots()
CANARY = "s1nt0nia-canary"

# What stands in {{ }}: objects of Python reached by attributes, by items, by filters and by what Jinja brings along.
REACHES = [
    "{0}.__class__", "{0}.__class__.__mro__[1].__subclasses__()", "{0}['__class__']", "{0}|attr('__class__')",
    "{0}.__init__.__globals__['os'].environ", "{0}.__doc__", "{0}._password", "{0}.__dict__", "{0}.__reduce__",
    "{0}['__init__']['__globals__']", "{0}.__class__.__base__", "{0}.__getattribute__('x')", "{0}.__module__",
    "({0}|string).__class__", "{0}|map(attribute='__class__')|list", "{0}|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "{0}['\\x5f\\x5fclass\\x5f\\x5f']", "{0}['__cla'~'ss__']", "{0}[['__cla','ss__']|join]", "{0}.name.upper()",
    "{0}.name.__class__", "{0}.name['format']", "{0}.name.format({0})", "{0}.name % 1", "{0}.name * 1000000000",
]  # fmt: skip
ROOTS_TRIED = ("customer", "account", "params", "service", "sale", "remote", "self")
GLOBALS = [
    "lipsum.__globals__['os'].popen('id').read()", "cycler.__init__.__globals__.os.popen('id').read()",
    "joiner.__init__.__globals__", "namespace.__init__.__globals__", "config", "config.items()", "request",
    "request.application.__globals__.__builtins__.__import__('os')", "session", "g", "url_for.__globals__",
    "url_for('x')",
    "get_flashed_messages.__globals__", "self._TemplateReference__context", "self.__init__.__globals__", "loop",
    "range(10**9)|list", "range(5)", "dict(a=1)", "__import__('os').system('id')", "open('/etc/passwd').read()",
    "eval('1')", "exec('1')", "globals()", "locals()", "vars()", "getattr(customer, 'name')", "environ", "os.environ",
    "sys.modules", "app.config", "current_app", "caller()", "varargs", "kwargs", "context", "environment.__class__",
    "''.__class__.__mro__[2].__subclasses__()[40]('/etc/passwd').read()", "().__class__.__bases__[0]", "[].__class__",
    "{}.__class__", "''['__class__']", "'a'|attr('upper')()", "1.__class__", "(1).__class__.__base__",
    "True.__class__",
]  # fmt: skip
FILTERS_TRIED = [
    "attr('name')", "map('upper')", "select('odd')", "reject('none')", "selectattr('x')", "groupby('x')", "tojson",
    "pprint", "format('x')", "xmlattr", "urlize", "safe", "escape", "forceescape", "filesizeformat", "random",
    "list", "dictsort",
    "batch(2)", "slice(2)", "sum", "join", "replace('a','b')", "reverse", "sort", "unique", "min", "max", "first",
    "last",
    "length", "count", "wordwrap(10**9)", "center(10**9)", "indent(10**9)", "truncate(9)", "striptags", "string",
    "items",
]  # fmt: skip
SHAPES = [
    "10 ** 10 ** 10", "'a' * 10**9", "1 + 1", "1 - 1", "1 // 0", "1 % 2", "-1", "'%1000000000d' % 1", "[1, 2]",
    "(1, 2)",
    "{'a': 1}", "customer.name[0]", "customer.name[0:9]", "customer['na' ~ 'me']", "customer[account.login]",
    "customer.name()", "customer.name is callable", "customer.name is sequence", "customer.name is eq('x')",
    "customer if",
    "customer.name if", "", " ", "{{ customer.name }}", "#}{{ customer.name", "%}{% raw",
    "customer.name|", "|upper", "customer..name", ".name", "customer.", "'unclosed", "\"unclosed",
    "customer.name\x00",
    "\u200bcustomer.name", "ｃustomer.name|attr", "customer\u2024name", "cust\u043emer.name", "𝓬ustomer.x",
    "nobody.name",
    "remote.other", "params.other", "customer.password", "account.customer", "product.__class__", "now.__class__",
    "now.year", "now.strftime('%Y')", "key.upper()", "customer.name|upper()()", "(customer.name|upper).x",
    "customer.name|pad_left",
    "customer.name|pad_left(1,2,3)", "customer.name|digits(1)", "customer.name|upper(x=1)", "a" * 3000,
    "(" * 500 + ")" * 500,
    "'a'~" * 900 + "'a'", "not " * 900 + "1", "customer.name|" + "upper|" * 900 + "upper", "[" * 300,
    "1 if 1 else " * 300 + "1",
]  # fmt: skip
OUTSIDE = [
    "{% for x in range(9) %}{{ x }}{% endfor %}", "{% import 'os' as o %}", "{% from 'os' import x %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'x' %}", "{% macro a() %}{% endmacro %}", "{% call a() %}{% endcall %}", "{% set x = 1 %}",
    "{% if 1 %}x{% endif %}",
    "{% raw %}{{ x }}{% endraw %}", "{% block b %}{% endblock %}", "{% filter upper %}x{% endfilter %}",
    "{% do 1 %}", "{% debug %}",
    "{%- print(1) -%}", "{% autoescape false %}{% endautoescape %}", "{% with a=1 %}{% endwith %}", "{# comment #}",
    "{{ 1", "{{",
    "x {{ y }} {{", "{%", "{% %}", "{{ }}", "{{}}", "{{{ customer.name }}}", "{{ '{{' }} {{",
    "{{ customer.name }} {% x %}",
]  # fmt: skip
REFUSED = [
    *("{{ " + form.format(root) + " }}" for form, root in itertools.product(REACHES, ROOTS_TRIED)),
    *("{{ " + text + " }}" for text in (*GLOBALS, *SHAPES)),
    *("{{ customer.name | " + name + " }}" for name in FILTERS_TRIED),
    *OUTSIDE,
]
# As data: of template languages, shells, formats, SQL, paths and markup.
DATA = [
    "{{ 7 * 7 }}", "{{7*'7'}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% raw %}", "{{ config }}", "{{ params.note }}",
    "{{ account.password }}", "{0.__class__}", "{account.password}", "%(password)s", "%s%s%n", "$(id)", "`id`",
    "; id", "| id",
    "${jndi:ldap://127.0.0.1/x}", "' OR 1=1 --", "../../etc/passwd", "/etc/passwd", "..%2f..%2f", "\\\\host\\share",
    "file:///etc/passwd",
    "<script>alert(1)</script>", "\" onload=\"x", "a&b=c", "a?b=c", "a#b", "a/b", "a=b&token=x",
    "=cmd|' /C calc'!A0", "a\u2028b",
    "\u202ecba", "a\u0000b".replace("\u0000", ""), "ç🎬", "\ud800".encode("utf-8", "replace").decode(), "a" * 5000,
    "__class__", "self",
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_opened_or_run(monkeypatch):
    """Fail on any file, process or look into the environment."""

    def forbidden(*args, **_kwargs):
        raise AssertionError(f"reached out: {args[:1]}")

    monkeypatch.setenv("SINTONIA_CANARY", CANARY)
    for module, name in ((os, "system"), (os, "popen"), (subprocess, "Popen"), (os, "getenv")):
        monkeypatch.setattr(module, name, forbidden)
    # Python itself opens files while a failure is told, so these are closed only around the work itself.
    return lambda: (monkeypatch.setattr(builtins, "open", forbidden), monkeypatch.setattr(io, "open", forbidden))


def scope_of(name="Ana", note="n", code="FULL", remote="88"):
    return Scope(
        params=Params(NAMES, "", {"base": "https://api.example.com", "note": note}), now=None, hub={}, environment={},
        account=AccountView(1, "r", name, "pw", []), customer=CustomerFacts(1, "1", name), remote={"id": remote},
        sale=SaleFacts(1, 1, "P", "P", ProductFacts(code, code)), product=ProductFacts(code, code),
    )  # fmt: skip


def request(scope, **words):
    call = Call.model_validate({"url": "{{ params.base }}/x", "method": "POST", **words})
    problems = Problems("x.toml", "")
    template = RequestTemplate(call, ROOTS, problems, ("operations", "create"))
    problems.raise_if_any()
    return template.render(scope, read_only=False, headers={})


def test_there_are_more_than_two_hundred_of_each_kind_together():
    assert len(set(REFUSED)) > 250


@pytest.mark.parametrize("text", sorted(set(REFUSED)), ids=lambda text: text[:40].encode("unicode_escape").decode())
def test_payload_is_refused_when_it_is_read_or_says_nothing_but_data(nothing_is_opened_or_run, text):
    nothing_is_opened_or_run()
    started = time.thread_time()
    try:
        rendered = compile_text(text, ROOTS)(scope_of())
    except (TemplateProblem, MissingValue):
        rendered = None
    assert rendered in (None, "Ana", "true", "1", "a" * 901)
    assert CANARY not in str(rendered)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    "text", ["{{ 'x' | pad_left(1000000000) }}", "{{ 'x' | pad_left(64, 'ab') | pad_left(10000000) }}"]
)
def test_pad_cannot_fill_the_memory(text):
    assert len(compile_text(text, ROOTS)(scope_of())) <= 64


@pytest.mark.parametrize("form", ["%999999999Y", "%0999999999d", "%" * 39, "%E", "%-", "%\ud800"])
def test_date_format_of_a_stranger_costs_nothing(form):
    started = time.thread_time()
    try:
        rendered = compile_text("{{ '2026-11-22' | date('" + form + "') }}", ROOTS)(scope_of())
    except (TemplateProblem, MissingValue):
        rendered = ""
    assert len(rendered) < 100_000
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("data", DATA)
def test_template_that_comes_as_data_is_text_in_json(data):
    tree = {"name": "{{ customer.name }}", "note": "{{ params.note }}", "product": "x{{ product.code }}"}
    sent = request(scope_of(data, data, data), json=tree)
    assert json.loads(sent.body) == {"name": data, "note": data, "product": "x" + data}


@pytest.mark.parametrize("data", DATA)
def test_template_that_comes_as_data_stays_in_its_place_in_path_query_and_form(data):
    sent = request(
        scope_of(data, data, data, data), url="{{ params.base }}/u/{{ remote.id }}/x",
        query={"q": "{{ customer.name }}"}, form={"f": "{{ params.note }}", "g": "end"},
    )  # fmt: skip
    parts = urlsplit(sent.url)
    assert (parts.hostname, parts.path.count("/"), parts.fragment) == ("api.example.com", 3, "")
    assert unquote(parts.path.split("/")[2]) == data
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", data)]
    assert parse_qsl(sent.body.decode(), keep_blank_values=True) == [("f", data), ("g", "end")]


@pytest.mark.parametrize("data", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "a\x7fb", "\t"])
def test_line_break_never_reaches_a_header(data):
    with pytest.raises(Rejected) as caught:
        request(scope_of(data), headers={"X-Name": "{{ customer.name }}"})
    assert caught.value.code == "header_value_refused"
    assert "Evil" not in request(scope_of(data), query={"q": "{{ customer.name }}"}).url.partition("?")[0]


@pytest.mark.parametrize("data", ["", ".", ".."])
def test_value_that_would_address_another_object_is_refused(data):
    with pytest.raises(Rejected):
        request(scope_of(remote=data), url="{{ params.base }}/u/{{ remote.id }}")


def test_quoted_text_cannot_leave_its_quotes():
    rendered = compile_text("userName eq {{ account.login | quoted }}", ROOTS)
    assert rendered(scope_of('a" or userName pr or "')) == 'userName eq "a\\" or userName pr or \\""'


def test_name_of_a_field_is_no_template():
    rendered = compile_native({"{{ customer.name }}": "x"}, ROOTS, Problems("x.toml", ""), ())
    assert rendered(scope_of()) == {"{{ customer.name }}": "x"}


PATHS = [
    "body.__class__", "body.\"__class__\".__mro__", "@.__init__", "os.environ", '`"{{ config }}"`', "system('id')",
    "open('/etc/passwd')",
    "eval('1')", "body | keys(@)", "sort(body)", "sum(body)", "join(',', body)", "to_string(@)",
    "map(&__class__, body)",
    "max_by(body, &__class__)", "not_null(__globals__, '')", "[" * 400, "(" * 400 + "body" + ")" * 400,
    "!" * 900 + "body",
    "body" + "[]" * 500, "body" + ".a" * 900, "body" + "|body" * 300, "*" + ".*" * 400, "'" + "a" * 1900 + "'",
    "`" + "[" * 900 + "]" * 900 + "`",
    "a" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:30])
def test_path_of_a_stranger_is_refused_or_finds_only_what_the_answer_holds(nothing_is_opened_or_run, path):
    nothing_is_opened_or_run()
    started = time.thread_time()
    try:
        found = compile_path(path)({"status": 200, "headers": {}, "body": {"a": 1}})
    except TemplateProblem:
        found = None
    assert CANARY not in repr(found)
    assert "class '" not in repr(found)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("payload", ["{{ ''.__class__ }}", "{% include '/etc/passwd' %}", "{{ config }}", "{{ self }}"])
@pytest.mark.parametrize(
    "place",
    ["url", "query = { x = %s }", "headers = { x = %s }", "form = { x = %s }", "json = { a = [{ b = %s }] }",
     'identity = [{ path = "body", is = %s }]'],
)  # fmt: skip
def test_payload_is_refused_in_every_place_of_a_recipe_that_takes_templates(place, payload):
    quoted = json.dumps(payload)
    url = '"https://api.example.com/" ' if place != "url" else json.dumps("https://api.example.com/" + payload)
    words = place % quoted if "%s" in place else ""
    text = (
        'key = "x"\nlabel = "X"\nstatus = "observed"\nguarantee = "at_most_one"\n'
        f'local = ["suspend", "enable", "cancel"]\n[operations.create]\nmethod = "POST"\nurl = {url}\n{words}\n'
    )
    codes = {problem.code for problem in examine_recipe(text).problems}
    assert codes & {"recipe_template", "recipe_template_node", "recipe_name"}
