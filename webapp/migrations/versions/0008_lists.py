"""lists: filters of customers answered by their indexes alone

Revision: 0008
After: 0007
"""

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

WIDER = (
    ('service', 'ix_service_customer', ['customer_id', 'status'], ['customer_id', 'status', 'plan_id']),
    ('service', 'ix_service_plan', ['plan_id', 'status'], ['plan_id', 'status', 'customer_id']),
    ('service', 'ix_service_status', ['status', 'id'], ['status', 'customer_id']),
    ('account', 'ix_account_status', ['integration_id', 'status'], ['integration_id', 'status', 'desired', 'service_id']),
)


def upgrade():
    for table, name, _narrow, wide in WIDER:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, wide, unique=False)


def downgrade():
    for table, name, narrow, _wide in WIDER:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, narrow, unique=False)
