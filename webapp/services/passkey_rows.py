"""The passkeys of operators: list, find, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Operator, WebAuthn
from webapp.services import audit, second_factor
from webapp.services.errors import Conflict, NotFound
from webapp.services.second_factor_rule import is_required
from webapp.services.transactions import begin


@dataclass(frozen=True)
class Shown:
    """A passkey on a page.

    Attributes:
        kept_elsewhere: the maker's account has a copy, as phones do.
    """

    id: int
    name: str
    kept_elsewhere: bool
    made_at: datetime
    used_at: datetime


def passkeys_of(operator_id: int) -> Sequence[Any]:
    """Return the passkeys of an operator, the oldest first."""
    wanted = select(WebAuthn).where(WebAuthn.user_id == operator_id).order_by(WebAuthn.id)
    return db.session.scalars(wanted).all()


def list_passkeys(operator_id: int) -> list[Shown]:
    """Return the passkeys of an operator as a page shows them."""
    return [
        Shown(row.id, row.name, bool(row.backup_state), _aware(row.create_datetime), _aware(row.lastuse_datetime))
        for row in passkeys_of(operator_id)
    ]


def get_passkey(passkey_id: int, operator_id: int) -> Any:
    """Return a passkey of one operator.

    Raises:
        NotFound: there is none with that id, or it is somebody else's; answer 404 in both cases.
    """
    row = db.session.get(WebAuthn, passkey_id)
    if row is None or row.user_id != operator_id:
        raise NotFound("passkey_gone", {"id": passkey_id})
    return row


def delete(passkey_id: int, operator_id: int) -> None:
    """Delete a passkey of an operator, and commit: it signs nobody in any more.

    Raises:
        NotFound: see ``get_passkey``.
        Conflict: it is the second factor that the rule requires of this operator; set another up first.
    """
    begin(reads_only=False)
    second_factor.hold(operator_id)
    row, operator = get_passkey(passkey_id, operator_id), db.session.get_one(Operator, operator_id)
    left = second_factor.status(operator)
    if is_required(operator) and not left.totp and left.passkeys == 1:
        raise Conflict("second_factor_required")
    name = row.name
    db.session.delete(row)
    record("passkey.delete", operator_id, name)
    db.session.commit()


def record(action: str, operator_id: int, name: str) -> None:
    """Write into the history what was done with a passkey, in the caller's transaction."""
    email = db.session.scalar(select(Operator.email).where(Operator.id == operator_id)) or ""
    audit.record(action, "operator", operator_id, email, after={"passkey": name})


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
