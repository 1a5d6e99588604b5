"""Whose an account is that nobody here made: every clue, and what keeps the hub from naming anybody."""

import pytest

from webapp.decide.orphans import NOBODY, SEVERAL, STRENGTH, Candidate, Clue, Guess, guess, key_of, others_on
from webapp.gateways.contract import Observed, RemoteState

MINE, OTHER = "52998224725", "11144477735"


def one(service_id: int, clue: Clue = Clue.EMAIL, **more: object) -> Candidate:
    return Candidate(service_id, clue, **{"sold": True, **more})  # type: ignore[arg-type]


def seen(**values: object) -> Observed:
    return Observed(**{"login": "Maria@Example.com", "state": RemoteState.ACTIVE, **values})  # type: ignore[arg-type]


CASES: dict[str, tuple[list[Candidate], str, Guess]] = {
    "nobody": ([], "", NOBODY),
    "one by its e-mail": ([one(1)], "", Guess(1, "orphan_guess_email")),
    "the stronger clue wins": (
        [one(1, Clue.EMAIL), one(2, Clue.DOCUMENT)], MINE, Guess(2, "orphan_guess_document")),
    "our own reference beats all": (
        [one(1, Clue.DOCUMENT), one(2, Clue.REFERENCE)], MINE, Guess(2, "orphan_guess_reference")),
    "the same service by two clues": (
        [one(1, Clue.LOCAL_PART), one(1, Clue.EMAIL)], "", Guess(1, "orphan_guess_email")),
    "several are named by nobody": ([one(1), one(2)], "", Guess(None, SEVERAL)),
    "the one without an account there": ([one(1, taken=True), one(2)], "", Guess(2, "orphan_guess_email")),
    "the one with a package of the platform": ([one(1, sold=False), one(2)], "", Guess(2, "orphan_guess_email")),
    "the one that goes on, where none is free": (
        [one(1, sold=False, ended=True), one(2, sold=False)], "", Guess(2, "orphan_guess_email")),
    "one that ended is better than nobody": (
        [one(1, sold=False, ended=True)], "", Guess(1, "orphan_guess_email")),
    "several that are not free": ([one(1, taken=True), one(2, sold=False)], "", Guess(None, SEVERAL)),
    "a weaker clue is not asked where the stronger names several": (
        [one(1), one(2), one(3, Clue.PHONE)], "", Guess(None, SEVERAL)),
    "another document is somebody else": ([one(1, document=OTHER)], MINE, NOBODY),
    "no document says nothing": ([one(1, document="")], MINE, Guess(1, "orphan_guess_email")),
    "our own reference stands against a document": (
        [one(1, Clue.REFERENCE, document=OTHER)], MINE, Guess(1, "orphan_guess_reference")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_guess_follows_the_table(case: str) -> None:
    candidates, document, expected = CASES[case]
    assert guess(candidates, document) == expected
    assert guess(reversed(candidates), document) == expected


def test_every_clue_alone_names_its_service_and_beats_all_weaker_ones() -> None:
    for place, clue in enumerate(STRENGTH):
        weaker = [one(9, each) for each in STRENGTH[place + 1 :]]
        assert guess([*weaker, one(1, clue)]) == Guess(1, f"orphan_guess_{clue}")


@pytest.mark.parametrize(
    ("observed", "key"),
    [
        (seen(remote_ids={"b": "2", "a": "1"}, reference="r"), "id:a=1;b=2"),
        (seen(reference="sin-1-2"), "reference:sin-1-2"),
        (seen(), "login:maria@example.com"),
    ],
)
def test_key_is_what_stays_the_same_over_readings(observed: Observed, key: str) -> None:
    assert key_of(observed) == key


@pytest.mark.parametrize(("mine", "ours", "others"), [(["a"], 0, 0), (["a", "b"], 0, 1), (["a"], 2, 2), (["b"], 0, 1)])
def test_the_last_right_is_only_the_last_when_nothing_of_ours_stands_there(
    mine: list[str], ours: int, others: int
) -> None:
    assert others_on(mine, "a", ours) == others


def test_two_long_ids_that_begin_alike_have_two_keys_that_fit_the_column() -> None:
    keys = {key_of(seen(remote_ids={"id": "x" * 400 + end})) for end in "ab"}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {300}
