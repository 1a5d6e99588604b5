"""What follows from how a call ended: for the unit, the account, and the whole integration. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.decide.state import ABSENT, PENDING_USER, SUSPENDED, UNKNOWN, Intent, UnitState
from webapp.decide.state import ACTIVE as ACTIVE_STATE
from webapp.decide.steps import applied, uncertain
from webapp.gateways.contract import Observed, Operation, Outcome, Progress, RemoteState


class Retry(StrEnum):
    """When the account is looked at again."""

    SCHEDULE = "schedule"
    ASKED = "asked"
    SLOWLY = "slowly"
    NOW = "now"
    NEVER = "never"


class Brake(StrEnum):
    """What the whole integration learns."""

    NONE = "none"
    FAILURE = "failure"
    THROTTLE = "throttle"
    AUTH = "auth"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True)
class Consequence:
    """How one class of failure is treated.

    Attributes:
        doubt: the call may have had its effect.
        status: the account's status while it stands so.
    """

    doubt: bool
    status: str
    retry: Retry
    brake: Brake = Brake.NONE


CONSEQUENCES = {
    "in_progress": Consequence(False, "pending", Retry.ASKED),
    "unavailable": Consequence(False, "pending", Retry.SCHEDULE, Brake.FAILURE),
    "throttled": Consequence(False, "pending", Retry.ASKED, Brake.THROTTLE),
    "unknown": Consequence(True, "pending", Retry.SCHEDULE, Brake.FAILURE),
    "auth": Consequence(False, "pending", Retry.SCHEDULE, Brake.AUTH),
    "rejected": Consequence(False, "blocked", Retry.NEVER),
    "unsupported": Consequence(False, "blocked", Retry.NEVER),
    "clash": Consequence(False, "parked", Retry.NEVER),
    "capacity": Consequence(False, "pending", Retry.SLOWLY),
    "contract": Consequence(True, "pending", Retry.SCHEDULE, Brake.PAUSE),
    "gone_endpoint": Consequence(False, "pending", Retry.SCHEDULE, Brake.STOP),
    "egress": Consequence(False, "pending", Retry.SCHEDULE, Brake.STOP),
    "unsent": Consequence(False, "pending", Retry.NOW),
    "internal": Consequence(True, "pending", Retry.SCHEDULE, Brake.FAILURE),
}


# An error page of a platform, or of what stands before it, says nothing of what was done behind it.
_DOUBTFUL_STATUSES = frozenset({500, 502, 504})
# What a platform may keep under a key and answer for ever; 502 and 504 come from what stands before it.
_OWN_ERROR = 500
_ENDING = frozenset({Operation.SUSPEND, Operation.CANCEL})


def after_success(
    have: UnitState, operation: Operation, intent: Intent, outcome: Outcome, state: RemoteState | None
) -> UnitState:
    """Return the unit after a call that ended well."""
    if Operation.CREATE in (operation, intent.operation) and outcome is Outcome.ALREADY:
        return have.with_(exists=True, intent=replace(intent, doubt=False), progress=None, progress_payload="")
    if outcome is Outcome.GONE and operation is not Operation.CANCEL:
        return have.with_(
            state=ABSENT, payload="", intent=None, resend=False, remote_ids={}, progress=None, progress_payload=""
        )  # fmt: skip
    after = applied(have, operation, intent)
    waits = outcome is Outcome.PENDING_USER or state is RemoteState.PENDING_USER
    # Whoever was suspended or cancelled is waited for by nobody, whatever the platform calls that.
    return after.with_(state=PENDING_USER) if waits and operation not in _ENDING else after


def after_failure(have: UnitState, intent: Intent, consequence: Consequence, status: int | None = None) -> UnitState:
    """Return the unit after a call that failed; a refused intent is over, the others keep their key.

    Args:
        intent: as it was sent; in doubt when a former try of it went unanswered.
        status: HTTP status of the answer, where there was one.
    """
    if consequence.retry is Retry.NEVER:
        # A create that is refused under its key was not done under it before either.
        if intent.doubt and intent.operation != Operation.CREATE:
            have = uncertain(have, intent.operation)
        return have.with_(intent=None, resend=False, exists=False)
    doubt = consequence.doubt or intent.doubt or status in _DOUBTFUL_STATUSES
    errors = intent.errors + (status == _OWN_ERROR)
    return have.with_(intent=replace(intent, doubt=doubt, errors=errors))


def in_progress(have: UnitState, intent: Intent) -> UnitState:
    """Return the unit while the platform still works on what it took: the next try asks on, and doubts nothing."""
    return have.with_(intent=replace(intent, doubt=False))


def half_done(have: UnitState, intent: Intent, progress: Progress | None) -> UnitState:
    """Return the unit with how far the steps of a call that failed came.

    Args:
        progress: None = the gateway says nothing of it, so it stays as it was.
    """
    if progress is None:
        return have
    if not progress.operation:
        return have.with_(progress=None, progress_payload="")
    began = have.progress_payload if have.progress is not None else intent.payload
    return have.with_(progress=progress, progress_payload=began)


def merged_ids(known: Mapping[str, str], learned: Mapping[str, str]) -> dict[str, str]:
    """Return ids with those learned on top; an empty one means that it holds no more."""
    return {name: value for name, value in {**known, **learned}.items() if value}


def adopted(have: UnitState, found: Observed) -> UnitState:
    """Return the unit after a look-up found the account: ours, as the platform shows it.

    The data are known only when it was our own create that went unanswered.
    """
    known = {RemoteState.ACTIVE: ACTIVE_STATE, RemoteState.SUSPENDED: SUSPENDED, RemoteState.PENDING_USER: PENDING_USER}
    ours = have.intent is not None and have.intent.operation == Operation.CREATE and have.intent.doubt
    payload = have.intent.payload if ours and have.intent is not None else ""
    state = known.get(found.state, UNKNOWN)
    return have.with_(state=state, payload=payload, intent=None, exists=False, progress=None, progress_payload="")


def is_own_create(before: UnitState, after: UnitState) -> bool:
    """Tell whether a create of ours that went unanswered turned out to have been carried out."""
    intent = before.intent
    doubtful = intent is not None and intent.doubt and intent.operation == Operation.CREATE
    return doubtful and after.intent is None and after.live


def not_found(have: UnitState, *, same_key: bool) -> UnitState:
    """Return the unit after a look-up that found nothing: the way is clear for a create.

    Args:
        same_key: it carries the key of the former one; otherwise it gets its own.
    """
    intent = replace(have.intent, doubt=False) if have.intent is not None and same_key else None
    return have.with_(state=ABSENT if have.live else have.state, intent=intent, exists=False)


def account_status(units: dict[str, UnitState], content: str, *, settled: bool) -> str:
    """Return an account's status from its units.

    Args:
        content: the account's desired content.
        settled: nothing is left to do.
    """
    if not settled:
        return "pending"
    states = {unit.state for unit in units.values()}
    if PENDING_USER in states:
        return "waiting_user"
    if ACTIVE_STATE in states:
        return "active"
    if SUSPENDED in states or UNKNOWN in states:
        return "suspended"
    return {"keep": "pending", "suspended": "suspended"}.get(content, "cancelled")
