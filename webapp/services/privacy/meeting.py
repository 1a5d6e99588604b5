"""Where people come in, those who were erased are known again: nobody makes them anew without a person's word."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.erased import Person
from webapp.decide.intake import Wanted
from webapp.extensions import db
from webapp.models import Customer, Erasure
from webapp.services.errors import Conflict
from webapp.services.privacy.marks import Clues, find_people

# In ``Erasure.progress``: how often, when last and by which source the person was brought in again.
BACK = "back"
CAME_BACK, REFUSED = "erased_person_back", "erased_person"


def note_back(erasure_ids: Collection[int], source_id: int | None) -> None:
    """Count that people were brought in again, in the caller's transaction: once for each reading."""
    if not erasure_ids:
        return
    wanted = select(Erasure).where(Erasure.id.in_(erasure_ids)).with_for_update()
    for row in db.session.scalars(wanted, execution_options={"populate_existing": True}):
        known = row.progress.get(BACK, {})
        fresh = {"times": known.get("times", 0) + 1, "at": utc_now().isoformat(), "source_id": source_id}
        row.progress = {**row.progress, BACK: fresh}


def refuse_erased(code: str, document: str, email: str, phone: str) -> None:
    """Refuse to make a customer of a person who was erased.

    Raises:
        Conflict: ``erased_person``: an administrator admits the person again first, with a reason.
    """
    found = find_people([Clues(document, code, email, phone)])[0]
    if found is not None:
        raise Conflict(REFUSED, {"erasure": found.erasure_id})


def refuse_shell(customer: Customer) -> None:
    """Refuse to fill what is left of an erased person with data.

    Raises:
        Conflict: ``customer_erased``; a new contract is a new customer.
    """
    if customer.erased_at is not None:
        raise Conflict("customer_erased", {"id": customer.id})


def clues_of(wanted: Wanted, source_id: int | None) -> Clues:
    """Return by what a record that came in may be known."""
    external = wanted.customer_external or wanted.customer_code
    ids = ((source_id, external),) if source_id is not None else ()
    return Clues(wanted.document, wanted.customer_code, wanted.email, wanted.phone, source_ids=ids)


def erased_among(batch: Sequence[Wanted], source_id: int | None) -> dict[int, Person]:
    """Return position -> who it is, of the records about people who were erased; in the caller's transaction.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    found = find_people([clues_of(one, source_id) for one in batch])
    return {one.position: person for one, person in zip(batch, found, strict=True) if person is not None}
