"""What an operator has beside the password, in every state that the pages show."""

from datetime import timedelta
from typing import Any

from passlib.totp import TOTP
from sqlalchemy import select

from tests.web.place import STRANGER, Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Operator, OperatorSession, WebAuthn
from webapp.models.operator import VIEWER
from webapp.services import second_factor

PASSKEY = 9101
IDS = {"passkey_id": PASSKEY}
# The administrator has both, the viewer neither.
PLACES = (
    Place("second-factor", "/own/second-factor"),
    Place("second-factor-none", "/own/second-factor", role=VIEWER),
    Place("second-factor-refused", "/own/second-factor", role=VIEWER, status=422, data={"code": "1", "secret": "x"}),
    Place("second-factor-codes", "/own/second-factor/codes", data={}),
    Place("second-factor-remove", "/own/second-factor/remove"),
    Place("second-factor-remove-none", "/own/second-factor/remove", role=VIEWER),
    Place("second-factor-rule", "/people/second-factor"),
    Place("second-factor-rule-refused", "/people/second-factor", status=422, data={"rule": "some"}),
    Place("passkeys", "/own/passkeys"),
    Place("passkeys-none", "/own/passkeys", role=VIEWER),
    Place("passkeys-refused", "/own/passkeys", status=422, data={"name": "", "answer": ""}),
    Place("passkey-delete", "/own/passkeys/{passkey_id}/delete"),
    Place("prove", "/prove?next=/tokens/new"),
    Place("prove-refused", "/prove", status=422, data={"password": "not this one", "next": "/tokens/new"}),
    Place("prove-done", "/prove/done"),
)
DOOR = (Place("second-step-late", "/login/code", role=STRANGER),)


def after_set_up() -> None:
    """Give the administrator who walks an app, recovery codes and a passkey."""
    operator: Any = db.session.scalars(select(Operator).where(Operator.email == "admin@example.com")).one()
    setup = second_factor.new_setup(operator.email)
    give_app(operator.id, setup.secret)
    now = utc_now().replace(tzinfo=None)
    db.session.add(
        WebAuthn(
            id=PASSKEY, user_id=operator.id, credential_id=b"a-passkey", public_key=b"of-nobody", sign_count=0,
            transports=["internal"], backup_state=True, device_type="multi_device", usage="first",
            name="Notebook do suporte", create_datetime=now, lastuse_datetime=now,
        )
    )  # fmt: skip
    db.session.commit()


def give_app(operator_id: int, secret: str) -> list[str]:
    """Set an app up, as the form does; return the recovery codes."""
    code = code_of(secret)
    latest = select(OperatorSession.id).where(OperatorSession.operator_id == operator_id)
    running = db.session.scalar(latest.order_by(OperatorSession.id.desc()))
    return second_factor.set_up(operator_id, secret, code, running)


def code_of(secret: str, steps: int = 0) -> str:
    """Return what the app shows, so many steps of 30 seconds from now."""
    moment = utc_now() + timedelta(seconds=30 * steps)
    return str(TOTP(key=secret, format="base32").generate(moment).token)
