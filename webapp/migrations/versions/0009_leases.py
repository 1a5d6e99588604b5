"""leases: who holds one, and whose day comes, found without reading every account

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

FEW = (('ix_account_leased', 'lease_owner'), ('ix_account_recheck_on', 'recheck_on'))


def upgrade():
    op.drop_index('ix_account_recheck_on', table_name='account')
    for name, column in FEW:
        few = sa.text(f'{column} is not null')
        op.create_index(name, 'account', [column], unique=False, sqlite_where=few, postgresql_where=few)


def downgrade():
    for name, _column in FEW:
        op.drop_index(name, table_name='account')
    op.create_index('ix_account_recheck_on', 'account', ['recheck_on'], unique=False)
