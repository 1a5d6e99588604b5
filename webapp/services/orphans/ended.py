"""Records how the calls about one orphan ended: each only under its own lease, with what it teaches of the platform."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from webapp.clock import utc_now
from webapp.decide.outcome import CONSEQUENCES, Retry
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.errors import InProgress
from webapp.models import Orphan
from webapp.services import transactions
from webapp.services.audit import acting_as, record
from webapp.services.connections import current_connections
from webapp.services.convergence import attempts, lanes
from webapp.services.convergence.work import Lane, Result
from webapp.services.orphans.noting import CANCELLED, GONE
from webapp.services.orphans.subject import Target

CANCEL, PROVE = "cancel", "prove"
# So often it is looked at after the platform said that it ended; then a person looks.
MOST_LOOKS = 4
LOOK_S = 30.0


def looked_up(target: Target, result: Result) -> bool:
    """Record that it is there as it was seen; False when somebody else has it in hand by now."""
    _, row = _settle(target, result)
    if row is not None:
        row.error_code, row.error_params = None, {}
        db.session.commit()
    return row is not None


def part_over(target: Target, result: Result) -> bool:
    """Record that a part of it is not there (any more): the next one, or the end."""
    _, row = _settle(target, result)
    if row is not None:
        _over(row, target)
        db.session.commit()
    return True


def accepted(target: Target, result: Result) -> bool:
    """Record that the platform took the cancel; where it can be asked, it is read back before that counts."""
    lane, row = _settle(target, result)
    if row is None:
        return True
    row.call = {**row.call, "sent": True}
    traits = lane.gateway.traits if lane is not None else result.job.gateway.traits
    with acting_as("system"):
        after = {"outcome": str(result.reply.outcome) if result.reply else "", "unit": target.product}
        record("orphan.sent", "orphan", row.id, row.login, after=after)
    if traits.can(Operation.FIND):
        row.call = {**row.call, "phase": PROVE, "looks": 0}
        row.due_at = utc_now() + timedelta(seconds=traits.limits.read_lag_s)
        _free(row)
    else:
        _over(row, target)
    db.session.commit()
    return True


def still_there(target: Target, result: Result) -> bool:
    """Record that it is shown although the platform took its cancel: looked at again, then a person must."""
    _, row = _settle(target, result)
    if row is None:
        return True
    looks = int(row.call.get("looks", 0)) + 1
    row.call = {**row.call, "looks": looks}
    if looks < MOST_LOOKS:
        row.due_at = utc_now() + timedelta(seconds=LOOK_S * looks)
        _free(row)
    else:
        row.call = {**row.call, "phase": CANCEL}
        hold(row, "orphan_still_there", {"login": row.login})
    db.session.commit()
    return True


def another(target: Target, result: Result) -> bool:
    """Record that somebody else's account stands there now: nothing is ended."""
    _, row = _settle(target, result)
    if row is not None:
        hold(row, "orphan_another_there", {"login": row.login})
        db.session.commit()
    return True


def failed(target: Target, result: Result) -> bool:
    """Record a failure: tried again on the schedule, or held for a person; False when the platform is not well."""
    assert result.error is not None
    error, consequence = result.error, CONSEQUENCES[result.error.kind]
    lane, row = _settle(target, result)
    if row is not None:
        row.tries += not isinstance(error, InProgress)
        schedule = lane.schedule if lane is not None else None
        row.due_at = attempts.next_try(error, consequence, max(row.tries, 1), schedule, utc_now())
        row.error_code, row.error_params = error.code, dict(error.params)
        row.lease_until = None
        if consequence.doubt and result.job.operation is Operation.CANCEL:
            row.call = {**row.call, "sent": True}
        db.session.commit()
    return consequence.retry is Retry.NEVER


def hold(row: Orphan, code: str, params: Mapping[str, Any]) -> None:
    """Stop until a person looks; the caller commits."""
    row.due_at, row.lease_until = None, None
    row.error_code, row.error_params = code, dict(params)


def _over(row: Orphan, target: Target) -> None:
    left = [code for code in target.left if code != target.product]
    row.tries, row.error_code, row.error_params, row.lease_until = 0, None, {}, None
    if left:
        row.call, row.due_at = {**row.call, "left": left, "phase": CANCEL}, utc_now()
        return
    # What was not there when it was looked for was ended by nobody here.
    row.status, row.due_at = (CANCELLED if row.call.get("sent") else GONE), None
    row.call = {name: value for name, value in row.call.items() if name != "left"}
    row.call = {**row.call, "ended_at": utc_now().isoformat()}
    with acting_as("system"):
        record(f"orphan.{row.status}", "orphan", row.id, row.login)


def _free(row: Orphan) -> None:
    row.lease_until, row.tries, row.error_code, row.error_params = None, 0, None, {}


def _settle(target: Target, result: Result) -> tuple[Lane | None, Orphan | None]:
    """Begin to write; complete the transmission, let the integration learn, and return its orphan.

    Returns:
        The lane, None where the integration may not be called any more; and the row, None and committed when another
        worker, or a person, was quicker.
    """
    transactions.begin(reads_only=False)
    now = utc_now()
    row = db.session.get(Orphan, target.orphan_id, with_for_update=True)
    late = row is None or row.lease_until != target.lease_until
    connection = db.session.connection()
    attempts.write_ended(connection, [(result, late)], now)
    found = lanes.load_lanes(connection, current_connections(), [target.integration_id])
    lane = found.get(target.integration_id)
    if lane is not None:
        lanes.learn(connection, lane, [result], now)
    if late:
        db.session.commit()
        return lane, None
    return lane, row
