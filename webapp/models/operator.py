"""People who sign in, their roles, and the tokens of programs."""

from datetime import datetime

from flask_security.models import fsqla_v3 as fsqla
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, Timestamped, UtcDateTime

fsqla.FsModels.set_db_info(db, user_table_name="operator", role_table_name="role")

ADMIN, ATTENDANT, FINANCE, VIEWER = ROLES = ("admin", "attendant", "finance", "viewer")
READ, WRITE, ADMIN_SCOPE = SCOPES = ("read", "write", "admin")
# Beside the ladder of the others: only who has which product of one integration, for a platform that pulls.
SUBSCRIBERS = "subscribers"


class Role(db.Model, fsqla.FsRoleMixin):
    """One of ``ROLES``."""

    __tablename__ = "role"


class Operator(db.Model, fsqla.FsUserMixin):
    """A person who signs in.

    Attributes:
        name: may be empty; the e-mail identifies.
        password_set_at: when the password was last chosen; None = before this was noted.
        language: of the screen, such as ``es``; empty = what the browser asks for.
    """

    __tablename__ = "operator"
    name: Mapped[str] = mapped_column(String(120), default="")
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(5), default="")


class WebAuthn(db.Model, fsqla.FsWebAuthnMixin):
    """A passkey of an operator."""

    __tablename__ = "webauthn"


class ApiToken(Identified, Timestamped, db.Model):
    """What a program signs in with. Only a hash is kept; the token is shown once.

    Attributes:
        scope: read, write, admin or subscribers (only the subscribers of ``integration_id``).
        allowed_addresses: networks from which it may be used; empty = from everywhere.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("scope in ('read', 'write', 'admin', 'subscribers')", name="scope"),
        CheckConstraint("(scope = 'subscribers') = (integration_id is not null)", name="integration"),
    )
    name: Mapped[str] = mapped_column(String(120), unique=True)
    scope: Mapped[str] = mapped_column(String(12))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integration.id"))
    allowed_addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyRecord(Identified, db.Model):
    """The answer to one POST, given again to whoever repeats it with the same key."""

    __tablename__ = "idempotency_record"
    __table_args__ = (db.UniqueConstraint("token_id", "key"),)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None]
    headers: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
