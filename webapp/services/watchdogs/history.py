"""Watches the history: what the last check of its chain found, and whether it is sealed and checked at all."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from webapp.services import chain
from webapp.services.alerts import FAIL, WARN
from webapp.services.chain.report import FAULTS
from webapp.services.watchdogs.finding import Check, Finding

HUB, HUB_ID = "hub", 0
WAITS, UNCHECKED = "chain_waits", "chain_unchecked"
SEALED_WITHIN, CHECKED_WITHIN = timedelta(minutes=10), timedelta(hours=26)


def _look(now: datetime) -> Iterable[Finding]:
    known = chain.standing()
    if known.fault is not None:
        yield Finding(known.fault.code, HUB_ID, "", known.fault.params, FAIL, HUB)
    # Where nothing was ever sealed nobody serves; the other watchdogs say so.
    if known.head.place > 0 and known.waiting_since is not None and now - known.waiting_since > SEALED_WITHIN:
        minutes = (now - known.waiting_since) // timedelta(minutes=1)
        yield Finding(WAITS, HUB_ID, "", {"count": known.waiting, "minutes": minutes}, WARN, HUB)
    if known.checked_at is not None and now - known.checked_at > CHECKED_WITHIN:
        hours = (now - known.checked_at) // timedelta(hours=1)
        yield Finding(UNCHECKED, HUB_ID, "", {"hours": hours}, WARN, HUB)


CHECKS = (Check(frozenset({WAITS, UNCHECKED, *(f"chain_{what}" for what in FAULTS)}), _look),)
