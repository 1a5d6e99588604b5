"""What became of a record that was written in a set."""

from webapp.decide.intake import What
from webapp.services.intake.folding import Done
from webapp.services.intake.rows import CREATED, HELD, PLANNED, UNCHANGED, UPDATED, RowResult
from webapp.services.intake.writing import Writer


def result_of(row: Done, writer: Writer) -> RowResult:
    """Return a record's result, with the ids of its rows."""
    ids = [None if one is None else writer.real(one) for one in (row.customer_id, row.service_id)]
    return RowResult(row.judged.position, _outcome(row), row.judged.plan.problems, *ids)


def _outcome(row: Done) -> str:
    plan = row.judged.plan
    if plan.outcome != PLANNED:
        return plan.outcome
    if row.held:
        return HELD
    whats = {change.what for change in row.changes}
    if (What.CREATE_CUSTOMER if plan.wanted.service is None else What.CREATE_SERVICE) in whats:
        return CREATED
    return UPDATED if whats else UNCHANGED
