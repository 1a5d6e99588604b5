"""reconciliation that is limited, explained and reversible; orphans, channels, measures

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('channel',
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('sealed', sa.String(length=4000), nullable=False),
    sa.Column('scheme', sa.String(length=40), nullable=False),
    sa.Column('level', sa.String(length=4), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('quiet_from', sa.String(length=5), nullable=True),
    sa.Column('quiet_until', sa.String(length=5), nullable=True),
    sa.Column('quiet_fail', sa.Boolean(), nullable=False),
    sa.Column('recoveries', sa.Boolean(), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=True),
    sa.Column('sent_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(length=60), nullable=True),
    sa.Column('error_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("level in ('warn', 'fail')", name=op.f('ck_channel_level')),
    sa.CheckConstraint('(quiet_from is null) = (quiet_until is null)', name=op.f('ck_channel_quiet')),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_channel_operator_id_operator'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel'))
    )
    op.create_table('measure',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('active', sa.Integer(), nullable=False),
    sa.Column('suspended', sa.Integer(), nullable=False),
    sa.Column('pending', sa.Integer(), nullable=False),
    sa.Column('person', sa.Integer(), nullable=False),
    sa.Column('due', sa.Integer(), nullable=False),
    sa.Column('oldest_due_s', sa.Integer(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('calls_ok', sa.Integer(), nullable=False),
    sa.Column('compared', sa.Integer(), nullable=True),
    sa.Column('differing', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_measure_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure')),
    sa.UniqueConstraint('integration_id', 'at', name=op.f('uq_measure_integration_id_at'))
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measure_at'), ['at'], unique=False)

    op.create_table('alert_message',
    sa.Column('alert_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('sent_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error_code', sa.String(length=60), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('opened', 'over')", name=op.f('ck_alert_message_kind')),
    sa.ForeignKeyConstraint(['alert_id'], ['alert.id'], name=op.f('fk_alert_message_alert_id_alert'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_alert_message_channel_id_channel'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_message')),
    sa.UniqueConstraint('alert_id', 'channel_id', 'kind', name=op.f('uq_alert_message_alert_id_channel_id_kind'))
    )
    with op.batch_alter_table('alert_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alert_message_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index('ix_alert_message_due', ['due_at'], unique=False, sqlite_where=sa.text('due_at is not null'), postgresql_where=sa.text('due_at is not null'))

    op.create_table('approval_link',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=True),
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('checksum', sa.String(length=64), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('used_for', sa.String(length=8), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("used_for in ('', 'approve', 'reject')", name=op.f('ck_approval_link_used_for')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_approval_link_channel_id_channel'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_approval_link_operator_id_operator'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_approval_link_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_approval_link_token_hash'))
    )
    with op.batch_alter_table('approval_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_link_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_link_run_id'), ['run_id'], unique=False)

    op.create_table('orphan',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('login', sa.String(length=254), nullable=False),
    sa.Column('document', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=120), nullable=False),
    sa.Column('remote_ids', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('products', sa.JSON(), nullable=True),
    sa.Column('first_seen_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('guess_service_id', sa.Integer(), nullable=True),
    sa.Column('guess_code', sa.String(length=60), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('requested_by', sa.String(length=254), nullable=False),
    sa.Column('decided_by', sa.String(length=254), nullable=False),
    sa.Column('decided_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('call', sa.JSON(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(length=60), nullable=True),
    sa.Column('error_params', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("status in ('open', 'ignored', 'adopted', 'cancelling', 'cancelled', 'gone')", name=op.f('ck_orphan_status')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_orphan_account_id_account')),
    sa.ForeignKeyConstraint(['guess_service_id'], ['service.id'], name=op.f('fk_orphan_guess_service_id_service'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_orphan_integration_id_integration')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orphan')),
    sa.UniqueConstraint('integration_id', 'key', name=op.f('uq_orphan_integration_id_key'))
    )
    with op.batch_alter_table('orphan', schema=None) as batch_op:
        batch_op.create_index('ix_orphan_due', ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_orphan_guess_service_id'), ['guess_service_id'], unique=False)
        batch_op.create_index('ix_orphan_status', ['status', 'integration_id', 'id'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('missing_since', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('tombstone', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('keep_content', sa.String(length=16), server_default='', nullable=False))
        batch_op.add_column(sa.Column('keep_reason', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('kept_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_account_kept', ['integration_id', 'id'], unique=False, sqlite_where=sa.text("keep_content <> ''"), postgresql_where=sa.text("keep_content <> ''"))
        batch_op.create_check_constraint(batch_op.f('ck_account_keep_content'), "keep_content in ('', 'active', 'suspended')")

    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.add_column(sa.Column('limit_floor', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('limit_run_percent', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('limit_day_percent', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('batch_expires_h', sa.Integer(), server_default='72', nullable=False))
        batch_op.add_column(sa.Column('no_suspend', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('billing_day', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('billing_lead_h', sa.Integer(), server_default='48', nullable=False))
        batch_op.add_column(sa.Column('probe_nights', sa.Integer(), server_default='7', nullable=False))
        batch_op.add_column(sa.Column('probe_from', sa.String(length=5), server_default='01:00', nullable=False))
        batch_op.add_column(sa.Column('probe_until', sa.String(length=5), server_default='06:00', nullable=False))
        batch_op.add_column(sa.Column('products_checked_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_integration_limit_floor'), "limit_floor is null or limit_floor >= 0")
        batch_op.create_check_constraint(batch_op.f('ck_integration_limit_run_percent'), "limit_run_percent is null or limit_run_percent between 0 and 100")
        batch_op.create_check_constraint(batch_op.f('ck_integration_limit_day_percent'), "limit_day_percent is null or limit_day_percent between 0 and 100")
        batch_op.create_check_constraint(batch_op.f('ck_integration_batch_expires'), "batch_expires_h between 1 and 720")
        batch_op.create_check_constraint(batch_op.f('ck_integration_billing_day'), "billing_day is null or billing_day between 1 and 31")
        batch_op.create_check_constraint(batch_op.f('ck_integration_billing_lead'), "billing_lead_h between 1 and 240")
        batch_op.create_check_constraint(batch_op.f('ck_integration_probe_nights'), "probe_nights between 1 and 31")

    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reading', sa.String(length=8), server_default='full', nullable=False))
        batch_op.add_column(sa.Column('control', sa.String(length=8), server_default='', nullable=False))
        batch_op.add_column(sa.Column('lease_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('expires_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('certificate', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('limits', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('radius', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('reason', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('undo_of_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('undo_pull_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('superseded_by_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_run_open', ['status'], unique=False, sqlite_where=sa.text("status in ('running', 'applying', 'paused', 'staged')"), postgresql_where=sa.text("status in ('running', 'applying', 'paused', 'staged')"))
        batch_op.create_index(batch_op.f('ix_run_undo_of_id'), ['undo_of_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_run_undo_pull_id'), ['undo_pull_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_run_undo_pull_id_source_pull'), 'source_pull', ['undo_pull_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_run_superseded_by_id_run'), 'run', ['superseded_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_run_undo_of_id_run'), 'run', ['undo_of_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_run_reading'), "reading in ('full', 'probes', 'sample', 'changes', 'look', 'none')")
        batch_op.create_check_constraint(batch_op.f('ck_run_control'), "control in ('', 'pause', 'stop')")
        batch_op.drop_constraint(batch_op.f('ck_run_status'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_run_status'), "status in ('running', 'applying', 'paused', 'done', 'staged', 'refused', 'failed', 'stopped', 'rejected', 'expired')")

    with op.batch_alter_table('run_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cause', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('cause_params', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('value', webapp.models.types.Money(), nullable=True))
        batch_op.add_column(sa.Column('generation', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('kept', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('queued_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('ended_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('error_code', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('error_params', sa.JSON(), server_default='{}', nullable=False))
        batch_op.drop_index(batch_op.f('ix_run_item_run_id'))
        batch_op.create_index('ix_run_item_open', ['outcome', 'run_id'], unique=False, sqlite_where=sa.text("outcome in ('waiting', 'queued')"), postgresql_where=sa.text("outcome in ('waiting', 'queued')"))
        batch_op.create_index('ix_run_item_run', ['run_id', 'outcome', 'id'], unique=False)

    _settle_former()
    # The defaults were for the rows that are there; from now on the program gives the values.
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.alter_column('tombstone', server_default=None)
        batch_op.alter_column('keep_content', server_default=None)
        batch_op.alter_column('keep_reason', server_default=None)
    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.alter_column('batch_expires_h', server_default=None)
        batch_op.alter_column('no_suspend', server_default=None)
        batch_op.alter_column('billing_lead_h', server_default=None)
        batch_op.alter_column('probe_nights', server_default=None)
        batch_op.alter_column('probe_from', server_default=None)
        batch_op.alter_column('probe_until', server_default=None)
    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.alter_column('reading', server_default=None)
        batch_op.alter_column('control', server_default=None)
        batch_op.alter_column('certificate', server_default=None)
        batch_op.alter_column('limits', server_default=None)
        batch_op.alter_column('radius', server_default=None)
        batch_op.alter_column('reason', server_default=None)
    with op.batch_alter_table('run_item', schema=None) as batch_op:
        batch_op.alter_column('cause', server_default=None)
        batch_op.alter_column('cause_params', server_default=None)
        batch_op.alter_column('kept', server_default=None)
        batch_op.alter_column('error_params', server_default=None)


def _settle_former():
    """What was handed over went its way without a proof; what waited was measured by another checksum."""
    op.execute("UPDATE run_item SET outcome = 'sent' WHERE outcome = 'queued'")
    op.execute("UPDATE run_item SET outcome = 'lapsed' WHERE outcome = 'staged'")
    op.execute("UPDATE run SET status = 'expired' WHERE status = 'staged'")
    op.execute("UPDATE run SET status = 'failed' WHERE status = 'running'")
    op.execute("UPDATE run SET reading = 'look' WHERE trigger = 'event'")
    op.execute("UPDATE run SET reading = 'changes' WHERE trigger = 'changes'")


def downgrade():
    op.execute("UPDATE run SET status = 'done' WHERE status NOT IN ('running', 'done', 'staged', 'refused', 'failed')")
    op.execute("UPDATE run_item SET outcome = 'skipped' WHERE outcome NOT IN ('planned', 'queued', 'staged', 'reported', 'skipped')")
    with op.batch_alter_table('run_item', schema=None) as batch_op:
        batch_op.drop_index('ix_run_item_run')
        batch_op.drop_index('ix_run_item_open', sqlite_where=sa.text("outcome in ('waiting', 'queued')"), postgresql_where=sa.text("outcome in ('waiting', 'queued')"))
        batch_op.create_index(batch_op.f('ix_run_item_run_id'), ['run_id'], unique=False)
        batch_op.drop_column('error_params')
        batch_op.drop_column('error_code')
        batch_op.drop_column('ended_at')
        batch_op.drop_column('queued_at')
        batch_op.drop_column('kept')
        batch_op.drop_column('generation')
        batch_op.drop_column('value')
        batch_op.drop_column('cause_params')
        batch_op.drop_column('cause')

    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_run_reading'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_run_control'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_run_status'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_run_undo_of_id_run'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_run_superseded_by_id_run'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_run_undo_pull_id_source_pull'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_run_undo_pull_id'))
        batch_op.drop_index(batch_op.f('ix_run_undo_of_id'))
        batch_op.drop_index('ix_run_open', sqlite_where=sa.text("status in ('running', 'applying', 'paused', 'staged')"), postgresql_where=sa.text("status in ('running', 'applying', 'paused', 'staged')"))
        batch_op.drop_column('superseded_by_id')
        batch_op.drop_column('undo_pull_id')
        batch_op.drop_column('undo_of_id')
        batch_op.drop_column('reason')
        batch_op.drop_column('radius')
        batch_op.drop_column('limits')
        batch_op.drop_column('certificate')
        batch_op.drop_column('expires_at')
        batch_op.drop_column('lease_until')
        batch_op.drop_column('control')
        batch_op.drop_column('reading')
        batch_op.create_check_constraint(batch_op.f('ck_run_status'), "status in ('running', 'done', 'staged', 'refused', 'failed')")

    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_integration_limit_floor'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_limit_run_percent'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_limit_day_percent'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_batch_expires'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_billing_day'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_billing_lead'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_integration_probe_nights'), type_='check')
        batch_op.drop_column('products_checked_at')
        batch_op.drop_column('probe_until')
        batch_op.drop_column('probe_from')
        batch_op.drop_column('probe_nights')
        batch_op.drop_column('billing_lead_h')
        batch_op.drop_column('billing_day')
        batch_op.drop_column('no_suspend')
        batch_op.drop_column('batch_expires_h')
        batch_op.drop_column('limit_day_percent')
        batch_op.drop_column('limit_run_percent')
        batch_op.drop_column('limit_floor')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_account_keep_content'), type_='check')
        batch_op.drop_index('ix_account_kept', sqlite_where=sa.text("keep_content <> ''"), postgresql_where=sa.text("keep_content <> ''"))
        batch_op.drop_column('kept_at')
        batch_op.drop_column('keep_reason')
        batch_op.drop_column('keep_content')
        batch_op.drop_column('tombstone')
        batch_op.drop_column('missing_since')

    with op.batch_alter_table('orphan', schema=None) as batch_op:
        batch_op.drop_index('ix_orphan_status')
        batch_op.drop_index(batch_op.f('ix_orphan_guess_service_id'))
        batch_op.drop_index('ix_orphan_due')

    op.drop_table('orphan')
    with op.batch_alter_table('approval_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approval_link_run_id'))
        batch_op.drop_index(batch_op.f('ix_approval_link_expires_at'))

    op.drop_table('approval_link')
    with op.batch_alter_table('alert_message', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_message_due', sqlite_where=sa.text('due_at is not null'), postgresql_where=sa.text('due_at is not null'))
        batch_op.drop_index(batch_op.f('ix_alert_message_channel_id'))

    op.drop_table('alert_message')
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_measure_at'))

    op.drop_table('measure')
    op.drop_table('channel')
