"""The second factor: codes of an app (TOTP) and recovery codes.

The app's secret and the last code that was used stand together, sealed, in one column: whoever uses a code changes that
column only if it still holds what was read, so that of two who send the same code one gets in. The same with recovery
codes, of which only hashes are kept.
"""

import base64
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_security import AsaList
from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy import func, select, update

from webapp import lazy
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Operator, WebAuthn
from webapp.services import audit, sessions
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.one_way import token_hash
from webapp.services.second_factor_rule import is_required
from webapp.services.transactions import begin

if TYPE_CHECKING:
    import qrcode
    from qrcode.image import svg
else:
    qrcode, svg = lazy.module("qrcode"), lazy.module("qrcode.image.svg")

APP, RECOVERY = "totp", "recovery"
ISSUER = "Sintonia"
# One step of 30 s to either side: phones are seldom exact.
WINDOW_S = 30
CODES = 10
# 32 signs that nobody takes for one another: 80 bits in 16, which a plain hash keeps well.
SIGNS = "abcdefghjkmnpqrstuvwxyz023456789"
GROUPS, GROUP = 4, 4
_factory = TOTP.using(issuer=ISSUER)
# Flask-Security-Too's type of the recovery codes has no state, and does not say so: SQLAlchemy warns (5.9.2).
AsaList.cache_ok = True


@dataclass(frozen=True)
class Setup:
    """What is shown once to set an app up.

    Attributes:
        secret: for the app, base32 without spaces.
        readable: the same in groups, for typing.
        image: the same as a picture, a data URL.
    """

    secret: str
    readable: str
    image: str


@dataclass(frozen=True)
class Status:
    """What an operator has beside the password."""

    totp: bool
    codes_left: int
    passkeys: int

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


def new_setup(email: str, secret: str = "") -> Setup:
    """Return a new secret to set an app up with, or one that is being set up again; nothing is kept."""
    key = _factory.new() if not secret else _factory(key=secret, format="base32")
    picture = io.BytesIO()
    qrcode.make(key.to_uri(email), image_factory=svg.SvgPathFillImage, border=2).save(picture)
    image = "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()
    return Setup(key.base32_key, str(key.pretty_key(sep=" ")), image)


def set_up(operator_id: int, secret: str, code: str, session_id: int | None = None) -> list[str]:
    """Take an app into use whose code was right, end the operator's other sessions, and commit.

    Args:
        session_id: the session from which this is asked; it goes on.

    Returns:
        The recovery codes, for showing once; they are kept nowhere.

    Raises:
        Invalid: the code is not that of the secret; show it beside ``code`` and ask for the next one.
        Conflict: there is an app already; remove it first.
    """
    counter = _match(secret, code, None)
    if counter is None:
        raise Invalid([Problem("code", "code_wrong")])
    begin(reads_only=False)
    codes = _new_codes()
    sealed = _seal(operator_id, secret, counter)
    row = update(Operator).where(Operator.id == operator_id, Operator.tf_totp_secret.is_(None))
    if not _changed(row.values(tf_totp_secret=sealed, tf_primary_method=APP, mf_recovery_codes=_digests(codes))):
        db.session.rollback()
        raise Conflict("second_factor_exists")
    sessions.end_all(operator_id, sessions.SECOND_FACTOR, but=session_id)
    _record("second_factor.set_up", operator_id, {"recovery_codes": len(codes)})
    db.session.commit()
    return codes


def use(operator_id: int, text: str) -> str:
    """Tell which second factor a text is, and use it up; count the try before (``sign_in.take_code_try``).

    Uses transactions of its own and leaves none open.

    Returns:
        ``APP``, ``RECOVERY``, or an empty text: it is none, or was used before.

    Raises:
        VaultError: the key that sealed the secret is missing; restore it. Nobody gets in by a code meanwhile.
    """
    bare = "".join(text.split()).replace("-", "").lower()[:64]
    if bare.isdecimal() and len(bare) == 6:
        return APP if _use_app(operator_id, bare) else ""
    return RECOVERY if _use_recovery(operator_id, bare) else ""


def renew_codes(operator_id: int) -> list[str]:
    """Replace all recovery codes by new ones, and commit.

    Raises:
        Conflict: there is no app; set one up first.
    """
    begin(reads_only=False)
    codes = _new_codes()
    row = update(Operator).where(Operator.id == operator_id, Operator.tf_totp_secret.is_not(None))
    if not _changed(row.values(mf_recovery_codes=_digests(codes))):
        db.session.rollback()
        raise Conflict("second_factor_missing")
    _record("second_factor.renew_codes", operator_id, {"recovery_codes": len(codes)})
    db.session.commit()
    return codes


def remove_app(operator_id: int, session_id: int | None = None) -> None:
    """Take the app and its recovery codes away, end the operator's other sessions, and commit. Passkeys stay.

    Raises:
        Conflict: there is no app, or it is what the rule requires of this operator and no passkey stands in for it.
    """
    begin(reads_only=False)
    hold(operator_id)
    operator = db.session.get(Operator, operator_id)
    if operator is None or operator.tf_totp_secret is None:
        raise Conflict("second_factor_missing")
    if is_required(operator) and not status(operator).passkeys:
        raise Conflict("second_factor_required")
    _clear(operator)
    sessions.end_all(operator_id, sessions.SECOND_FACTOR, but=session_id)
    _record("second_factor.remove", operator_id, {})
    db.session.commit()


def remove(operator_id: int) -> None:
    """Take app, recovery codes and passkeys of an operator away, in the caller's writing transaction: a reset."""
    operator = db.session.get(Operator, operator_id)
    if operator is None:
        return
    before = status(operator)
    _clear(operator)
    for passkey in db.session.scalars(select(WebAuthn).where(WebAuthn.user_id == operator_id)):
        db.session.delete(passkey)
    if before.any:
        _record("second_factor.reset", operator_id, {"passkeys": before.passkeys})


def hold(operator_id: int) -> None:
    """Let nobody else take a second factor of this operator away until the caller's writing transaction ends.

    Of app and passkey, each could be removed because the other is still there.
    """
    db.session.execute(select(Operator.__table__.c.id).where(Operator.id == operator_id).with_for_update())


def status(operator: Operator) -> Status:
    """Return what an operator has beside the password."""
    count = select(func.count()).select_from(WebAuthn).where(WebAuthn.user_id == operator.id)
    passkeys = db.session.scalar(count) or 0
    return Status(operator.tf_totp_secret is not None, len(operator.mf_recovery_codes or []), passkeys)


def must_set_up(operator: Operator) -> bool:
    """Tell whether this operator lacks the second factor that the rule asks for."""
    return is_required(operator) and not status(operator).any


def place_of(operator_id: int) -> str:
    """Return the place at which an app's secret is sealed; for whoever seals all anew under another key."""
    return f"operator:tf_totp_secret:{operator_id}"


def _match(secret: str, code: str, last: int | None) -> int | None:
    """Return the step of time whose code this is; None for a wrong one and for one that was used."""
    try:
        found = _factory(key=secret, format="base32").match(code, utc_now(), WINDOW_S, last_counter=last)
    except (TokenError, TypeError, ValueError):
        return None
    return int(found.counter)


def _use_app(operator_id: int, code: str) -> bool:
    begin(reads_only=True)
    sealed = db.session.scalar(select(Operator.tf_totp_secret).where(Operator.id == operator_id))
    db.session.rollback()
    if not sealed:
        return False
    kept = json.loads(str(current_hub().vault.open(sealed, place_of(operator_id))))
    counter = _match(kept["secret"], code, kept["last"])
    if counter is None:
        return False
    begin(reads_only=False)
    row = update(Operator).where(Operator.id == operator_id, Operator.tf_totp_secret == sealed)
    used = _changed(row.values(tf_totp_secret=_seal(operator_id, kept["secret"], counter)))
    db.session.commit()
    return used


def _use_recovery(operator_id: int, code: str) -> bool:
    begin(reads_only=False)
    left = list(db.session.scalar(select(Operator.mf_recovery_codes).where(Operator.id == operator_id)) or [])
    digest = token_hash(code)
    if digest not in left:
        db.session.rollback()
        return False
    rest = [one for one in left if one != digest]
    row = update(Operator).where(Operator.id == operator_id, Operator.mf_recovery_codes == left)
    used = _changed(row.values(mf_recovery_codes=rest))
    if used:
        _record("second_factor.use_code", operator_id, {"recovery_codes": len(rest)})
    db.session.commit()
    return used


def _seal(operator_id: int, secret: str, counter: int) -> str:
    text = json.dumps({"secret": secret, "last": counter}, separators=(",", ":"))
    return current_hub().vault.seal(text, place_of(operator_id))


def _new_codes() -> list[str]:
    def group() -> str:
        return "".join(secrets.choice(SIGNS) for _ in range(GROUP))

    return ["-".join(group() for _ in range(GROUPS)) for _ in range(CODES)]


def _digests(codes: Sequence[str]) -> list[str]:
    return [token_hash(code.replace("-", "")) for code in codes]


def _changed(statement: Any) -> bool:
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.expire_all()
    return bool(result.rowcount)


def _clear(operator: Any) -> None:
    operator.tf_totp_secret, operator.tf_primary_method, operator.mf_recovery_codes = None, None, None


def _record(action: str, operator_id: int, after: dict[str, Any]) -> None:
    email = db.session.scalar(select(Operator.email).where(Operator.id == operator_id)) or ""
    audit.record(action, "operator", operator_id, email, after=after)
