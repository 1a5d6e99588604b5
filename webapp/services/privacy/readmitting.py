"""A person who was erased becomes a customer again: somebody says so, with a reason."""

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Erasure
from webapp.models.privacy import ERASED
from webapp.services import audit
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.privacy import ledger
from webapp.services.privacy.erasing import OBJECT, READMITTED, REASON_CHARS
from webapp.services.privacy.marks import remove_marks
from webapp.services.transactions import begin


def readmit(erasure_id: int, reason: str) -> Erasure:
    """Let a person who was erased be a customer again, and commit: a new contract, with new rows.

    Raises:
        NotFound: no such erasure.
        Invalid: the reason is missing.
        Conflict: it is not done, or the person was admitted already.
        OSError: the file beside the database cannot be written; nothing was changed.
    """
    refuse_if([] if reason.strip() else [Problem("reason", "reason_missing")])
    begin(reads_only=False)
    row = db.session.get(Erasure, erasure_id, with_for_update=True)
    row = row or get_or_refuse(Erasure, erasure_id, "erasure_unknown")
    if row.status != ERASED or READMITTED in row.progress:
        raise Conflict("erasure_over", {"id": erasure_id})
    at = utc_now().isoformat()
    ledger.note_readmitted(row, at)
    remove_marks(row.id)
    row.progress = {**row.progress, READMITTED: {"at": at, "by": audit.current_actor()}}
    text = reason.strip()[:REASON_CHARS]
    audit.record("customer.readmit", OBJECT, row.customer_id, reason=text)
    commit()
    return row
