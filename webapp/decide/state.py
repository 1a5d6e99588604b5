"""What was last applied to one unit, and the intent that is under way. Pure; kept as JSON.

A unit is what one provisioning call is about: the whole account, or one right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.gateways.contract import Operation, Progress

ACCOUNT_UNIT = "account"
NONE, ACTIVE, SUSPENDED, ABSENT, UNKNOWN, PENDING_USER = (
    "none", "active", "suspended", "absent", "unknown", "pending_user",
)  # fmt: skip
LIVE = frozenset({ACTIVE, SUSPENDED, UNKNOWN, PENDING_USER})


@dataclass(frozen=True)
class Intent:
    """One call that was decided: the same key over all its repeats.

    Attributes:
        at: when it was last under way, ISO 8601: sent, or the end of its last failure.
        first_at: when it was first sent; a platform's memory of the key counts from then.
        doubt: it may have had its effect, and nobody knows yet.
        errors: how often the platform answered it with an error of its own; some repeat that for the key for ever.
    """

    operation: str
    key: str
    payload: str
    at: str
    first_at: str
    doubt: bool = False
    errors: int = 0

    @property
    def under_way_at(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def first_sent_at(self) -> datetime:
        return datetime.fromisoformat(self.first_at)


@dataclass(frozen=True)
class UnitState:
    """What we believe of one unit.

    Attributes:
        payload: fingerprint of the data last accepted; empty = not known, so they are sent again.
        seq: counts intents; part of every key, so a new intent never reuses an old key.
        last: operation and key last accepted, for a resend with the same id.
        resend: a person asked for it.
        exists: the platform said that the account exists already; look whose it is.
        remote_ids: the platform's ids of this unit alone; the account's stand with the account.
        progress: how far an operation of several steps came; None = nothing is half done.
        progress_payload: fingerprint of the data with which it began.
    """

    state: str = NONE
    payload: str = ""
    seq: int = 0
    intent: Intent | None = None
    last: tuple[str, str] | None = None
    resend: bool = False
    exists: bool = False
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    progress: Progress | None = None
    progress_payload: str = ""

    @property
    def live(self) -> bool:
        """Something is, or may be, on the platform."""
        return self.state in LIVE

    @property
    def half_made(self) -> bool:
        """A create of several steps stopped half-way: something is there, and nobody can use it."""
        return not self.live and self.progress is not None and self.progress.operation == Operation.CREATE

    @property
    def maybe_there(self) -> bool:
        """Something is, is being made, or may have been made there."""
        doubtful = self.intent is not None and self.intent.doubt and self.intent.operation == Operation.CREATE
        return self.live or self.half_made or doubtful

    def with_(self, **changes: Any) -> "UnitState":
        """Return a copy with these fields changed."""
        # Not ``replace``: several of these for every account that is sent.
        if not changes.keys() <= vars(self).keys():
            raise TypeError(f"no such fields: {sorted(changes.keys() - vars(self).keys())}")
        copy = object.__new__(UnitState)
        vars(copy).update(vars(self), **changes)
        return copy


def load_units(raw: Mapping[str, Any]) -> dict[str, UnitState]:
    """Read units from their JSON form."""
    return {key: _load(value) for key, value in raw.items()}


def dump_units(units: Mapping[str, UnitState]) -> dict[str, Any]:
    """Return units in their JSON form, without what is default."""
    return {key: _dump(unit) for key, unit in units.items()}


def _dump(unit: UnitState) -> dict[str, Any]:
    # Not ``asdict``: it copies deeply, and this runs for every account that is sent.
    values = {name: value for name, value in vars(unit).items() if value}
    if unit.intent is not None:
        values["intent"] = dict(vars(unit.intent))
    if unit.last is not None:
        values["last"] = list(unit.last)
    if unit.progress is not None:
        values["progress"] = dict(vars(unit.progress))
    return values


def _load(raw: Mapping[str, Any]) -> UnitState:
    values = dict(raw)
    if values.get("intent"):
        values["intent"] = Intent(**values["intent"])
    if values.get("last"):
        values["last"] = tuple(values["last"])
    if values.get("progress"):
        values["progress"] = Progress(**{name: _tupled(value) for name, value in values["progress"].items()})
    return UnitState(**values)


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
