"""One-time links by which an administrator decides about exactly one plan, from the message on a phone.

The link stands for the person: it is signed, kept only as a hash, and good for one run, one checksum, one operator.
Opening it changes nothing (programs that preview links open them too); only the form on its page decides, through
the same use cases and rules as the pages of the hub.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApprovalLink, Channel, Operator, Run
from webapp.models.operator import ADMIN
from webapp.models.run import STAGED
from webapp.services import audit, runs
from webapp.services.errors import Conflict, NotFound
from webapp.services.hub import current_hub
from webapp.services.one_way import token_hash
from webapp.services.transactions import begin

LONGEST = timedelta(hours=24)
KEPT = timedelta(days=30)
PURPOSE = "approval-link"
APPROVE, REJECT = DECISIONS = ("approve", "reject")
# What became of a link.
OPEN, USED, EXPIRED, CHANGED, DECIDED, POWERLESS = "open", "used", "expired", "changed", "decided", "powerless"
ENDPOINT = "approval.show"
_LINK = ApprovalLink.__table__


@dataclass(frozen=True)
class LinkView:
    """A link and what it is about. ``state``: open, used, expired, changed, decided, powerless (its person is not
    an active administrator any more)."""

    link: ApprovalLink
    run: Run
    state: str


def make_link(run_id: int, channel_id: int) -> str:
    """Return the address of a new link for whoever the channel belongs to, in the caller's transaction.

    Returns:
        Empty where there can be none: the settings do not say how the hub is reached, the channel belongs to no
        active administrator, or the batch does not wait any more.
    """
    base, now = current_hub().settings.base_url, utc_now()
    run, channel = db.session.get(Run, run_id), db.session.get(Channel, channel_id)
    operator = channel.operator if channel is not None else None
    if not base or run is None or run.status != STAGED or operator is None or not is_admin(operator):
        return ""
    token = _signer().dumps(secrets.token_urlsafe(24))
    ends = min(run.expires_at or now + LONGEST, now + LONGEST)
    db.session.add(
        ApprovalLink(
            run_id=run.id, channel_id=channel_id, operator_id=operator.id, checksum=run.checksum,
            token_hash=token_hash(token), made_at=now, expires_at=ends,
        )
    )  # fmt: skip
    return base + current_app.url_map.bind("hub").build(ENDPOINT, {"token": token})


def is_admin(operator: Operator) -> bool:
    """Tell whether a person may decide: an administrator who may sign in."""
    return bool(operator.active) and operator.has_role(ADMIN)


def view_link(token: str) -> LinkView:
    """Return what a link is about and what became of it; changes nothing.

    Raises:
        NotFound: nobody made this link, or it was withdrawn; say so and show nothing else.
    """
    link = _find(token)
    return LinkView(link, link.run, _state(link))


def decide(token: str, decision: str, reason: str = "") -> LinkView:
    """Approve or reject the batch of a link in the name of its person, and use the link up.

    Args:
        reason: why it is rejected.

    Raises:
        NotFound: as ``view_link``.
        Conflict: it was used, has expired, or the plan is another one by now; show ``view_link`` again.
        ServiceError: what the rules of runs refuse, such as a cancel approved by whoever asked for the run; the
            link stays as it was.
    """
    link = _find(token)
    state = _state(link)
    if state != OPEN:
        raise Conflict(f"approval_link_{state}", {"run_id": link.run_id})
    link_id, run_id, checksum, email = link.id, link.run_id, link.checksum, str(link.operator.email)
    with audit.acting_as(email):
        if decision == APPROVE:
            runs.approve_run(run_id, checksum)
        else:
            runs.reject_run(run_id, reason)
        _use_up(link_id, run_id, decision)
    return view_link(token)


def withdraw(channel_id: int) -> None:
    """Forget the unused links of a channel, in the caller's transaction: it speaks to somebody else now."""
    gone = delete(_LINK).where(_LINK.c.channel_id == channel_id, _LINK.c.used_at.is_(None))
    db.session.execute(gone, execution_options={"synchronize_session": False})


def tidy() -> None:
    """Remove links that ended long ago, and commit."""
    begin(reads_only=False)
    old = delete(_LINK).where(_LINK.c.expires_at < utc_now() - KEPT)
    db.session.execute(old, execution_options={"synchronize_session": False})
    db.session.commit()


def _find(token: str) -> ApprovalLink:
    try:
        _signer().loads(token)
    except BadSignature as error:
        raise NotFound("approval_link_unknown") from error
    begin(reads_only=True)
    link: ApprovalLink | None = db.session.scalar(
        select(ApprovalLink).where(ApprovalLink.token_hash == token_hash(token))
    )
    if link is None:
        raise NotFound("approval_link_unknown")
    return link


def _state(link: ApprovalLink) -> str:
    if link.used_at is not None:
        return USED
    if link.run.status != STAGED:
        return DECIDED
    if link.run.checksum != link.checksum:
        return CHANGED
    if link.expires_at <= utc_now():
        return EXPIRED
    return OPEN if is_admin(link.operator) else POWERLESS


def _use_up(link_id: int, run_id: int, decision: str) -> None:
    """Write down that it was done by link; the decision itself stands already, and cannot be made twice."""
    begin(reads_only=False)
    link = db.session.get_one(ApprovalLink, link_id, with_for_update=True)
    channel = db.session.get(Channel, link.channel_id) if link.channel_id else None
    link.used_at, link.used_for = utc_now(), decision
    said = {"decision": decision, "channel": channel.description if channel is not None else ""}
    audit.record("run.link", "run", run_id, f"{link.run.integration.description} #{run_id}", after=said)
    db.session.commit()


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_hub().settings.secret_key, salt=PURPOSE)
