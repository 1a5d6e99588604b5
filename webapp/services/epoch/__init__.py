"""Whether the hub may act: a restored, copied or revived database only observes until a person approved its adoption.

``check_at_start`` and ``tick`` keep the mark by which that is noticed, ``observing`` tells everybody else.
"""

from webapp.services.epoch.keeping import check_at_start, check_once, tick
from webapp.services.epoch.noticing import notice
from webapp.services.epoch.observing import (
    Observing,
    begin_observing,
    held,
    observing,
    observing_afresh,
    refuse,
    release,
    settle_marks,
)

__all__ = [
    "Observing", "begin_observing", "check_at_start", "check_once", "held", "notice", "observing",
    "observing_afresh", "refuse", "release", "settle_marks", "tick",
]  # fmt: skip
