"""sources of subscribers, alerts, narrow tokens, whose status counts

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('alert',
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('level', sa.String(length=4), nullable=False),
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=254), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('opened_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('last_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('closed_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=254), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("level in ('warn', 'fail')", name=op.f('ck_alert_level')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert'))
    )
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.create_index('ix_alert_closed', ['closed_at', 'id'], unique=False)
        batch_op.create_index('ux_alert_open', ['code', 'object_type', 'object_id'], unique=True, sqlite_where=sa.text('closed_at is null'), postgresql_where=sa.text('closed_at is null'))

    op.create_table('source',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('precedence', sa.Integer(), nullable=False),
    sa.Column('code_prefix', sa.String(length=20), nullable=False),
    sa.Column('full_interval_s', sa.Integer(), nullable=False),
    sa.Column('full_due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('light_interval_s', sa.Integer(), nullable=True),
    sa.Column('light_due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('light_cursor', sa.String(length=400), nullable=False),
    sa.Column('hook_token', sa.String(length=400), nullable=True),
    sa.Column('hook_hash', sa.String(length=64), nullable=True),
    sa.Column('hook_old_hash', sa.String(length=64), nullable=True),
    sa.Column('hook_old_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('paused_code', sa.String(length=60), nullable=True),
    sa.Column('paused_params', sa.JSON(), nullable=False),
    sa.Column('paused_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('full_interval_s >= 3600', name=op.f('ck_source_full_interval')),
    sa.CheckConstraint('light_interval_s is null or light_interval_s >= 15', name=op.f('ck_source_light_interval')),
    sa.CheckConstraint('precedence >= 1', name=op.f('ck_source_precedence')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source')),
    sa.UniqueConstraint('description', name=op.f('uq_source_description')),
    sa.UniqueConstraint('hook_hash', name=op.f('uq_source_hook_hash'))
    )
    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_source_hook_old_hash'), ['hook_old_hash'], unique=False)

    op.create_table('source_hint',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('refs', sa.JSON(), nullable=False),
    sa.Column('received_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_hint_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_hint')),
    sa.UniqueConstraint('source_id', 'digest', name=op.f('uq_source_hint_source_id_digest'))
    )
    with op.batch_alter_table('source_hint', schema=None) as batch_op:
        batch_op.create_index('ix_source_hint_waiting', ['done_at', 'id'], unique=False, sqlite_where=sa.text('done_at is null'), postgresql_where=sa.text('done_at is null'))

    op.create_table('source_link',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('external', sa.String(length=200), nullable=False),
    sa.Column('local_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('missing_since', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('customer', 'service', 'sale')", name=op.f('ck_source_link_kind')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_link_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_link')),
    sa.UniqueConstraint('kind', 'local_id', name=op.f('uq_source_link_kind_local_id')),
    sa.UniqueConstraint('source_id', 'kind', 'external', name=op.f('uq_source_link_source_id_kind_external'))
    )
    op.create_table('source_mapping',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('external', sa.String(length=200), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('target', sa.String(length=60), nullable=False),
    sa.Column('confirmed', sa.Boolean(), nullable=False),
    sa.Column('seen_count', sa.Integer(), nullable=False),
    sa.Column('seen_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('status', 'plan', 'package')", name=op.f('ck_source_mapping_kind')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_mapping_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_mapping')),
    sa.UniqueConstraint('source_id', 'kind', 'external', name=op.f('uq_source_mapping_source_id_kind_external'))
    )
    op.create_table('source_param',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('value', sa.String(length=4000), nullable=False),
    sa.Column('sealed', sa.String(length=8000), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("sealed is null or value = ''", name=op.f('ck_source_param_one_place')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_param_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_param')),
    sa.UniqueConstraint('source_id', 'name', name=op.f('uq_source_param_source_id_name'))
    )
    op.create_table('source_pull',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('mode', sa.String(length=8), nullable=False),
    sa.Column('dry_run', sa.Boolean(), nullable=False),
    sa.Column('trigger', sa.String(length=20), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('started_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('finished_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('stop_requested', sa.Boolean(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('applied', sa.Integer(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('certificate', sa.JSON(), nullable=False),
    sa.Column('checksum', sa.String(length=64), nullable=False),
    sa.Column('error_code', sa.String(length=60), nullable=True),
    sa.Column('error_params', sa.JSON(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('requested_by', sa.String(length=254), nullable=False),
    sa.Column('approved_by', sa.String(length=254), nullable=False),
    sa.Column('approved_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("mode in ('full', 'light', 'hint', 'file')", name=op.f('ck_source_pull_mode')),
    sa.CheckConstraint("status in ('reading', 'ready', 'applying', 'done', 'staged', 'held', 'refused', 'failed', 'stopped')", name=op.f('ck_source_pull_status')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_pull_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_pull'))
    )
    with op.batch_alter_table('source_pull', schema=None) as batch_op:
        batch_op.create_index('ix_source_pull_source', ['source_id', 'id'], unique=False)

    op.create_table('source_token',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.String(length=20000), nullable=False),
    sa.Column('changed_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_token_source_id_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_token')),
    sa.UniqueConstraint('source_id', name=op.f('uq_source_token_source_id'))
    )
    op.create_table('source_pull_item',
    sa.Column('pull_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('customer_code', sa.String(length=60), nullable=False),
    sa.Column('service_code', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('direction', sa.String(length=8), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("direction in ('positive', 'neutral', 'negative')", name=op.f('ck_source_pull_item_direction')),
    sa.CheckConstraint("outcome in ('planned', 'applied', 'held', 'staged', 'refused', 'skipped')", name=op.f('ck_source_pull_item_outcome')),
    sa.ForeignKeyConstraint(['pull_id'], ['source_pull.id'], name=op.f('fk_source_pull_item_pull_id_source_pull'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_pull_item'))
    )
    with op.batch_alter_table('source_pull_item', schema=None) as batch_op:
        batch_op.create_index('ix_source_pull_item_pull', ['pull_id', 'outcome', 'id'], unique=False)

    op.create_table('source_row',
    sa.Column('pull_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['pull_id'], ['source_pull.id'], name=op.f('fk_source_row_pull_id_source_pull'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pull_id', 'position', name=op.f('pk_source_row'))
    )
    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_api_token_scope'), type_='check')
        batch_op.add_column(sa.Column('integration_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('allowed_addresses', sa.JSON(), server_default='[]', nullable=False))
        batch_op.alter_column('scope',
               existing_type=sa.VARCHAR(length=8),
               type_=sa.String(length=12),
               existing_nullable=False)
        batch_op.create_check_constraint(batch_op.f('ck_api_token_scope'), "scope in ('read', 'write', 'admin', 'subscribers')")
        batch_op.create_check_constraint(batch_op.f('ck_api_token_integration'), "(scope = 'subscribers') = (integration_id is not null)")
        batch_op.create_foreign_key(batch_op.f('fk_api_token_integration_id_integration'), 'integration', ['integration_id'], ['id'])

    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.add_column(sa.Column('status_scope', sa.String(length=8), server_default='service', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_integration_status_scope'), "status_scope in ('service', 'customer')")
    # The defaults were for the rows that are there; from now on the program gives the values.
    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.alter_column('allowed_addresses', server_default=None)
    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.alter_column('status_scope', server_default=None)


def downgrade():
    op.execute("DELETE FROM api_token WHERE scope = 'subscribers'")
    with op.batch_alter_table('integration', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_integration_status_scope'), type_='check')
        batch_op.drop_column('status_scope')

    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_api_token_integration_id_integration'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_api_token_integration'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_api_token_scope'), type_='check')
        batch_op.alter_column('scope',
               existing_type=sa.String(length=12),
               type_=sa.VARCHAR(length=8),
               existing_nullable=False)
        batch_op.drop_column('allowed_addresses')
        batch_op.drop_column('integration_id')
        batch_op.create_check_constraint(batch_op.f('ck_api_token_scope'), "scope in ('read', 'write', 'admin')")

    op.drop_table('source_row')
    with op.batch_alter_table('source_pull_item', schema=None) as batch_op:
        batch_op.drop_index('ix_source_pull_item_pull')

    op.drop_table('source_pull_item')
    op.drop_table('source_token')
    with op.batch_alter_table('source_pull', schema=None) as batch_op:
        batch_op.drop_index('ix_source_pull_source')

    op.drop_table('source_pull')
    op.drop_table('source_param')
    op.drop_table('source_mapping')
    op.drop_table('source_link')
    with op.batch_alter_table('source_hint', schema=None) as batch_op:
        batch_op.drop_index('ix_source_hint_waiting', sqlite_where=sa.text('done_at is null'), postgresql_where=sa.text('done_at is null'))

    op.drop_table('source_hint')
    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_source_hook_old_hash'))

    op.drop_table('source')
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.drop_index('ux_alert_open', sqlite_where=sa.text('closed_at is null'), postgresql_where=sa.text('closed_at is null'))
        batch_op.drop_index('ix_alert_closed')

    op.drop_table('alert')
