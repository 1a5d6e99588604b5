"""Append-only history: who, when, which object, before, after, why."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, CheckConstraint, Index, String, Table, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime


class Event(Identified, db.Model):
    """One thing that happened. Never changed, never deleted by the product's own screens.

    Attributes:
        actor: an operator's e-mail, ``token:NAME``, ``system`` or ``platform``.
        action: ``<object>.<verb>``, such as ``package.update``.
        object_type, object_id: what it was about; ``service`` and its id, say.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_object", "object_type", "object_id", "id"),
        Index("ix_event_actor", "actor", "id"),
        Index("ix_event_at", "at", "id"),
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None]
    label: Mapped[str] = mapped_column(String(254), default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(500), default="")


class ChainLink(Identified, db.Model):
    """One link of the chain that makes a changed, removed or inserted row of the history show.

    ``link`` is the digest of the former link, of what is linked and of ``digest``, the salted digest of its content.
    The id is the place in the chain.

    Attributes:
        kind: event or attempt.
        salt: without it nothing can be guessed from ``digest``; removed with the content when a person is erased.
        erased_by: id of the event that says why the content is gone; None = it must still match.
    """

    __tablename__ = "chain_link"
    __table_args__ = (
        UniqueConstraint("kind", "row_id"),
        CheckConstraint("kind in ('event', 'attempt')", name="kind"),
    )
    kind: Mapped[str] = mapped_column(String(10))
    row_id: Mapped[int]
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_by: Mapped[int | None]


# Erasing a person and retention open the history, by a row that only their own transaction sees.
HISTORY_OPEN = "history_open"
_IS_OPEN = f"EXISTS (SELECT 1 FROM setting WHERE name = '{HISTORY_OPEN}')"


def _append_only(table: Table) -> None:
    """Let the database itself refuse to change or remove rows; migration 0005 does the same."""
    for verb in ("UPDATE", "DELETE"):
        refusal = DDL(
            f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} WHEN NOT {_IS_OPEN} "
            "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
        )
        event.listen(table, "after_create", refusal.execute_if(dialect="sqlite"))
    function = DDL(
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT {_IS_OPEN} THEN RAISE EXCEPTION 'history is append-only'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    guard = DDL(
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE ON {table.name} "
        "FOR EACH ROW EXECUTE FUNCTION append_only()"
    )
    for statement in (function, guard):
        event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


for _table in (Event.__table__, ChainLink.__table__):
    _append_only(_table)
