"""Passkeys: registered with a name, and good for signing in without e-mail and password.

``webauthn`` (py_webauthn) makes the challenges and checks the answers. The device must have verified its user (finger,
face, PIN), so that a passkey is two factors at once. A challenge is good once, in all processes.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp import lazy
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Operator, WebAuthn
from webapp.services import guesses
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.guesses import Limit, Refused
from webapp.services.passkey_rows import passkeys_of, record
from webapp.services.transactions import begin

# With the certificates of all makers of keys: loaded when the first passkey is asked for.
if TYPE_CHECKING:
    import webauthn
    from webauthn import helpers
    from webauthn.helpers import exceptions, structs
else:
    webauthn, helpers = lazy.module("webauthn"), lazy.module("webauthn.helpers")
    exceptions, structs = lazy.module("webauthn.helpers.exceptions"), lazy.module("webauthn.helpers.structs")

# RecursionError: JSON or CBOR that is nested a thousand deep, which no browser sends.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
NAME_LENGTH = 64
MOST = 20
ANSWER_LENGTH = 16_384
# A challenge that was answered is spent.
SPENT = Limit("passkey_challenge", 1, 86_400)
# For so long a challenge waits for its answer.
LASTS = timedelta(minutes=5)
ISSUER = "Sintonia"
USAGE = "first"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Site:
    """For which address passkeys are made here.

    Attributes:
        origin: scheme, host and port, as the browser sees them.
    """

    origin: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Browsers know passkeys over https only, and on localhost; never for a bare IP address."""
        named = not self.host.replace(".", "").isdecimal() and ":" not in self.host
        return named and (self.origin.startswith("https://") or self.host == "localhost")


@dataclass(frozen=True)
class Challenge:
    """What the browser is asked.

    Attributes:
        text: to be kept by the caller for the answer.
        options: JSON for the browser.
    """

    text: str
    options: str


def ask_to_register(operator_id: int, site: Site) -> Challenge:
    """Return what a browser needs to make a passkey; writes a handle for the operator on the first one.

    Raises:
        Conflict: there are ``MOST`` already; delete one first.
    """
    begin(reads_only=False)
    operator: Any = db.session.get_one(Operator, operator_id)
    if operator.fs_webauthn_user_handle is None:
        operator.fs_webauthn_user_handle = secrets.token_hex(32)
    handle, email, name = operator.fs_webauthn_user_handle, operator.email, operator.name
    known = [structs.PublicKeyCredentialDescriptor(id=row.credential_id) for row in passkeys_of(operator_id)]
    db.session.commit()
    if len(known) >= MOST:
        raise Conflict("passkeys_too_many", {"maximum": MOST})
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name=ISSUER, user_name=email, user_id=handle.encode(), user_display_name=name or email,
        exclude_credentials=known,
        # Any kind: the computer's or phone's own, or a key on the ring. It must be able to sign in alone.
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )  # fmt: skip
    return Challenge(helpers.bytes_to_base64url(options.challenge), webauthn.options_to_json(options))


def register(operator_id: int, name: str, answer: str, challenge: str, site: Site) -> None:
    """Keep the passkey that a browser made, and commit.

    Raises:
        Invalid: the name is missing, too long or taken, or the answer is not good; ask again.
    """
    problems = _name_problems(operator_id, name.strip())
    if problems:
        raise Invalid(problems)
    try:
        made = webauthn.verify_registration_response(
            credential=answer[:ANSWER_LENGTH], expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=site.host, expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
        transports = json.loads(answer).get("response", {}).get("transports") or []
    except (exceptions.WebAuthnException, *MALFORMED) as error:
        raise _refused(error) from error
    if not challenge or _is_spent(challenge):
        raise Invalid([Problem("", "passkey_refused")])
    begin(reads_only=False)
    row: Any = WebAuthn(
        user_id=operator_id, credential_id=made.credential_id, public_key=made.credential_public_key,
        sign_count=made.sign_count, transports=[str(one)[:20] for one in transports][:8], name=name.strip(),
        backup_state=made.credential_backed_up, device_type=str(made.credential_device_type.value), usage=USAGE,
        create_datetime=_naive_now(), lastuse_datetime=_naive_now(),
    )  # fmt: skip
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Invalid([Problem("", "passkey_known")]) from error
    record("passkey.register", operator_id, row.name)
    db.session.commit()


def ask_to_enter(site: Site, operator_id: int | None = None) -> Challenge:
    """Return what a browser needs to sign in with a passkey.

    Args:
        operator_id: whose passkeys will do, for who is signed in and proves it again; None = whoever has one.
    """
    known = None
    if operator_id is not None:
        known = [structs.PublicKeyCredentialDescriptor(id=row.credential_id) for row in passkeys_of(operator_id)]
    options = webauthn.generate_authentication_options(
        rp_id=site.host, allow_credentials=known, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return Challenge(helpers.bytes_to_base64url(options.challenge), webauthn.options_to_json(options))


def enter(answer: str, challenge: str, site: Site, operator_id: int | None = None) -> int:
    """Return the id of the operator whose passkey answered. Uses transactions of its own and leaves none open.

    Args:
        operator_id: only a passkey of this operator will do.

    Raises:
        Invalid: the passkey is not known here, was deleted, or its answer is not good; sign in otherwise.
    """
    try:
        credential = helpers.parse_authentication_credential_json(answer[:ANSWER_LENGTH])
    except (exceptions.WebAuthnException, *MALFORMED) as error:
        raise _refused(error) from error
    begin(reads_only=True)
    row = db.session.scalar(select(WebAuthn).where(WebAuthn.credential_id == credential.raw_id))
    active = row is not None and bool(db.session.get_one(Operator, row.user_id).active)
    if row is not None:
        db.session.expunge(row)
    db.session.rollback()
    if row is None or not active or operator_id not in (None, row.user_id):
        raise Invalid([Problem("", "passkey_unknown")])
    try:
        seen = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=webauthn.base64url_to_bytes(challenge), expected_rp_id=site.host,
            expected_origin=site.origin, credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count or 0, require_user_verification=True,
        )  # fmt: skip
    except (exceptions.WebAuthnException, *MALFORMED) as error:
        raise _refused(error) from error
    if not challenge or _is_spent(challenge) or not _note_use(row, seen.new_sign_count):
        raise Invalid([Problem("", "passkey_refused")])
    return int(row.user_id)


def _name_problems(operator_id: int, name: str) -> list[Problem]:
    if not name:
        return [Problem("name", "passkey_name_missing")]
    if len(name) > NAME_LENGTH:
        return [Problem("name", "text_too_long", {"max_length": NAME_LENGTH})]
    if any(row.name == name for row in passkeys_of(operator_id)):
        return [Problem("name", "passkey_name_taken", {"name": name})]
    return []


def _is_spent(challenge: str) -> bool:
    """Spend a challenge, in this window and in that which may begin before it is too old; True when it was spent."""
    now = guesses.place(SPENT, challenge)
    late = utc_now() + LASTS > now.ends_at
    places = [now, replace(now, window_at=now.ends_at)] if late else [now]
    return isinstance(guesses.take(places), Refused)


def _note_use(row: Any, count: int) -> bool:
    """Note the device's counter; False when another answer of the same device was quicker, or the row is gone."""
    begin(reads_only=False)
    same = update(WebAuthn).where(WebAuthn.id == row.id, WebAuthn.sign_count == row.sign_count)
    used: Any = db.session.execute(
        same.values(sign_count=count, lastuse_datetime=_naive_now()).returning(WebAuthn.id),
        execution_options={"synchronize_session": False},
    ).first()
    db.session.commit()
    return used is not None


def _refused(error: Exception) -> Invalid:
    log.warning("passkey_refused", reason=type(error).__name__)
    return Invalid([Problem("", "passkey_refused")])


def _naive_now() -> datetime:
    """The columns are Flask-Security-Too's, which keep times without a zone."""
    return utc_now().replace(tzinfo=None)
