"""Whether a record that comes in is about a person who was erased. Pure: it sees digests, never the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class MarkKind(StrEnum):
    """By what a person is known again. Ids of sources and platforms carry the row's number: ``source:3``."""

    DOCUMENT = "document"
    CODE = "code"
    EMAIL = "email"
    PHONE = "phone"
    LOGIN = "login"


SOURCE, REMOTE = "source", "remote"
# A family shares an address and a phone: these prove it only where no document tells two people apart.
_WEAK = frozenset({MarkKind.EMAIL, MarkKind.PHONE})
Mark = tuple[str, str]


@dataclass(frozen=True)
class Person:
    """One erased person as far as the marks tell.

    Attributes:
        erasure_id: whose marks these are.
        customer_id: the row that is left of the person.
        has_document: the person's document is among the marks.
    """

    erasure_id: int
    customer_id: int
    has_document: bool


def find_person(marks: Iterable[Mark], known: Mapping[Mark, Person]) -> Person | None:
    """Return who a record is about; None = nobody who was erased.

    Args:
        marks: of the record.
        known: marks of erased people.
    """
    found = [(kind, known[kind, digest]) for kind, digest in marks if (kind, digest) in known]
    strong = next((person for kind, person in found if kind not in _WEAK), None)
    if strong is not None or not found:
        return strong
    documented = any(kind == MarkKind.DOCUMENT for kind, _ in marks)
    # Both have a document, and it is not the same one: another person of the same household.
    return next((person for _, person in found if not (documented and person.has_document)), None)
