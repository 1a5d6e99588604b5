"""What was last applied to one unit, and the intent that is under way. Pure; kept as JSON.

A unit is what one provisioning call is about: the whole account, or one right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

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
    """

    operation: str
    key: str
    payload: str
    at: str
    first_at: str
    doubt: bool = False

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
    """

    state: str = NONE
    payload: str = ""
    seq: int = 0
    intent: Intent | None = None
    last: tuple[str, str] | None = None
    resend: bool = False
    exists: bool = False

    @property
    def live(self) -> bool:
        """Something is, or may be, on the platform."""
        return self.state in LIVE

    def with_(self, **changes: Any) -> "UnitState":
        """Return a copy with these fields changed."""
        return replace(self, **changes)


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
    return values


def _load(raw: Mapping[str, Any]) -> UnitState:
    values = dict(raw)
    if values.get("intent"):
        values["intent"] = Intent(**values["intent"])
    if values.get("last"):
        values["last"] = tuple(values["last"])
    return UnitState(**values)
