"""What subscribers are told: texts without programs, addresses that reach somebody, tries that come to an end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.activation import (
    CREATED,
    EMAIL,
    EMAIL_BLANK,
    ENABLED,
    LONGEST_BODY,
    MOST_AT_ONCE,
    MOST_TRIES,
    PASSWORD,
    PHONE_BLANK,
    SMS,
    VARIABLES,
    WHATSAPP,
    Happened,
    address_for,
    blank_of,
    is_wave,
    kind_of,
    masked,
    needs_link,
    next_pause,
    phone_address,
    render,
    render_line,
    text_flaws,
    way_of,
)

VALUES = dict.fromkeys(VARIABLES, "x")


@pytest.mark.parametrize(
    ("action", "changed", "kind"),
    [
        ("account.create", False, CREATED), ("account.enable", False, ENABLED), ("account.suspend", False, ""),
        ("service.update", True, PASSWORD), ("service.update", False, ""),
    ],
)  # fmt: skip
def test_what_happened_leads_to_one_kind_of_message_or_none(action: str, changed: bool, kind: str) -> None:
    assert kind_of(Happened(1, action, 1, password_changed=changed)) == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ cpf }}", "activation_word_unknown"),
        ("{{ nome.upper() }}", "activation_text_program"),
        ("{{ nome | upper }}", "activation_text_program"),
        ("{{ ''.__class__ }}", "activation_text_program"),
        ("{{ 7 * 7 }}", "activation_text_program"),
        ("{% for x in nome %}{{ x }}{% endfor %}", "activation_text_program"),
        ("{% set nome = login %}", "activation_text_program"),
        ("{% include 'base.html' %}", "activation_text_program"),
        ("{{ nome", "activation_text_unreadable"),
        ("{% if %}", "activation_text_unreadable"),
        ("x" * (LONGEST_BODY + 1), "activation_text_long"),
    ],
)
def test_text_takes_words_and_nothing_that_computes(text: str, code: str) -> None:
    assert [flaw.code for flaw in text_flaws(text)] == [code]


def test_each_unknown_word_is_named() -> None:
    assert [flaw.params["word"] for flaw in text_flaws("{{ nome }} {{ rg }} {{ cpf }}")] == ["cpf", "rg"]


@given(st.text(max_size=60), st.sampled_from(VARIABLES))
def test_whatever_is_found_without_flaws_can_be_filled_in(text: str, word: str) -> None:
    whole = f"{text} {{{{ {word} }}}}"
    if not text_flaws(whole):
        assert isinstance(render(whole, VALUES), str)


@given(st.text(max_size=60))
def test_what_a_subscriber_is_called_is_never_a_program_nor_another_line(name: str) -> None:
    told = render("Oi, {{ nome }}.", {**VALUES, "nome": f"{{{{ senha }}}}{name}"})
    assert told.startswith("Oi, {{ senha }}")
    assert told.endswith(".")
    assert not {"\n", "\r"} & {*told}


def test_subject_stays_one_line() -> None:
    assert render_line("Oi\r\nBcc: {{ nome }}", {**VALUES, "nome": "Ana\nX-Y: z"}) == "Oi Bcc: Ana X-Y: z"


@pytest.mark.parametrize(
    ("texts", "allowed", "needed"),
    [
        (("{{ link }}",), True, True), (("{{ senha }}",), False, True), (("{{ senha }}",), True, False),
        (("{{ login }}", "{{ nome }}"), False, False), (("senha", "link"), False, False),
    ],
)  # fmt: skip
def test_link_is_made_where_it_is_asked_for_or_stands_for_the_password(
    texts: tuple[str, ...], allowed: bool, needed: bool
) -> None:
    assert needs_link(texts, password_allowed=allowed) is needed


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("11987654321", "5511987654321"), ("(11) 98765-4321", "5511987654321"),
        ("+55 11 98765-4321", "5511987654321"), ("55987654321", "5555987654321"), ("5555987654321", "5555987654321"),
        ("1133334444", ""), ("987654321", ""), ("", ""), ("+1 212 555 0100 99", ""),
    ],
)  # fmt: skip
def test_only_a_mobile_number_with_its_area_is_written_to(phone: str, address: str) -> None:
    assert phone_address(phone) == address


@pytest.mark.parametrize(
    ("kind", "to"), [(EMAIL, "ana@example.com"), (WHATSAPP, "5511987654321"), (SMS, "5511987654321")]
)
def test_each_kind_of_channel_has_its_address_and_its_blank(kind: str, to: str) -> None:
    assert address_for(kind, " ana@example.com ", "11 98765-4321") == to
    assert blank_of(kind) == (EMAIL_BLANK if kind == EMAIL else PHONE_BLANK)


@pytest.mark.parametrize("email", ["", "ana", "ana@example", "a@b@example.com", "ana @example.com", "ana@ex\nx.com"])
def test_what_is_no_address_is_not_written_to(email: str) -> None:
    assert address_for(EMAIL, email, "") == ""


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ana.souza@example.com", "an***@example.com"), ("5511987654321", "***4321"), ("4321", "***"), ("", "***")],
)
def test_lists_tell_whose_an_address_may_be_and_no_more(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_tries_become_rarer_and_end() -> None:
    pauses = [next_pause(tries) for tries in range(1, MOST_TRIES + 2)]
    kept = [pause for pause in pauses if pause is not None]
    assert kept == sorted(kept)
    assert kept[0] > timedelta(0)
    assert pauses[MOST_TRIES - 1 :] == [None, None]
    assert next_pause(0) is None


def test_each_try_takes_the_next_way_and_begins_again() -> None:
    assert [way_of([7, 8], tries) for tries in range(3)] == [7, 8, 7]
    assert way_of([], 0) is None


def test_wave_is_more_than_a_person_expects_at_once() -> None:
    assert [is_wave(MOST_AT_ONCE - 1, fresh) for fresh in (1, 2)] == [False, True]
