"""Marks of erased people: made when an erasure is asked for, met again by whatever brings a person in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, tuple_

from webapp.decide.erased import REMOTE, SOURCE, Mark, MarkKind, Person, find_person
from webapp.extensions import db
from webapp.models import Account, Customer, ErasedMark, Erasure, Service, SourceLink
from webapp.services.documents import normalise_document, normalise_email, normalise_phone
from webapp.services.privacy import salt as salts
from webapp.services.transactions import insert_once

BATCH = 400
_MARK, _ERASURE = ErasedMark.__table__, Erasure.__table__


@dataclass(frozen=True)
class Clues:
    """What something that came in says of a person; empty = it does not say.

    Attributes:
        source_ids: (number of the source, how it names the customer).
        remote_ids: (number of the integration, id on the platform).
    """

    document: str = ""
    code: str = ""
    email: str = ""
    phone: str = ""
    login: str = ""
    source_ids: tuple[tuple[int, str], ...] = ()
    remote_ids: tuple[tuple[int, str], ...] = ()

    def values(self) -> list[Mark]:
        """Return what there is to make marks of: kind and value."""
        plain = (
            (MarkKind.DOCUMENT, _document(self.document)),
            (MarkKind.CODE, self.code.strip()),
            (MarkKind.EMAIL, normalise_email(self.email)),
            (MarkKind.PHONE, normalise_phone(self.phone)),
            (MarkKind.LOGIN, self.login.strip().lower()),
        )
        own = [(f"{SOURCE}:{number}", name) for number, name in self.source_ids]
        own += [(f"{REMOTE}:{number}", name) for number, name in self.remote_ids]
        return [(str(kind), value) for kind, value in (*plain, *own) if value]


def _document(text: str) -> str:
    """Return a document in one shape, with the zeros in front that spreadsheet programs take away."""
    found = normalise_document(text)
    if not found.isdecimal():
        return found
    return found.zfill(11 if len(found) <= 11 else 14)


def mark_person(erasure: Erasure) -> None:
    """Write the marks of a person, in the caller's transaction; those that are there already stay as they are."""
    key = salts.make_salt()
    known = {(kind, salts.digest(key, kind, value)) for clues in _clues_of(erasure.customer_id) for kind, value in
             clues.values()}  # fmt: skip
    write_marks(erasure.id, sorted(known))


def write_marks(erasure_id: int, marks: Iterable[Mark]) -> None:
    """Write marks, in the caller's transaction; what two erased people share belongs to the first of them."""
    connection = db.session.connection()
    for kind, digest in marks:
        insert_once(connection, insert(_MARK).values(kind=kind, digest=digest, erasure_id=erasure_id))


def remove_marks(erasure_id: int) -> int:
    """Remove the marks of a person who comes back, in the caller's transaction; returns how many there were."""
    gone = db.session.execute(delete(_MARK).where(_MARK.c.erasure_id == erasure_id))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def marks_of(erasure_id: int) -> list[Mark]:
    """Return the marks of one erasure."""
    found = db.session.execute(select(_MARK.c.kind, _MARK.c.digest).where(_MARK.c.erasure_id == erasure_id))
    return sorted((row.kind, row.digest) for row in found)


def find_people(clues: Sequence[Clues]) -> list[Person | None]:
    """Return for each who it is about; None = nobody who was erased. Reads in the caller's transaction.

    One question where nobody was ever erased; else one more for each few hundred clues.

    Raises:
        VaultError: restore the encryption key: without it nobody knows who was erased.
    """
    key = salts.find_salt()
    if key is None or not clues:
        return [None] * len(clues)
    marks = [[(kind, salts.digest(key, kind, value)) for kind, value in one.values()] for one in clues]
    known = _known({mark for one in marks for mark in one})
    return [find_person(one, known) for one in marks]


def _known(marks: Collection[Mark]) -> Mapping[Mark, Person]:
    rows: list[Any] = []
    ordered = sorted(marks)
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        wanted = (
            select(_MARK.c.kind, _MARK.c.digest, _MARK.c.erasure_id, _ERASURE.c.customer_id)
            .join(_ERASURE, _ERASURE.c.id == _MARK.c.erasure_id)
            .where(tuple_(_MARK.c.kind, _MARK.c.digest).in_(part))
        )
        rows += db.session.execute(wanted).all()
    if not rows:
        return {}
    documented = _documented({row.erasure_id for row in rows})
    return {
        (row.kind, row.digest): Person(row.erasure_id, row.customer_id, row.erasure_id in documented) for row in rows
    }


def _documented(erasure_ids: Collection[int]) -> set[int]:
    wanted = select(_MARK.c.erasure_id).where(
        _MARK.c.erasure_id.in_(erasure_ids), _MARK.c.kind == str(MarkKind.DOCUMENT)
    )  # fmt: skip
    return set(db.session.scalars(wanted))


def _clues_of(customer_id: int) -> list[Clues]:
    """Return all by which this person may come back."""
    customer = db.session.get_one(Customer, customer_id)
    services = select(Service.id).where(Service.customer_id == customer_id)
    accounts = db.session.execute(
        select(Account.integration_id, Account.login_key, Account.remote_ids).where(Account.service_id.in_(services))
    ).all()
    links = db.session.execute(
        select(SourceLink.source_id, SourceLink.external).where(
            SourceLink.kind == "customer", SourceLink.local_id == customer_id
        )
    ).all()
    own = Clues(
        customer.document, customer.code, customer.email, customer.phone,
        source_ids=tuple((row.source_id, row.external) for row in links),
        remote_ids=tuple((row.integration_id, str(one)) for row in accounts for one in row.remote_ids.values()),
    )  # fmt: skip
    return [own, *(Clues(login=row.login_key) for row in accounts)]
