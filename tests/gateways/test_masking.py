"""What may be kept of a request and an answer."""

import base64
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.gateways.masking import KEPT_CHARS, Masker

SECRET = "tök/en+ABC=123"


@pytest.mark.parametrize("name", ["password", "senha", "pSenha", "api_key", "X-Token", "client_secret", "segredo"])
def test_field_with_a_secret_name_is_masked_in_json_form_and_query(name):
    masker = Masker()
    assert json.loads(masker.body(json.dumps({"a": [{name: "abc"}]}).encode()))["a"][0][name] == "***"
    assert masker.body(f"{name}=abc&x=1".encode(), "application/x-www-form-urlencoded") == f"{name}=***&x=1"
    assert masker.url(f"https://x.example.com/?{name}=abc&x=1") == f"https://x.example.com/?{name}=***&x=1"


def test_declared_name_is_masked():
    assert Masker(names=["pCampo"]).body(b'{"pcampo": "abc"}') == '{"pcampo": "***"}'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        "t%C3%B6k%2Fen%2BABC%3D123",
        json.dumps(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(f"a:{SECRET}:b".encode()).decode(),
    ],
)
def test_known_value_is_masked_however_it_is_written(form):
    masked = Masker([SECRET]).text(f"before {form} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    assert form[6:-6] not in masked


def test_value_of_one_call_is_masked_in_every_part():
    masker = Masker(["tok-123456"]).with_values(["maria-123", "tok-123456"])
    assert masker.body(b'{"echo": "maria-123", "t": "tok-123456"}') == '{"echo": "***", "t": "***"}'
    assert masker.url("https://x.example.com/maria-123") == "https://x.example.com/***"
    assert masker.headers({"X-Echo": "maria-123"}) == {"X-Echo": "***"}


def test_headers_that_carry_credentials_keep_only_their_scheme():
    headers = {"Authorization": "Bearer abc", "Cookie": "a=b", "X-Api-Key": "k", "Location": "/x?token=abc", "X": "1"}
    assert Masker().headers(headers) == {
        "Authorization": "Bearer ***", "Cookie": "***", "X-Api-Key": "***", "Location": "/x?token=***", "X": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("cpf", "52998224725", "***.982.247-**"),
        ("cpf_cnpj", "529.982.247-25", "***.982.247-**"),
        ("document", "12ABC34501DE35", "**.ABC.345/****-**"),
        ("document", 11144477735, "***.444.777-**"),
        ("telefone_primario", "+55 11 98765-4321", "***4321"),
        ("e_mail", "maria@example.com", "m***@example.com"),
        ("nome", "Maria", "Maria"),
        ("senha", None, None),
    ],
)
def test_personal_field_is_shown_in_part(name, value, shown):
    assert json.loads(Masker().body(json.dumps({name: value}).encode()))[name] == shown


def test_e_mail_and_document_are_masked_in_plain_text_and_path():
    masker = Masker()
    assert masker.text("quem é maria.silva@example.com 529.982.247-25?") == "quem é m***@example.com ***.982.247-**?"
    assert masker.url("https://x.example.com/c/52998224725/a%40b.example.com") == (
        "https://x.example.com/c/***.982.247-**/a***%40b.example.com"
    )
    assert "52998224725" not in masker.url("https://x.example.com/?cpf=52998224725")


@pytest.mark.parametrize(
    "text", [".ana@example.com", "x" * 100 + "ana@example.com", "<ana@example.com>", "=ana@example.com"]
)
def test_e_mail_is_masked_wherever_it_begins(text):
    assert "ana@" not in Masker().text(text)


def test_userinfo_of_a_url_is_masked():
    assert Masker().url("http://user:pw@x.example.com/") == "http://***@x.example.com/"


@pytest.mark.parametrize(
    "body", [b'{"senha": "abc', b"<senha>abc</senha>", b"senha: abc", b"senha = 'abc'", b'{"senha":"abc"} x']
)
def test_secret_in_a_broken_body_is_masked(body):
    assert "abc" not in Masker().body(body)


def test_long_body_is_cut_and_masked_at_the_cut():
    body = b"x" * (KEPT_CHARS - 4) + SECRET.encode() + b"y" * 100_000
    kept = Masker([SECRET]).body(body)
    assert len(kept) <= KEPT_CHARS + 1
    assert "tök" not in kept
    assert kept.endswith("…")


def test_short_value_is_not_hunted_in_unrelated_text():
    assert Masker(["12"]).text("room 1234") == "room 1234"


def test_switches_stay_visible():
    assert Masker().body(b'{"token_valid": true}') == '{"token_valid": true}'


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=80))
def test_nothing_makes_the_masker_raise(body, secret, text):
    masker = Masker([secret], [text]).with_values([text])
    masker.body(body)
    masker.body(text.encode("utf-8", "replace"), "application/x-www-form-urlencoded")
    masker.url(text)
    masker.headers({"a": text})


def test_deeply_nested_body_is_masked_as_text():
    assert "abc" not in Masker().body(b'[{"senha": "abc"},' + b"[" * 5000)


def test_hostile_body_is_masked_in_time():
    started = time.thread_time()
    Masker(["tok-123456"]).body(b"senha" * 2400 + b"@" + b"a." * 500)
    assert time.thread_time() - started < 0.5
