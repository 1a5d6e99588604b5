"""Guessing: what is refused unanswered, who gets in all the same, what is written down."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests.fixtures.people import PASSWORD
from webapp import clock
from webapp.extensions import db
from webapp.models import Event, GuessWindow
from webapp.services import guesses, passwords, sign_in
from webapp.services.guesses import Limit, Refused
from webapp.services.operators import create_operator
from webapp.services.sign_in import Visitor
from webapp.services.watchdogs import guessing

EMAIL = "ana@example.com"
GUESSES = 10_000
THREE = Limit("test", 3, 60)


def begin_window() -> None:
    """Go to where all windows have just begun, so that none ends while a test counts."""
    clock.move(timedelta(seconds=86_401 - clock.utc_now().timestamp() % 86_400))


def guess(email: str, number: int) -> sign_in.Answer:
    """Guess from an address that never asked before."""
    address = f"198.18.{number // 250}.{number % 250}"
    return sign_in.enter_by_password(email, f"a wrong guess {number}", Visitor(address))


def test_of_ten_thousand_guesses_from_as_many_addresses_at_least_99_percent_are_refused_unanswered(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_window()
    operator = create_operator(EMAIL, PASSWORD, "admin")
    looked_at = Counter[str]()
    real = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda *given: looked_at.update(["one"]) or real(*given))
    answers = [guess(EMAIL, number) for number in range(GUESSES)]
    refused = sum(answer.wait_s > 0 for answer in answers)
    assert refused >= 0.99 * GUESSES
    assert looked_at["one"] == GUESSES - refused == sign_in.BY_EMAIL.times
    assert not any(answer.operator_id for answer in answers)
    # The operator, meanwhile: shut out in a browser that nobody knows, let in by one that is known.
    assert sign_in.enter_by_password(EMAIL, PASSWORD, Visitor("198.51.100.7")).wait_s
    known = Visitor("198.51.100.7", "the-notebook", frozenset({operator.id}))
    assert sign_in.enter_by_password(EMAIL, PASSWORD, known).operator_id == operator.id
    actions = db.session.scalars(select(Event.action).where(Event.action.startswith("sign_in."))).all()
    assert actions == ["sign_in.failed", "sign_in.blocked"]
    assert db.session.query(GuessWindow).count() < 60
    (finding,) = guessing.CHECKS[0].look(clock.utc_now())
    assert finding.params == {"email": EMAIL, "tries": 10, "refused": 1_000}
    assert not list(guessing.CHECKS[1].look(clock.utc_now()))


def test_guesses_of_unknown_e_mails_are_refused_alike_and_what_was_typed_is_not_kept(app: APIFlask) -> None:
    create_operator(EMAIL, PASSWORD, "admin")
    known = [guess(EMAIL, number) for number in range(12)]
    unknown = [guess("my-secret-password@example.com", number) for number in range(12)]
    assert [bool(answer.wait_s) for answer in known] == [bool(answer.wait_s) for answer in unknown]
    assert "my-secret-password" not in str(db.session.execute(select(Event.label, Event.after)).all())
    assert db.session.scalars(select(Event.after).where(Event.action == "sign_in.unknown")).all()[0]["tries"] == 1


@pytest.mark.parametrize("spelled", ["ANA@example.com", " ana@example.com ", "ana@EXAMPLE.com", "ana@example\uff0ecom"])
def test_another_spelling_of_an_e_mail_gives_no_tries_of_its_own(app: APIFlask, spelled: str) -> None:
    create_operator(EMAIL, PASSWORD, "admin")
    for number in range(sign_in.BY_EMAIL.times):
        assert not guess(EMAIL, number).wait_s
    assert guess(spelled, 99).wait_s


def test_many_e_mails_from_many_addresses_are_stopped_by_the_limit_of_the_hub(app: APIFlask) -> None:
    begin_window()
    answers = [guess(f"somebody{number}@example.com", number) for number in range(200)]
    assert sum(not answer.wait_s for answer in answers) == sign_in.BY_HUB.times
    assert [one.code for one in guessing.CHECKS[1].look(clock.utc_now())] == [guessing.FLOOD]


def test_a_known_browser_is_no_free_way_to_guess(app: APIFlask) -> None:
    operator = create_operator(EMAIL, PASSWORD, "admin")
    stolen = Visitor("198.51.100.7", "the-notebook", frozenset({operator.id}))
    answers = [sign_in.enter_by_password(EMAIL, "a wrong guess", stolen) for _number in range(20)]
    assert sum(not answer.wait_s for answer in answers) == sign_in.BY_BROWSER.times


def test_a_window_that_is_over_counts_no_more_and_is_removed(app: APIFlask) -> None:
    begin_window()
    taken = [guesses.take([guesses.place(THREE, "k")]) for _number in range(5)]
    assert [isinstance(one, Refused) for one in taken] == [False, False, False, True, True]
    assert 55 < taken[-1].wait_s <= 59
    clock.move(timedelta(seconds=61))
    assert not isinstance(guesses.take([guesses.place(THREE, "k")]), Refused)
    clock.move(timedelta(days=4))
    guesses.tidy()
    assert db.session.query(GuessWindow).count() == 0


def test_a_right_try_gives_its_place_back(app: APIFlask) -> None:
    for _number in range(10):
        taken = guesses.take([guesses.place(THREE, "k")])
        assert not isinstance(taken, Refused)
        guesses.give_back(taken)


def crowd(app: APIFlask, count: int, act: Callable[[], Any]) -> Counter[Any]:
    """Let so many do the same at the same moment; return what each got."""
    got, ready = Counter[Any](), threading.Barrier(count)

    def one() -> None:
        with app.app_context():
            ready.wait(5)
            got.update([act()])
            db.session.remove()

    threads = [threading.Thread(target=one) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def take_one() -> bool:
    return not isinstance(guesses.take([guesses.place(THREE, "k")]), Refused)


def test_tries_at_the_same_moment_never_pass_the_limit_together(app: APIFlask) -> None:
    assert crowd(app, 16, take_one) == {True: 3, False: 13}


def test_a_hash_of_former_costs_is_made_anew_at_the_sign_in_and_no_other_time(app: APIFlask) -> None:
    operator = create_operator(EMAIL, PASSWORD, "admin")
    before = operator.password
    app.config[passwords.OPTIONS] = {**app.config[passwords.OPTIONS], "argon2__rounds": 2}
    assert sign_in.enter_by_password(EMAIL, "wrong", Visitor("198.51.100.7")).operator_id is None
    db.session.expire_all()
    assert operator.password == before
    assert sign_in.enter_by_password(EMAIL, PASSWORD, Visitor("198.51.100.7")).operator_id == operator.id
    db.session.expire_all()
    assert operator.password != before
