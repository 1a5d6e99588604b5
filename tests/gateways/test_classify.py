"""What statuses and bodies mean."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.gateways.people import NOW
from webapp.gateways.classify import classify, parse_json, retry_after_s
from webapp.gateways.contract import Operation
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    EndpointGone,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.gateways.masking import Masker


def answer(status=200, body=b"{}", **headers):
    request = HttpRequest("POST", "https://x.example.com/", secrets=("maria-123",))
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(request, status, names, body, Masker(), 3)


def raised(response, operation=Operation.SUSPEND, repeat_safe=True):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        classify(response, repeat_safe=repeat_safe, operation=operation, now=NOW)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_success_passes(status):
    assert classify(answer(status), repeat_safe=False, operation=Operation.CREATE) is None


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (100, ContractBroken, "status_unexpected"),
        (301, ContractBroken, "redirect"),
        (302, ContractBroken, "redirect"),
        (307, ContractBroken, "redirect"),
        (308, ContractBroken, "redirect"),
        (400, Rejected, "platform_rejected"),
        (401, AuthFailed, "credentials_refused"),
        (403, AuthFailed, "credentials_refused"),
        (404, Rejected, "platform_rejected"),
        (408, Throttled, "throttled"),
        (409, Rejected, "platform_rejected"),
        (410, EndpointGone, "endpoint_gone"),
        (422, Rejected, "platform_rejected"),
        (425, Throttled, "throttled"),
        (429, Throttled, "throttled"),
        (500, Unavailable, "server_error"),
        (501, Unavailable, "server_error"),
        (502, Unavailable, "server_error"),
        (503, Unavailable, "server_error"),
        (504, Unavailable, "server_error"),
    ],
)
def test_status_has_its_class(status, kind, code):
    error = raised(answer(status))
    assert (type(error), error.code, error.exchange.status) == (kind, code, status)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_fault_of_the_server_leaves_a_create_in_doubt(status):
    assert type(raised(answer(status), Operation.CREATE, repeat_safe=False)) is OutcomeUnknown
    assert type(raised(answer(status), Operation.CREATE, repeat_safe=True)) is Unavailable


def test_503_of_a_create_did_nothing():
    assert type(raised(answer(503), Operation.CREATE, repeat_safe=False)) is Unavailable


def test_503_with_retry_after_is_a_pause():
    error = raised(answer(503, Retry_After="7"))
    assert (type(error), error.retry_after_s) == (Throttled, 7.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-5", None),
        ("abc", None),
        ("", None),
        ("1.5", None),
        ("²", None),
        ("9" * 400, None),
        ("315360000", 315360000.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_or_none(text, seconds):
    assert retry_after_s({"Retry-After": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b'{"error": "invalid", "field": "email", "message": "bad"}', "email", "bad"),
        (b'{"errors": [{"field": "phone", "detail": "short"}]}', "phone", "short"),
        (b'{"data": {"erro": "CPF", "campo": "cpf"}}', "cpf", "CPF"),
        (b'["nope"]', None, ""),
        (b"<html>", None, ""),
    ],
)
def test_field_and_words_of_the_platform_are_shown(body, field, message):
    error = raised(answer(422, body))
    assert (error.field, error.params["message"]) == (field, message)


def test_words_of_the_platform_are_masked_short_and_on_one_line():
    error = raised(answer(422, b'{"message": "no maria-123\\n\\tfor maria@example.com ' + b"x" * 999 + b'"}'))
    assert error.params["message"].startswith("no *** for m***@example.com xxx")
    assert len(error.params["message"]) == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "answer_empty"),
        (b" \n", "answer_empty"),
        (b"<!doctype html><html>log in</html>", "answer_html"),
        (b'{"id": 1', "answer_not_json"),
        (b'{"id": 1, "id": 2}', "answer_duplicate_keys"),
        (b'[{"a": {"b": 1, "b": 1}}]', "answer_duplicate_keys"),
        (b'{"id": "\xff"}', "answer_not_utf8"),
        (b'{"id": NaN}', "answer_not_a_number"),
        (b'{"id": -Infinity}', "answer_not_a_number"),
        (b'{"id": 1e999}', "answer_not_a_number"),
        (b'{"id": 1} trailing', "answer_not_json"),
        (b"[" * 100_000, "answer_not_json"),
        (b"ok", "answer_not_json"),
        (b"1" * 5000, "answer_not_json"),
    ],
)
def test_body_that_is_not_strict_json_breaks_the_contract(body, code):
    with pytest.raises(ContractBroken) as caught:
        parse_json(answer(200, body))
    assert caught.value.code == code


def test_json_with_byte_order_mark_is_read():
    assert parse_json(answer(200, '\ufeff{"ç": "🎬"}'.encode())) == {"ç": "🎬"}
