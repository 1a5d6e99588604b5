"""Goes on without the key by which erased people were known again, when the key that sealed it is lost for good.

Until somebody decides that, nobody is let in who may be one of them: no source brings anybody, nobody is made.
"""

from sqlalchemy import delete, func, select

from webapp.extensions import db
from webapp.models import ErasedMark, Erasure, Setting
from webapp.models.privacy import ERASED, WAITING
from webapp.services.audit import record
from webapp.services.errors import Conflict
from webapp.services.privacy import ledger, salt
from webapp.services.privacy.marks import mark_person
from webapp.services.transactions import begin

OBJECT = "secret"


def give_up_marks() -> int:
    """Forget by what erased people were known, and commit: a source that still has them brings them back.

    Whoever is being erased still has data here, so gets new marks.

    Returns:
        How many people who were erased are not known any more.

    Raises:
        Conflict: the key opens, or nobody was ever erased: there is nothing to give up. Nothing was changed.
        OSError: the file of erasures cannot be written; nothing was changed.
    """
    begin(reads_only=False)
    _refuse_if_opens()
    # First: a restore must not find a key there that nobody can open.
    ledger.drop_salt()
    count = db.session.scalar(select(func.count()).select_from(Erasure).where(Erasure.status == ERASED)) or 0
    db.session.execute(delete(ErasedMark))
    db.session.execute(delete(Setting).where(Setting.name == salt.NAME))
    for erasure in db.session.scalars(select(Erasure).where(Erasure.status == WAITING)):
        mark_person(erasure)
    record("secret.give_up", OBJECT, None, after={"count": count})
    db.session.commit()
    return count


def _refuse_if_opens() -> None:
    sealed = salt.find_sealed() or ledger.sealed_salt()
    if sealed and not salt.opens(sealed):
        return
    db.session.rollback()
    raise Conflict("marks_open")
