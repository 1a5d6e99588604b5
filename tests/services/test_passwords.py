"""What a password must be, and what one costs."""

import threading

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from webapp.messages import explain
from webapp.services import passwords
from webapp.services.errors import Busy, Invalid
from webapp.services.password_words import WORDS

ABOUT = ["ana.silva@redefibra.example.com", "Ana Silva"]
GOOD = (
    "quatro girafas no telhado", "uma senha bem comprida", "Kx9f2-wq81mz", "cavalo bateria grampo certo",
    "pão çá ünïque wÿ7",
    "correct horse battery staple",
)  # fmt: skip
WEAK = {
    "mudar123mudar123": "password_weak_repeat",
    "flamengo2024flamengo": "password_weak_common",
    "Flamengo@2024!": "password_weak_common",
    "EuAmoJesus2024": "password_weak_common",
    "trocar senha 123": "password_weak_common",
    "Coração@1234": "password_weak_common",
    "redefibra2024": "password_weak_about",
    "AnaSilva2024!!": "password_weak_about",
    "Sintonia@123456": "password_weak_common",
    "mariajosesilva": "password_weak_names",
    "abcdefghijklmnop": "password_weak_sequence",
    "qwertyuiop[]": "password_weak_common",
    "aaaaaaaaaaaaaaaaaaaa": "password_weak_repeat",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_password_of_unlikely_words_or_signs_is_taken(app: APIFlask, text: str) -> None:
    passwords.check_password(text, ABOUT)


@pytest.mark.parametrize(("text", "reason"), WEAK.items())
def test_a_password_that_brazilians_would_guess_is_refused_with_its_reason(
    app: APIFlask, text: str, reason: str
) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.check_password(text, ABOUT, "again")
    (problem,) = caught.value.problems
    assert (problem.field, problem.code) == ("again", reason)


@pytest.mark.parametrize(
    ("text", "reason"), [("", "password_short"), ("x9#Kq2mZ81p", "password_short"), ("x9#K" * 51, "password_long")]
)
def test_a_password_too_short_or_too_long_is_refused(app: APIFlask, text: str, reason: str) -> None:
    assert [problem.code for problem in passwords.problems(text)] == [reason]


def test_the_longest_password_is_taken_and_the_same_in_any_unicode_form(app: APIFlask) -> None:
    text = "ção de quatro girafas " * 9
    passwords.check_password(text[: passwords.MAXIMUM])
    kept = passwords.hash_new("ção de girafas")
    with passwords.hashing(known=True):
        assert passwords.is_right("c\u0327a\u0303o de girafas".replace("c\u0327a\u0303", "c\u0327a\u0303"), kept)
        assert passwords.is_right("ção de girafas", kept)
        assert not passwords.is_right("cao de girafas", kept)
        assert not passwords.is_right("x" * 5000, kept)


def test_every_reason_is_explained_in_portuguese(app: APIFlask) -> None:
    reasons = {*WEAK.values(), *passwords.WEAK_BY_LIST.values(), *passwords.WEAK_BY_PATTERN.values(), "password_weak"}
    with app.test_request_context(), force_locale("pt_BR"):
        assert all(explain(reason).remedy for reason in reasons)


def test_words_are_as_they_are_compared() -> None:
    assert len(WORDS) > 600
    assert all(word.isascii() and word == word.lower() and word.isalnum() for word in WORDS)


def test_a_hash_made_with_other_costs_is_outdated_and_one_of_now_is_not(app: APIFlask) -> None:
    kept = passwords.hash_new("quatro girafas no telhado")
    assert not passwords.is_outdated(kept)
    app.config[passwords.OPTIONS] = passwords.ARGON2
    assert passwords.is_outdated(kept)
    assert passwords.is_outdated("no hash at all")


def test_the_product_hashes_as_owasp_recommends() -> None:
    # Password Storage Cheat Sheet: argon2id with m=47104 (46 MiB), t=1, p=1.
    assert passwords.ARGON2 == {"argon2__memory_cost": 47104, "argon2__rounds": 1, "argon2__parallelism": 1}


def test_strangers_never_take_the_last_place_and_who_waits_too_long_is_told(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WAIT_S", 0.05)
    inside, go = threading.Semaphore(0), threading.Event()

    def hold() -> None:
        with passwords.hashing(known=False):
            inside.release()
            go.wait(5)

    crowd = [threading.Thread(target=hold) for _number in range(passwords.AT_ONCE - 1)]
    for one in crowd:
        one.start()
        assert inside.acquire(timeout=5)
    try:
        with pytest.raises(Busy), passwords.hashing(known=False):
            pass
        with passwords.hashing(known=True):
            pass
    finally:
        go.set()
        for one in crowd:
            one.join()
    with passwords.hashing(known=False):
        pass
