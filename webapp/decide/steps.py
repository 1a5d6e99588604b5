"""The next call that brings a unit from what was applied to what is desired. Pure.

Level-driven: what counts is the difference, not the history. Suspended and then paid
before anything was sent is no difference, so nothing is sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.decide.desired import DesiredUnit
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACTIVE, PENDING_USER, SUSPENDED, UNKNOWN, Intent, UnitState
from webapp.gateways.contract import Operation, Traits

_CHANGE_NOTHING = frozenset({Operation.RESEND_ACTIVATION, Operation.NOTIFY})
NEEDS_DATA = frozenset({Operation.CREATE, Operation.UPDATE, Operation.ENABLE})
# A platform may keep its error under the key for ever; after so many tries a fresh key is due.
TRIES_PER_KEY = 3
# Cancel before create: a platform's "one at a time" rule would bite otherwise.
ORDER = {
    Operation.ENABLE: 0, Operation.FIND: 1, Operation.CANCEL: 2, Operation.CREATE: 3,
    Operation.UPDATE: 4, Operation.SUSPEND: 5,
}  # fmt: skip


class Hold(StrEnum):
    """Why there is no call although there is a difference."""

    PARK = "park"
    WAIT = "wait"


@dataclass(frozen=True)
class Step:
    """One call, or the reason to hold.

    Attributes:
        intent: to be recorded before the call; a repeat carries the former key.
        until: for ``Hold.WAIT``, when to look again.
    """

    operation: Operation | None = None
    intent: Intent | None = None
    hold: Hold | None = None
    until: datetime | None = None


def next_step(want: DesiredUnit, have: UnitState, traits: Traits, *, verify_first: bool, now: datetime) -> Step | None:
    """Return the next step for one unit, or None when it is as desired.

    Args:
        verify_first: its absence was only observed; look up before creating.
    """
    if have.resend and have.state == PENDING_USER and traits.can(Operation.RESEND_ACTIVATION):
        # What is waited for is the user, so he is written to again; nothing there is changed.
        return _call(Operation.RESEND_ACTIVATION, want, have, now)
    if have.resend and have.last is not None and (have.intent is None or have.intent.key == have.last[1]):
        return _resend(want, have, have.last, now)
    if have.exists:
        return _look_up(want, have, now) if traits.can(Operation.FIND) else Step(hold=Hold.PARK)
    doubt = have.intent if have.intent is not None and have.intent.doubt else None
    if doubt is None:
        return _certain(want, have, traits, verify_first, now)
    taken_back = traits.repeatable_create and want.content is not Content.ACTIVE
    if doubt.operation == Operation.CREATE and not taken_back:
        return _doubtful_create(want, have, traits, now)
    if traits.sent_as(Operation(doubt.operation)) is Operation.CANCEL and _returns(want, doubt):
        # Only a finished cancel makes it certain that a new account may be made.
        return _call(Operation(doubt.operation), want, have, now)
    return _plain(want, uncertain(have, doubt.operation), traits, verify_first, now)


def missing_after_look_up(have: UnitState, traits: Traits, now: datetime, *, same_key: bool) -> Step | None:
    """Decide after a look-up that found nothing: wait until a late effect would show, or create (None).

    What we gave up on may still be worked on there for as long again, and shows after the read lag.

    Args:
        same_key: the create will carry the key of the doubtful one, see ``keeps_key``.
    """
    intent = have.intent
    if intent is None or not intent.doubt or intent.operation != Operation.CREATE:
        return None
    if same_key and traits.honours_key:
        return None
    visible_at = intent.under_way_at + timedelta(seconds=traits.limits.total_timeout_s + traits.limits.read_lag_s)
    return Step(hold=Hold.WAIT, until=visible_at) if now < visible_at else None


def keeps_key(have: UnitState, payload: str, traits: Traits, tries: int, now: datetime) -> bool:
    """Tell whether a create is repeated with its former key, which the platform still remembers.

    Args:
        payload: of what is wanted now.
        tries: failed ones in a row.
    """
    intent = have.intent
    if intent is None or intent.payload != payload or max(tries, intent.errors) >= TRIES_PER_KEY:
        return False
    return not _outlived(intent, traits, now)


def _outlived(intent: Intent, traits: Traits, now: datetime) -> bool:
    """Tell whether the platform may have forgotten the key before a call that begins now comes to its end."""
    ends_at = now + timedelta(seconds=traits.limits.total_timeout_s)
    return ends_at >= intent.first_sent_at + timedelta(seconds=traits.limits.key_ttl_s)


def _returns(want: DesiredUnit, doubt: Intent) -> bool:
    """Tell whether something shall be there again after a call that takes it away; *as it is* asks for nothing."""
    if doubt.operation == Operation.CANCEL:
        return want.content in (Content.ACTIVE, Content.SUSPENDED)
    return want.content is Content.ACTIVE


def _certain(want: DesiredUnit, have: UnitState, traits: Traits, verify_first: bool, now: datetime) -> Step | None:
    """Return the next step where no call is in doubt; an operation may still be half done."""
    if have.half_made and want.content in (Content.ABSENT, Content.SUSPENDED):
        return _call(Operation.CANCEL, want, have, now)
    if have.progress is not None and not have.half_made:
        have = uncertain(have, have.progress.operation)
    return _plain(want, have, traits, verify_first and not have.half_made, now)


def _plain(want: DesiredUnit, have: UnitState, traits: Traits, verify_first: bool, now: datetime) -> Step | None:
    if want.content is Content.KEEP:
        return None
    if want.content is Content.ABSENT:
        return _call(Operation.CANCEL, want, have, now) if have.live else None
    if not have.live:
        if want.content is Content.SUSPENDED:
            return None
        if (verify_first or _forgotten(have, traits, now)) and traits.can(Operation.FIND):
            return _look_up(want, have, now)
        return _call(Operation.CREATE, want, have, now)
    operation = _difference(want, have, traits)
    if operation is Operation.ENABLE and traits.sent_as(operation) is Operation.CREATE:
        # It makes an account, so it is doubted and repeated like a create.
        if _forgotten(have, traits, now) and traits.can(Operation.FIND):
            return _look_up(want, have, now)
        return replace(_call(Operation.CREATE, want, have, now), operation=operation)
    return None if operation is None else _call(operation, want, have, now)


def _forgotten(have: UnitState, traits: Traits, now: datetime) -> bool:
    """Tell whether a create was begun under a key that the platform no longer remembers.

    That its last try surely had no effect says nothing of an earlier one, which the key made harmless until then.
    """
    former = have.intent
    return (
        former is not None
        and former.operation == Operation.CREATE
        and traits.honours_key
        and _outlived(former, traits, now)
    )


def _difference(want: DesiredUnit, have: UnitState, traits: Traits) -> Operation | None:
    if want.content is Content.SUSPENDED:
        return None if have.state == SUSPENDED else Operation.SUSPEND
    if have.state not in (ACTIVE, PENDING_USER):
        return Operation.ENABLE
    # Where nothing that the platform gets can be changed there, nothing is sent.
    return Operation.UPDATE if have.payload != want.payload and traits.can(Operation.UPDATE) else None


def uncertain(have: UnitState, operation: str) -> UnitState:
    """Return the unit with an unanswered or half done call folded in: what it changes is not known any more."""
    if operation in _CHANGE_NOTHING:
        return have
    if operation == Operation.UPDATE:
        return have.with_(payload="")
    return have.with_(state=UNKNOWN)


def _doubtful_create(want: DesiredUnit, have: UnitState, traits: Traits, now: datetime) -> Step:
    if traits.repeatable_create:
        return _call(Operation.CREATE, want, have, now)
    if traits.can(Operation.FIND):
        return _look_up(want, have, now)
    wanted = want.content is Content.ACTIVE
    if traits.honours_key and wanted and keeps_key(have, want.payload, traits, 0, now):
        return _call(Operation.CREATE, want, have, now)
    return Step(hold=Hold.PARK)


def _look_up(want: DesiredUnit, have: UnitState, now: datetime) -> Step:
    """Look up; the intent tells what a create would carry now."""
    at = now.isoformat()
    former = have.intent
    intent = Intent("", "", want.payload, at, at) if former is None else replace(former, payload=want.payload)
    return Step(Operation.FIND, intent)


def _call(operation: Operation, want: DesiredUnit, have: UnitState, now: datetime) -> Step:
    """Return the call; a repeat of the same intent keeps its key, a new one gets its own.

    A doubt stays over repeats: that the second was surely not done says nothing of the first.
    """
    former = have.intent if have.intent is not None and have.intent.operation == operation else None
    doubt = former is not None and former.doubt
    if former is not None and former.payload == want.payload:
        return Step(operation, replace(former, at=now.isoformat()))
    key = f"{want.subject.account.reference}-{want.key}-{have.seq + 1}"
    return Step(operation, Intent(operation, key, want.payload, now.isoformat(), now.isoformat(), doubt))


def _resend(want: DesiredUnit, have: UnitState, last: tuple[str, str], now: datetime) -> Step | None:
    operation, key = last
    intent = Intent(operation, key, have.payload or want.payload, now.isoformat(), now.isoformat())
    return Step(Operation(operation), intent)


def begun(have: UnitState, intent: Intent, sent: Operation | None = None) -> UnitState:
    """Return the unit as it must be recorded before the call: in doubt until an answer is recorded.

    A doubt about another operation, or one that stopped half-way, gives way to what it left uncertain.

    Args:
        sent: the operation that is really sent, where it is another one than the intent's.
    """
    former = have.intent
    if former is not None and former.doubt and former.operation != intent.operation:
        have = uncertain(have, former.operation)
    if have.progress is not None and have.progress.operation != (sent or intent.operation):
        have = uncertain(have, have.progress.operation).with_(progress=None, progress_payload="")
    repeats = former is not None and former.key == intent.key
    resends = have.last is not None and have.last[1] == intent.key
    return have.with_(intent=replace(intent, doubt=True), seq=have.seq + (not repeats and not resends))


def applied(have: UnitState, operation: Operation, intent: Intent) -> UnitState:
    """Return the unit after the platform accepted an operation."""
    if operation in _CHANGE_NOTHING:
        return have.with_(intent=None, resend=False, progress=None, progress_payload="")
    after = have.with_(
        intent=None, resend=False, exists=False, last=(str(operation), intent.key), progress=None, progress_payload=""
    )  # fmt: skip
    if Operation.CREATE in (operation, intent.operation):
        # Steps that were done before the data changed left the former data there.
        stale = have.progress is not None and have.progress_payload != intent.payload
        return after.with_(state=ACTIVE, payload="" if stale else intent.payload)
    if operation is Operation.UPDATE:
        return after.with_(payload=intent.payload)
    if operation is Operation.SUSPEND:
        return after.with_(state=SUSPENDED)
    if operation is Operation.ENABLE:
        return after.with_(state=ACTIVE)
    if operation is Operation.CANCEL:
        return after.with_(state=ABSENT, payload="", remote_ids={})
    return after
