"""What stays after an erasure, with its ground and its time: told to the person, and kept with the erasure."""

from collections.abc import Mapping
from typing import Any

from webapp.decide.retention import Kind
from webapp.services.privacy.periods import load_days

__all__ = ["STAYS", "load_days", "told"]

# What, on which ground, for how long. Tax and consumer law ask for it; none of it carries the person's name.
STAYS: Mapping[str, tuple[str, Kind]] = {
    "values": ("tax", Kind.HISTORY),
    "calls": ("consumer", Kind.ATTEMPTS),
    "history": ("consumer", Kind.HISTORY),
    "accesses": ("security", Kind.ACCESSES),
    "marks": ("security", Kind.CUSTOMERS),
}


def told(days: Mapping[Kind, int]) -> dict[str, Any]:
    """Return what stays, as the erasure keeps it: ground and days by what it is."""
    return {what: {"ground": ground, "days": days[kind]} for what, (ground, kind) in STAYS.items()}
