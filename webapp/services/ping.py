"""The dead man's switch: somebody elsewhere is called every minute while the hub lives, and tells when no call comes.

``SINTONIA_PING_URL`` as healthchecks.io and others give it: a call says *alive*, a call of the same address with
``/fail`` behind it says *in trouble* (its documentation, "Signaling failures", read 2026-11-23). Nothing of ours is in
either. The address is a secret, since whoever has it can say that all is well; it is in no log and on no page.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import structlog
from sqlalchemy import insert, select, update

from webapp.extensions import db
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import GatewayError
from webapp.gateways.http import HttpClient, HttpRequest
from webapp.models import Setting
from webapp.services.hub import Hub, current_hub
from webapp.services.metrics.process import PINGS
from webapp.services.pages_health import database_trouble, stale_parts
from webapp.services.transactions import begin, insert_once

NAME = "ping"
TIMEOUT_S = 10.0
EVERY = timedelta(minutes=1)
REFUSED = "ping_refused"
_SETTING = Setting.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class LastPing:
    """What became of the last call.

    Attributes:
        alive: what was told: that all goes on, or that something does not.
        code: of the failure of the call itself; empty = it was heard.
        heard_at: when a call was last heard; None = never.
    """

    at: datetime
    alive: bool
    code: str
    heard_at: datetime | None


def tick(now: datetime) -> None:
    """Call, if an address is set, and commit what became of it. Never fails because of the call."""
    hub = current_hub()
    if not hub.settings.ping_url:
        return
    begin(reads_only=True)
    former, alive = read_last(), not stale_parts(now) and not database_trouble()
    # No transaction is open across the call.
    db.session.rollback()
    code = _call(hub, alive=alive)
    PINGS.labels("failed" if code else "heard").inc()
    _tell_once(former, code)
    heard_at = now if not code else former.heard_at if former is not None else None
    _write(LastPing(now, alive, code, heard_at))


def read_last() -> LastPing | None:
    """Return what became of the last call; None = there was none."""
    text = db.session.scalar(select(Setting.value).where(Setting.name == NAME))
    if text is None:
        return None
    said = json.loads(text)
    heard = said["heard_at"]
    return LastPing(
        datetime.fromisoformat(said["at"]),
        said["alive"],
        said["code"],
        datetime.fromisoformat(heard) if heard else None,
    )


def address(url: str, *, alive: bool) -> str:
    """Return where to call."""
    if alive:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail"))


def _call(hub: Hub, *, alive: bool) -> str:
    """Return the code of what went wrong; empty = it was heard."""
    client = HttpClient(EgressPolicy(hub.settings.egress_allow), total_timeout_s=TIMEOUT_S)
    try:
        url = address(hub.settings.ping_url, alive=alive)
        status = client.send(HttpRequest("GET", url, read_only=True)).status
    except GatewayError as error:
        return error.code
    finally:
        client.close()
    return "" if status < 300 else REFUSED


def _tell_once(former: LastPing | None, code: str) -> None:
    if code and (former is None or not former.code):
        log.warning("ping.failed", code=code)
    elif former is not None and former.code and not code:
        log.info("ping.heard_again")


def _write(last: LastPing) -> None:
    heard = last.heard_at.isoformat() if last.heard_at is not None else None
    value = json.dumps({"at": last.at.isoformat(), "alive": last.alive, "code": last.code, "heard_at": heard})
    begin(reads_only=False)
    again = update(_SETTING).where(_SETTING.c.name == NAME).values(value=value)
    if not db.session.execute(again).rowcount:  # type: ignore[attr-defined]
        insert_once(db.session.connection(), insert(_SETTING).values(name=NAME, value=value))
    db.session.commit()
