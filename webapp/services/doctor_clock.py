"""The part of ``doctor`` that is about time: is the clock right, who keeps it right, and which day it is here."""

import ctypes
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Integration
from webapp.services.clock_skew import skew_of
from webapp.services.doctor_finding import OK, WARN, Finding
from webapp.services.doctor_places import files_in

CLOCK_SLACK = timedelta(minutes=5)
# adjtimex(2): the kernel's own word that nobody keeps the clock.
_TIME_ERROR, _TIMEX_BYTES = 5, 512


def examine_clock(settings: Settings) -> list[Finding]:
    """Look at this machine's clock and its time zone; needs no database."""
    return [_of_files(settings.instance), _kept(), _zone(settings)]


def examine_skew() -> list[Finding]:
    """Compare with the clocks of platforms, as their last answers told them; in the caller's transaction."""
    integrations = db.session.scalars(select(Integration).where(Integration.active).order_by(Integration.id)).all()
    told = [skew for one in integrations if (skew := skew_of(one)) is not None]
    wrong = [Finding("skew", WARN, skew.code, skew.params) for skew in told if skew.wrong]
    if wrong or not told:
        return wrong or [Finding("skew", OK, "doctor_skew_none")]
    most = max(int(abs(skew.ahead).total_seconds()) for skew in told)
    return [Finding("skew", OK, "doctor_skew", {"count": len(told), "seconds": most})]


def _of_files(instance: Path) -> Finding:
    """A file from the future means that the clock was set back: signatures and due times go wrong."""
    now = utc_now()
    newest = max((state.st_mtime for _path, state in files_in(instance)), default=0.0)
    ahead = datetime.fromtimestamp(newest, UTC) - now
    params = {"now": now.isoformat(timespec="seconds"), "minutes": int(ahead.total_seconds() // 60)}
    back = ahead > CLOCK_SLACK
    return Finding("clock", WARN if back else OK, "doctor_clock_back" if back else "doctor_clock", params)


def _kept() -> Finding:
    """Whoever keeps it, systemd-timesyncd or chrony or another, tells the kernel; the kernel tells everybody.

    It is no fault by itself: inside a container, and on a machine whose host keeps the time, nobody tells.
    """
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    codes = {_TIME_ERROR: "doctor_ntp_none", -1: "doctor_ntp_unknown"}
    return Finding("ntp", OK, codes.get(state, "doctor_ntp"))


def _zone(settings: Settings) -> Finding:
    local = utc_now().astimezone(ZoneInfo(settings.timezone))
    source = "tzdata" if find_spec("tzdata") and not any(Path(one).is_dir() for one in TZPATH) else "system"
    params = {"zone": settings.timezone, "local": f"{local:%Y-%m-%d %H:%M}", "offset": f"{local:%z}", "source": source}
    return Finding("zone", OK, "doctor_zone", params)
