"""What a reading of a platform was like, and what was found wrong with it. Pure.

``decide/snapshot.py`` judges; this is what it gets and what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What a finding forbids. ``ANYTHING``: no difference of this reading may be acted upon.

    ``MISSING``: acting upon absence, making anew as well as noting that it is gone. ``NEGATIVE``: taking away.
    ``BELIEF``: taking a state that is shown over into what we believe, where nothing is sent for it.
    """

    MISSING = "missing"
    NEGATIVE = "negative"
    BELIEF = "belief"
    ANYTHING = "anything"


@dataclass(frozen=True)
class Snapshot:
    """What was read, and how it lies beside what we believe.

    Attributes:
        complete: the platform proved the end; else ``reason`` is the message code of why not.
        listed: accounts read, those included that it shows as cancelled.
        expected: accounts, or rights, that we believe to be there in a state which the listing shows.
        matched: shown ones that are ours; ``strangers``: those that are nobody's here; cancelled ones are in neither.
        states: state -> matched ones shown in it.
        compared: ours that were shown and have nothing under way; ``contradicting``: of them, those in another state.
        clashes: shown ones whose ids, reference, log-in or document point at different people.
        stated_total: how many there are, by the platform's last word; None = it does not say.
        took_s: seconds from the first page to the last.
    """

    complete: bool
    reason: str = ""
    reason_params: Mapping[str, Any] = field(default_factory=dict)
    listed: int = 0
    pages: int = 0
    stated_total: int | None = None
    expected: int = 0
    matched: int = 0
    strangers: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    compared: int = 0
    contradicting: int = 0
    clashes: int = 0
    took_s: float = 0.0


@dataclass(frozen=True)
class SnapshotBefore:
    """The last reading of the integration that was good enough to measure by, or that a person accepted.

    Attributes:
        states: state -> ours that were shown in it.
        accepted: codes that a person accepted, and that every reading since has shown again, no worse.
    """

    listed: int
    expected: int = 0
    matched: int = 0
    strangers: int = 0
    clashes: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a reading. ``code`` is a key of ``webapp/messages``."""

    code: str
    effects: frozenset[Effect]
    params: Mapping[str, Any] = field(default_factory=dict)
