"""Where subscribers come from: ERPs and spreadsheets, what was read from them, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.types import Identified, Timestamped, UtcDateTime, Versioned


class Source(Identified, Timestamped, Versioned, db.Model):
    """One ERP, or one kind of spreadsheet, from which customers and statuses come.

    Attributes:
        kind: key of ``sources/registry.py``.
        precedence: where two sources bring the same service, the lower number wins.
        code_prefix: put before the codes of this source, so that two ERPs do not clash.
        full_interval_s: between whole readings; ``light_interval_s`` between looks at recent changes, None = none.
        light_cursor: where the next look at recent changes begins, as the source counts.
        hook_hash: SHA-256 of the token in the address to which it pushes; ``hook_token`` is it, sealed.
        failures: readings in a row that ended in an error.
        paused_code: message code of why nothing is read now; None = nothing is wrong.
        columns: of a spreadsheet: our column -> the file's, as confirmed last.
    """

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint("full_interval_s >= 3600", name="full_interval"),
        CheckConstraint("light_interval_s is null or light_interval_s >= 15", name="light_interval"),
        CheckConstraint("precedence >= 1", name="precedence"),
    )
    kind: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(String(200), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    precedence: Mapped[int] = mapped_column(default=1)
    code_prefix: Mapped[str] = mapped_column(String(20), default="")
    full_interval_s: Mapped[int] = mapped_column(default=28_800)
    full_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    light_interval_s: Mapped[int | None]
    light_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    light_cursor: Mapped[str] = mapped_column(String(400), default="")
    hook_token: Mapped[str | None] = mapped_column(String(400))
    hook_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    hook_old_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    hook_old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    paused_code: Mapped[str | None] = mapped_column(String(60))
    paused_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    params: Mapped[list["SourceParam"]] = relationship(
        back_populates="source", cascade="all, delete-orphan", order_by="SourceParam.position"
    )


class SourceParam(Identified, db.Model):
    """One name and value. A secret's value stands sealed in ``sealed``, never in ``value``."""

    __tablename__ = "source_param"
    __table_args__ = (
        UniqueConstraint("source_id", "name"),
        CheckConstraint("sealed is null or value = ''", name="one_place"),
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(4000), default="")
    sealed: Mapped[str | None] = mapped_column(String(8000))
    position: Mapped[int] = mapped_column(Integer, default=0)
    source: Mapped[Source] = relationship(back_populates="params")


class SourceToken(Identified, db.Model):
    """What an ERP gave us to show at every call: one for all processes. Sealed JSON, as ``IntegrationToken``."""

    __tablename__ = "source_token"
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[str] = mapped_column(String(20000))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SourceMapping(Identified, db.Model):
    """What a word or id of the source means here.

    Attributes:
        kind: status, plan or package.
        external: as the source says it; ``label`` is its text for people.
        target: a status of ours, or the id of a plan or package; ``ignore`` = leave it out; empty = undecided.
        confirmed: a person decided; a suggestion is not acted upon.
        seen_count: in how many records of the last whole reading it stood.
    """

    __tablename__ = "source_mapping"
    __table_args__ = (
        UniqueConstraint("source_id", "kind", "external"),
        CheckConstraint("kind in ('status', 'plan', 'package')", name="kind"),
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    external: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(200), default="")
    target: Mapped[str] = mapped_column(String(60), default="")
    confirmed: Mapped[bool] = mapped_column(default=False)
    seen_count: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SourceLink(Identified, db.Model):
    """Which row of ours a record of the source is. A row has one owner among the sources.

    Attributes:
        kind: customer, service or sale (a ``ServicePackage``); ``local_id`` is the row's id.
        external: the source's own id; of a sale ``service:package``, as the source names both.
        missing_since: whole, certified readings have lacked it since then. That proves nothing and ends nothing.
    """

    __tablename__ = "source_link"
    __table_args__ = (
        UniqueConstraint("source_id", "kind", "external"),
        UniqueConstraint("kind", "local_id"),
        CheckConstraint("kind in ('customer', 'service', 'sale')", name="kind"),
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    external: Mapped[str] = mapped_column(String(200))
    local_id: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SourcePull(Identified, db.Model):
    """One reading of a source, and what it led to.

    Attributes:
        mode: full, light (recent changes), hint (the source told us) or file (a spreadsheet).
        dry_run: compared only; nothing was or will be written.
        status: reading, ready (compared; a file waits for its confirmation), applying, done (nothing held back),
            staged (negative changes wait for a person), held (the certificate forbids negative changes;
            the others were made), refused (it may not be used at all), failed, stopped (by a person).
        lease_until: while a process works on it; a dead one is taken up again.
        records: staged so far; ``applied``: how many of them are worked off, for progress and resumption.
        counts: created, updated, unchanged, held, staged, refused, positive, negative, unmapped, absent, calls.
        certificate: what ``decide/certificate.py`` found, as JSON.
        checksum: of the negative changes that wait; an approval carries it.
    """

    __tablename__ = "source_pull"
    __table_args__ = (
        CheckConstraint("mode in ('full', 'light', 'hint', 'file')", name="mode"),
        CheckConstraint(
            "status in ('reading', 'ready', 'applying', 'done', 'staged', 'held', 'refused', 'failed', 'stopped')",
            name="status",
        ),
        Index("ix_source_pull_source", "source_id", "id"),
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    mode: Mapped[str] = mapped_column(String(8))
    dry_run: Mapped[bool] = mapped_column(default=False)
    trigger: Mapped[str] = mapped_column(String(20), default="manual")
    status: Mapped[str] = mapped_column(String(12), default="reading")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stop_requested: Mapped[bool] = mapped_column(default=False)
    records: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    applied: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checksum: Mapped[str] = mapped_column(String(64), default="")
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file_name: Mapped[str] = mapped_column(String(200), default="")
    requested_by: Mapped[str] = mapped_column(String(254), default="")
    approved_by: Mapped[str] = mapped_column(String(254), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source: Mapped[Source] = relationship()


class SourceRow(db.Model):
    """One record as it was read, until its pull is over and its time has passed.

    Attributes:
        payload: the allowed fields only, as ``sources/payload.py`` writes them; empty for a row of a
            file whose columns are not known yet.
        sealed: its password, sealed, where a gateway in use needs one; of a file, the cells as they came.
    """

    __tablename__ = "source_row"
    pull_id: Mapped[int] = mapped_column(ForeignKey("source_pull.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[str | None] = mapped_column(Text)


class SourcePullItem(Identified, db.Model):
    """What one record of a pull changes, or why it does not.

    Attributes:
        changes: what, before, after and direction of each; a password is masked.
        direction: negative if any change is, else positive, else neutral.
        outcome: planned, applied, held (the certificate), staged (the brake), refused (``problems`` say why),
            skipped (it moved on meanwhile, or a second look at the source contradicted).
        problems: of the record: ``{field, code, params}``.
    """

    __tablename__ = "source_pull_item"
    __table_args__ = (
        Index("ix_source_pull_item_pull", "pull_id", "outcome", "id"),
        Index("ix_source_pull_item_customer", "customer_code", "id"),
        CheckConstraint("direction in ('positive', 'neutral', 'negative')", name="direction"),
        CheckConstraint("outcome in ('planned', 'applied', 'held', 'staged', 'refused', 'skipped')", name="outcome"),
    )
    pull_id: Mapped[int] = mapped_column(ForeignKey("source_pull.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    customer_code: Mapped[str] = mapped_column(String(60), default="")
    service_code: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    direction: Mapped[str] = mapped_column(String(8), default="neutral")
    outcome: Mapped[str] = mapped_column(String(12), default="planned")
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class SourceHint(Identified, db.Model):
    """Something that a source told us unasked: whom to look at. Kept for a while, so that a repetition is known.

    Attributes:
        digest: of what came; the same within a day is the same hint.
        refs: whom it names, as ``sources/payload.py`` writes them.
        done_at: when they were looked at; None = not yet.
    """

    __tablename__ = "source_hint"
    __table_args__ = (
        UniqueConstraint("source_id", "digest"),
        Index("ix_source_hint_waiting", "done_at", "id", sqlite_where=text("done_at is null"),
              postgresql_where=text("done_at is null")),
    )  # fmt: skip
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    refs: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
