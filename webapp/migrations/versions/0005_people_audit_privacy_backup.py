"""people, audit, privacy, backup

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = ("event", "chain_link")
OPEN = "EXISTS (SELECT 1 FROM setting WHERE name = 'history_open')"


def upgrade():
    op.create_table(
        "backup",
        sa.Column("trigger", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("started_by", sa.String(length=254), nullable=False),
        sa.Column("started_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("file", sa.String(length=500), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("verified_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("removed_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("error_params", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("status in ('running', 'done', 'failed')", name=op.f("ck_backup_status")),
        sa.CheckConstraint("trigger in ('schedule', 'manual', 'command', 'upgrade')", name=op.f("ck_backup_trigger")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )
    op.create_table(
        "chain_link",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('event', 'attempt')", name=op.f("ck_chain_link_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_link")),
        sa.UniqueConstraint("kind", "row_id", name=op.f("uq_chain_link_kind_row_id")),
    )
    op.create_table(
        "erasure",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("requested_by", sa.String(length=254), nullable=False),
        sa.Column("requested_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("approved_by", sa.String(length=254), nullable=False),
        sa.Column("done_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("status in ('waiting', 'done', 'withdrawn')", name=op.f("ck_erasure_status")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_erasure_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_status"), ["status"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('join', 'reset')", name=op.f("ck_invitation_kind")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_invitation_operator_id_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)

    op.create_table(
        "operator_session",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("fresh_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("ended_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_operator_session_operator_id_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_session_token_hash")),
    )
    with op.batch_alter_table("operator_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_session_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "personal_access",
        sa.Column("at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_personal_access_customer_id_customer"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_access")),
    )
    with op.batch_alter_table("personal_access", schema=None) as batch_op:
        batch_op.create_index("ix_personal_access_actor", ["actor", "id"], unique=False)
        batch_op.create_index("ix_personal_access_at", ["at"], unique=False)
        batch_op.create_index("ix_personal_access_customer", ["customer_id", "id"], unique=False)

    op.create_table(
        "erased_mark",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erasure_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name=op.f("fk_erased_mark_erasure_id_erasure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_mark")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_erased_mark_kind_digest")),
    )
    with op.batch_alter_table("erased_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erased_mark_erasure_id"), ["erasure_id"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("operator", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_set_at", webapp.models.types.UtcDateTime(timezone=True), nullable=True))

    op.create_table(
        "guess_window",
        sa.Column("limit_name", sa.String(length=30), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("window_at", webapp.models.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guess_window")),
        sa.UniqueConstraint(
            "limit_name", "key_hash", "window_at", name=op.f("uq_guess_window_limit_name_key_hash_window_at")
        ),
    )
    with op.batch_alter_table("guess_window", schema=None) as batch_op:
        batch_op.create_index("ix_guess_window_at", ["window_at"], unique=False)

    _forbid_changes()


def downgrade():
    _allow_changes()
    with op.batch_alter_table("guess_window", schema=None) as batch_op:
        batch_op.drop_index("ix_guess_window_at")

    op.drop_table("guess_window")
    with op.batch_alter_table("operator", schema=None) as batch_op:
        batch_op.drop_column("password_set_at")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("erased_at")

    with op.batch_alter_table("erased_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erased_mark_erasure_id"))

    op.drop_table("erased_mark")
    with op.batch_alter_table("personal_access", schema=None) as batch_op:
        batch_op.drop_index("ix_personal_access_customer")
        batch_op.drop_index("ix_personal_access_at")
        batch_op.drop_index("ix_personal_access_actor")

    op.drop_table("personal_access")
    with op.batch_alter_table("operator_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operator_session_operator_id"))

    op.drop_table("operator_session")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_email"))

    op.drop_table("invitation")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_status"))
        batch_op.drop_index(batch_op.f("ix_erasure_customer_id"))

    op.drop_table("erasure")
    op.drop_table("chain_link")
    op.drop_table("backup")


def _forbid_changes():
    """The history is only added to. Erasing a person and retention open it for their own transaction."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} WHEN NOT {OPEN} "
                    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT {OPEN} THEN RAISE EXCEPTION 'history is append-only'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
        )


def _allow_changes():
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION append_only")
