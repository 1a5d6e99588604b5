"""People in every state that their pages show: active, deactivated, invited, signed in here and there."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from tests.fixtures.people import PASSWORD
from tests.web.place import STRANGER, Place
from webapp.clock import utc_now
from webapp.extensions import db, security
from webapp.models import Invitation, Operator, OperatorSession
from webapp.models.operator import VIEWER
from webapp.services import invitations, operators, sessions

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36"
# From where somebody else signed in: no page of another person may show it.
SECRET_ADDRESS = "203.0.113.99"
# Addresses are known before there is anybody: the set-up comes first.
COLLEAGUE, GONE, OPEN_SESSION, ENDED_SESSION, LATE, OPEN_LINK, RESET_LINK = range(9001, 9008)
OPEN_TOKEN, RESET_TOKEN = "a-token-of-an-invitation", "a-token-of-a-reset"
NEW = "sete capivaras na varanda"
IDS = {
    "operator_id": COLLEAGUE, "gone_operator_id": GONE, "session_id": OPEN_SESSION, "invitation_id": OPEN_LINK,
    "invitation_token": OPEN_TOKEN, "reset_token": RESET_TOKEN,
}  # fmt: skip
PLACES = (
    Place("people", "/people?active=all", "people-table"),
    Place("people-none", "/people?q=nothing-like-it", "people-table"),
    Place("person-invite", "/people/invite"),
    Place("person-invite-again", "/people/invite?email=eva@example.com&name=Eva&role=finance"),
    Place("person-invite-refused", "/people/invite", status=422, data={"email": "x", "role": "king"}),
    Place("person-invited", "/people/invite", data={"email": "new@example.com", "role": "viewer"}),
    Place("person-role", "/people/{operator_id}/role"),
    Place("person-role-own", "/people/1/role"),
    Place("person-deactivate", "/people/{operator_id}/deactivate"),
    Place("person-deactivated", "/people/{gone_operator_id}/deactivate"),
    Place("person-reactivate", "/people/{gone_operator_id}/reactivate"),
    Place("person-active", "/people/{operator_id}/reactivate"),
    Place("person-reset", "/people/{operator_id}/reset"),
    Place("person-reset-gone", "/people/{gone_operator_id}/reset"),
    Place("person-reset-refused", "/people/{operator_id}/reset", status=422, data={"reason": ""}),
    Place("person-sessions", "/people/{operator_id}/sessions"),
    Place("person-sessions-none", "/people/{gone_operator_id}/sessions"),
    Place("people-rules", "/people/rules"),
    Place("people-rules-refused", "/people/rules", status=422, data={"idle_min": "1", "longest_h": "many"}),
    Place("own", "/own"),
    Place("own-read-only", "/own", role=VIEWER),
    Place("own-password", "/own/password"),
    Place("own-password-refused", "/own/password", status=422, data={
        "present": "wrong", "password": NEW, "again": NEW}),
    Place("own-sessions", "/own/sessions"),
    Place("invitation-refused", "/invite/{invitation_token}", status=422, data={"password": "a", "again": "b"}),
)  # fmt: skip
LINKS = (
    Place("invitation", "/invite/{invitation_token}"),
    Place("invitation-reset", "/invite/{reset_token}"),
    Place("invitation-unknown", "/invite/nobody-made-this", status=404, role=STRANGER),
)


def build() -> None:
    """Make two more people, where they are signed in, and some invitations."""
    role = security.datastore.find_or_create_role("attendant")
    db.session.add_all([
        _person(COLLEAGUE, "bia.gomes@example.com", role, name="Bia Gomes"),
        _person(GONE, "caio@example.com", role, active=False),
    ])  # fmt: skip
    db.session.flush()
    now = utc_now()
    db.session.add_all([
        _session(OPEN_SESSION, WINDOWS), _session(ENDED_SESSION, PHONE, ended_at=now, end_reason="signed_out"),
        _link(LATE, "eva", "eva@example.com", role="viewer", expires_at=now - timedelta(hours=1)),
        _link(OPEN_LINK, OPEN_TOKEN, "davi@example.com", name="Davi", role="attendant"),
        _link(RESET_LINK, RESET_TOKEN, "bia.gomes@example.com", kind="reset", operator_id=COLLEAGUE),
    ])  # fmt: skip
    db.session.commit()


def grow(count: int) -> None:
    """Add so many people, sessions of the first one, and invitations."""
    for number in range(count):
        mark = f"{number}-{utc_now().timestamp()}"
        person: Any = operators.create_operator(f"more-{mark}@example.com", PASSWORD, "attendant")
        for whose in (COLLEAGUE, 1, person.id):
            sessions.begin(operators.get_operator(whose), "", WINDOWS)
        invitations.invite(f"invited-{mark}@example.com", "viewer")


def _person(id_: int, email: str, role: Any, **values: Any) -> Operator:
    known = {"active": True, "password": "*", "roles": [role], "fs_uniquifier": uuid.uuid4().hex}
    return Operator(id=id_, email=email, **{**known, **values})


def _session(id_: int, agent: str, **values: Any) -> OperatorSession:
    times = dict.fromkeys(("started_at", "last_seen_at", "fresh_at"), utc_now())
    known = {"operator_id": COLLEAGUE, "token_hash": _hash(str(id_)), "address": SECRET_ADDRESS, "agent": agent}
    return OperatorSession(id=id_, **times, **known, **values)


def _link(id_: int, token: str, email: str, **values: Any) -> Invitation:
    now = utc_now()
    known = {"kind": "join", "created_by": "admin@example.com", "expires_at": now + timedelta(hours=2)}
    return Invitation(id=id_, token_hash=_hash(token), email=email, created_at=now, **{**known, **values})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
