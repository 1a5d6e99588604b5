"""How people come in and stay in: sessions, invitations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.operator import Operator
from webapp.models.types import Identified, UtcDateTime

JOIN, RESET = INVITATION_KINDS = ("join", "reset")


class OperatorSession(Identified, db.Model):
    """One browser in which an operator signed in. Only a hash of its token is kept.

    Attributes:
        last_seen_at: last click; polling is none.
        fresh_at: when who sits there last proved to be the operator.
        end_reason: signed_out, revoked, idle, too_old, password, deactivated, restored; empty = goes on.
    """

    __tablename__ = "operator_session"
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fresh_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(20), default="")
    operator: Mapped[Operator] = relationship()


class Invitation(Identified, db.Model):
    """A link, good once, by which a person sets the own password. Only a hash of its token is kept.

    Attributes:
        kind: join (a new operator) or reset (one who lost the password or the second factor).
        role: what a new operator will be.
        operator_id: whose password it resets; of a join, who came of it.
    """

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint("kind in ('join', 'reset')", name="kind"),)
    kind: Mapped[str] = mapped_column(String(10))
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(20), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))


class GuessWindow(Identified, db.Model):
    """How often somebody guessed wrong in one window of time, for one key of one limit.

    Attributes:
        limit_name: which limit (``services/guesses.py``): by e-mail, address, browser, second factor.
        key_hash: SHA-256 of the key under the limit's name; no e-mail and no address stands here.
        window_at: when the window began.
        tries: tries that were let through and were not right.
        refused: tries that were refused unanswered.
    """

    __tablename__ = "guess_window"
    __table_args__ = (
        UniqueConstraint("limit_name", "key_hash", "window_at"),
        Index("ix_guess_window_at", "window_at"),
    )
    limit_name: Mapped[str] = mapped_column(String(30))
    key_hash: Mapped[str] = mapped_column(String(64))
    window_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
