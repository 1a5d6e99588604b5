"""The passive side of a recipe: where the question stands, how it is answered, who may ask, what is told unasked."""

import base64
from dataclasses import replace

import pytest

from tests.gateways.recipe.lists import gateway
from webapp.gateways.contract import CallbackRequest, EventHint, Secret, Verdict
from webapp.gateways.recipe.problems import RecipeError

ASKED = CallbackRequest("POST", {}, {}, {}, None, address="203.0.113.7")
EVERYTHING = tuple(Verdict)


def recipe(words, params=""):
    return gateway(f"{params}\n[callback]\n{words}")


def read(words, **parts):
    return recipe(words).read_callback(replace(ASKED, **parts))


def test_f1_question_is_read_where_the_recipe_says():
    words = """
    login_fields = ["json.data.viewer.cpf"]
    password_fields = ["headers.\\"x-viewer-pass\\""]
    product_fields = ["query.channel"]
    """
    question = read(
        words,
        headers={"X-Viewer-Pass": "geheim"},
        query={"channel": "FULL"},
        json={"data": {"viewer": {"cpf": 52998224725}}},
    )
    assert (question.login, str(question.password), question.product) == ("52998224725", "geheim", "FULL")


def test_f1_path_wins_over_a_name_and_a_name_is_the_second_choice():
    words = 'login_fields = ["user", "json.viewer"]'
    sent = {"form": {"user": "by-name", "pass": "x"}}
    assert read(words, **sent, json={"viewer": "by-path"}).login == "by-path"
    assert read(words, **sent).login == "by-name"


def test_basic_of_the_platform_itself_is_not_taken_for_the_viewer():
    basic = {"Authorization": "Basic " + base64.b64encode(b"platform:key").decode()}
    by_path = 'login_fields = ["form.viewer"]'
    assert read(by_path, headers=basic, form={"viewer": "maria", "pass": "x"}).login == "maria"
    assert read("", headers=basic, form={"user": "maria", "pass": "x"}).login == "platform"


def test_basic_can_be_named_by_path():
    words = 'login_fields = ["basic.login"]\npassword_fields = ["basic.password"]'
    assert read(words, basic=("maria", "çã:é")).login == "maria"
    assert read(words, form={"user": "maria", "pass": "x"}) is None


def test_path_to_what_is_no_text_finds_nothing():
    words = 'login_fields = ["json.viewer"]'
    assert read(words, json={"viewer": {"a": 1}}, form={"pass": "x"}) is None
    assert read(words, json=["viewer"], form={"pass": "x"}) is None


REPLIES = """
denied = { status = 200, headers = { Content-Type = "application/xml" }, text = "<no user='{{ login }}'/>" }
suspended = { status = 402, json = { ok = false, why = "{{ verdict | upper }}" } }

[callback.allowed]
status = 201
headers = { X-Verdict = "{{ verdict }}" }
json = { who = "{{ login }}", codes = "{{ products }}" }
"""


def test_f1_each_verdict_has_status_headers_and_words_of_its_own():
    answers = {verdict: recipe(REPLIES).answer_callback(verdict, "maria", ("A", "B")) for verdict in EVERYTHING}
    allowed = answers[Verdict.ALLOWED]
    assert (allowed.status, allowed.body) == (201, {"who": "maria", "codes": ["A", "B"]})
    assert allowed.headers == {"Cache-Control": "no-store", "X-Verdict": "allowed"}
    assert (answers[Verdict.SUSPENDED].status, answers[Verdict.SUSPENDED].body["why"]) == (402, "SUSPENDED")
    assert (answers[Verdict.DENIED].status, answers[Verdict.DENIED].body) == (200, "<no user='maria'/>")


def test_what_was_typed_cannot_break_out_of_markup_or_header():
    answer = recipe(REPLIES).answer_callback(Verdict.DENIED, "'/><b>", ())
    assert answer.body == "<no user='&#x27;/&gt;&lt;b&gt;'/>"
    words = 'denied = { status = 401, headers = { X-Who = "{{ login }}" } }'
    assert recipe(words).answer_callback(Verdict.DENIED, "a\r\nSet-Cookie: x", ()).headers["X-Who"] == "aSet-Cookie: x"


def test_reply_with_a_status_alone_keeps_the_default_words():
    answer = recipe("denied = { status = 200 }").answer_callback(Verdict.DENIED, "maria", ())
    assert (answer.status, answer.body) == (200, {"authorized": False})


def test_log_in_that_does_not_fit_the_words_changes_no_verdict():
    words = 'denied = { status = 200, json = { number = "{{ login | int }}" } }'
    answer = recipe(words).answer_callback(Verdict.DENIED, "not a number", ())
    assert (answer.status, answer.body) == (200, {"authorized": False})


def test_reply_sees_nothing_but_its_three_names():
    with pytest.raises(RecipeError) as caught:
        recipe('allowed = { status = 200, text = "{{ password }}" }')
    assert "password" in str(caught.value.problems[0].params)


DOOR = """
[params.from]
label = "Addresses"

[params.door]
label = "Secret"
kind = "secret"
"""
DOOR_WORDS = 'addresses = "{{ params.from }}"\nsecret_header = "X-Door"\nsecret = "{{ params.door }}"'


def admits(connect, params, address="203.0.113.7", headers=None):
    request = replace(ASKED, address=address, headers=headers or {})
    return recipe(DOOR_WORDS, DOOR).admits_callback(connect({"url": "https://example.com", **params}), request)


@pytest.mark.parametrize(
    ("listed", "address", "admitted"),
    [
        ("", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("198.51.100.0/24, 203.0.113.0/24", "203.0.113.7", True),
        ("203.0.113.5/24", "203.0.113.7", True),
        ("203.0.113.0/24", "::ffff:203.0.113.7", True),
        ("2001:db8::/32\n203.0.113.0/29", "2001:db8::1", True),
        ("198.51.100.0/24", "203.0.113.7", False),
        ("nonsense", "203.0.113.7", False),
        ("nonsense 203.0.113.7", "203.0.113.7", True),
        ("203.0.113.0/24", "", False),
        ("203.0.113.0/24", "2001:db8::1", False),
    ],
)
def test_f2_only_listed_addresses_may_ask(connect, listed, address, admitted):
    assert admits(connect, {"from": listed}, address) is admitted


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [({"x-door": "geheim"}, True), ({"X-Door": "geheim "}, False), ({"X-Door": ""}, False), ({}, False)],
)
def test_f2_secret_header_must_be_the_right_one(connect, headers, admitted):
    assert admits(connect, {"door": Secret("geheim")}, headers=headers) is admitted


def test_f2_address_and_header_are_both_asked_for(connect):
    params = {"from": "203.0.113.7", "door": Secret("geheim")}
    assert admits(connect, params, headers={"X-Door": "geheim"})
    assert not admits(connect, params, "198.51.100.1", {"X-Door": "geheim"})
    assert not admits(connect, params)


def test_recipe_without_a_door_admits_whoever_knows_the_address(connect):
    assert gateway("").admits_callback(connect({"url": "https://example.com"}), ASKED)


EVENTS = """
[operations.find]
url = "{{ params.url }}"
items = "body.items"
absent = "body.none"

[events]
when = "json.type == 'subscription.changed'"
login = "json.email"
document = "json.cpf"
reference = "headers.\\"x-reference\\""
remote = { id = "json.subscription.id" }
"""


def hint(json, **parts):
    return gateway(EVENTS).read_event(replace(ASKED, json=json, **parts))


def test_e8_event_names_its_subscriber_in_every_way_it_can():
    body = {"type": "subscription.changed", "email": " m@example.com ", "cpf": 52998224725, "subscription": {"id": 9}}
    expected = EventHint("m@example.com", "52998224725", "sin-a-9", {"id": "9"})
    assert hint(body, headers={"X-Reference": "sin-a-9"}) == expected


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"type": "invoice.paid", "email": "m@example.com"}, {"type": "subscription.changed"}]
)
def test_e8_event_of_no_concern_or_about_nobody_is_no_hint(body):
    assert hint(body) is None


def test_platform_without_events_tells_nothing():
    assert gateway("").read_event(replace(ASKED, json={"email": "m@example.com"})) is None
