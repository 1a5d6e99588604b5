"""The part of ``doctor`` that is about the dead man's switch."""

from datetime import timedelta

from webapp.clock import utc_now
from webapp.services import ping
from webapp.services.doctor_finding import OK, WARN, Finding
from webapp.services.hub import current_hub

# Some calls may be missed before somebody should look.
LATE = timedelta(minutes=5)


def examine_ping() -> list[Finding]:
    """Look whether the last call was heard; nothing where no address is set, and nobody is called for it."""
    if not current_hub().settings.ping_url:
        return [Finding("ping", OK, "doctor_ping_none")]
    last = ping.read_last()
    if last is None:
        return [Finding("ping", WARN, "doctor_ping_never")]
    minutes = int((utc_now() - last.at).total_seconds() // 60)
    if last.code:
        return [Finding("ping", WARN, "doctor_ping_failed", {"code": last.code})]
    if utc_now() - last.at > LATE:
        return [Finding("ping", WARN, "doctor_ping_late", {"minutes": minutes})]
    if not last.alive:
        return [Finding("ping", WARN, "doctor_ping_trouble")]
    return [Finding("ping", OK, "doctor_ping", {"minutes": minutes})]
