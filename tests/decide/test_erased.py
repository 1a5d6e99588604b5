"""Whether a record is about somebody who was erased."""

import pytest

from webapp.decide.erased import Mark, Person, find_person

GONE = Person(7, 70, has_document=True)
PAPERLESS = Person(8, 80, has_document=False)
KNOWN: dict[Mark, Person] = {
    ("document", "d"): GONE, ("email", "e"): GONE, ("code", "c"): GONE, ("source:3", "s"): GONE,
    ("email", "x"): PAPERLESS, ("phone", "p"): PAPERLESS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([("document", "d")], GONE),
        ([("code", "c"), ("document", "another")], GONE),
        ([("source:3", "s")], GONE),
        ([("source:4", "s")], None),
        ([("email", "e")], GONE),
        ([("email", "e"), ("document", "of-the-wife")], None),
        ([("email", "x"), ("document", "unknown-there")], PAPERLESS),
        ([("phone", "p")], PAPERLESS),
        ([("phone", "nobody")], None),
        ([], None),
    ],
)
def test_a_person_is_known_by_strong_marks_and_by_an_address_only_where_no_document_tells_two_apart(
    marks: list[Mark], found: Person | None
) -> None:
    assert find_person(marks, KNOWN) is found
