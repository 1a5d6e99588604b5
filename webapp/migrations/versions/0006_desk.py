"""desk: views, columns, work on many rows, a language per person, what a timeline and a search need

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('bulk_job',
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('control', sa.String(length=10), nullable=False),
    sa.Column('lease_until', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('cursor', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('skipped', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('requested_by', sa.String(length=254), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=True),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('started_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('finished_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(length=60), nullable=False),
    sa.Column('error_params', sa.JSON(), nullable=False),
    sa.Column('undo_of_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("control in ('', 'stop')", name=op.f('ck_bulk_job_control')),
    sa.CheckConstraint("status in ('waiting', 'running', 'done', 'stopped', 'failed')", name=op.f('ck_bulk_job_status')),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_bulk_job_operator_id_operator'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['undo_of_id'], ['bulk_job.id'], name=op.f('fk_bulk_job_undo_of_id_bulk_job')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_job'))
    )
    with op.batch_alter_table('bulk_job', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_job_status', ['status'], unique=False)

    op.create_table('saved_view',
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_saved_view_operator_id_operator'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('operator_id', 'table_name', 'name', name=op.f('uq_saved_view_operator_id_table_name_name'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_table_name'), ['table_name'], unique=False)

    op.create_table('table_choice',
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('page_size', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_table_choice_operator_id_operator'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_table_choice')),
    sa.UniqueConstraint('operator_id', 'table_name', name=op.f('uq_table_choice_operator_id_table_name'))
    )
    op.create_table('bulk_line',
    sa.Column('bulk_job_id', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("outcome in ('done', 'skipped', 'failed')", name=op.f('ck_bulk_line_outcome')),
    sa.ForeignKeyConstraint(['bulk_job_id'], ['bulk_job.id'], name=op.f('fk_bulk_line_bulk_job_id_bulk_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_line')),
    sa.UniqueConstraint('bulk_job_id', 'subject_id', name=op.f('uq_bulk_line_bulk_job_id_subject_id'))
    )
    with op.batch_alter_table('bulk_line', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_line_outcome', ['bulk_job_id', 'outcome', 'id'], unique=False)

    op.create_index("ix_bulk_line_subject", "bulk_line", ["subject_id", "id"])
    op.create_index("ix_source_pull_item_customer", "source_pull_item", ["customer_code", "id"])
    op.create_index("ix_alert_object", "alert", ["object_type", "object_id", "id"])
    op.create_index("ix_customer_phone", "customer", ["phone"])
    op.create_index("ix_service_customer", "service", ["customer_id", "status"])
    op.drop_index("ix_service_customer_id", "service")
    op.create_index("ix_service_plan", "service", ["plan_id", "status"])
    op.drop_index("ix_service_plan_id", "service")

    with op.batch_alter_table('operator', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.String(length=5), nullable=False, server_default=''))
    with op.batch_alter_table("operator", schema=None) as batch_op:
        batch_op.alter_column("language", server_default=None)


def downgrade():
    op.create_index("ix_service_plan_id", "service", ["plan_id"])
    op.drop_index("ix_service_plan", "service")
    op.create_index("ix_service_customer_id", "service", ["customer_id"])
    op.drop_index("ix_service_customer", "service")
    op.drop_index("ix_customer_phone", "customer")
    op.drop_index("ix_alert_object", "alert")
    op.drop_index("ix_source_pull_item_customer", "source_pull_item")
    op.drop_index("ix_bulk_line_subject", "bulk_line")
    with op.batch_alter_table('operator', schema=None) as batch_op:
        batch_op.drop_column('language')

    with op.batch_alter_table('bulk_line', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_line_outcome')

    op.drop_table('bulk_line')
    op.drop_table('table_choice')
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saved_view_table_name'))

    op.drop_table('saved_view')
    with op.batch_alter_table('bulk_job', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_job_status')

    op.drop_table('bulk_job')
