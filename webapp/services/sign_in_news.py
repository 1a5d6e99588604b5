"""Sign-ins from browsers that were not known: what an operator is told, on the own page and by e-mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Event, Operator
from webapp.services import invitation_mail
from webapp.services.channel_plugins import Text
from webapp.services.hub import current_hub

TOLD_FOR = timedelta(days=14)
MOST = 5
LOOKED_AT = 200


@dataclass(frozen=True)
class NewBrowser:
    """One sign-in from a browser that was not known."""

    at: datetime
    address: str


def tell(operator_id: int, address: str, agent: str) -> None:
    """Write to the operator that somebody signed in from a browser that was not known, if a channel sends e-mail.

    Nobody waits for it, and nothing depends on it: the own page says the same.

    Args:
        agent: the browser in words.
    """
    if not invitation_mail.can_mail():
        return
    email = db.session.scalar(select(Operator.email).where(Operator.id == operator_id)) or ""
    where = {"browser": agent, "address": address, "when": format_datetime(utc_now(), "short")}
    told = _("Somebody signed in to Sintonia with your account: %(browser)s, address %(address)s, %(when)s.", **where)
    done = _("If that was you, there is nothing to do. If not, change your password and end all other sessions now:")
    page = current_hub().settings.base_url + "/own"
    text = Text(_("Sign-in from a browser that was not known"), f"{told}\n\n{done}\n\n{page}")
    invitation_mail.begin_mail(email, text)


def new_browsers(operator_id: int) -> list[NewBrowser]:
    """Return the latest sign-ins of an operator from browsers that were not known, of ``TOLD_FOR``."""
    mine = (Event.object_type == "operator", Event.object_id == operator_id, Event.at > utc_now() - TOLD_FOR)
    latest = select(Event.at, Event.action, Event.after).where(*mine).order_by(Event.id.desc()).limit(LOOKED_AT)
    entered = [row for row in db.session.execute(latest) if row.action == "sign_in.done" and row.after]
    return [NewBrowser(row.at, row.after.get("address", "")) for row in entered if row.after.get("new_browser")][:MOST]
