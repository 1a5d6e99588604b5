"""scale: what several processes on one database share

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('lane_limit',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('tokens', sa.Double(), nullable=False),
    sa.Column('counted_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_lane_limit_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('integration_id', name=op.f('pk_lane_limit'))
    )
    op.create_table('lane_share',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(length=80), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('until', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_lane_share_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('integration_id', 'worker', name=op.f('pk_lane_share'))
    )
    op.create_table('leader',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('holder', sa.String(length=80), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('until', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leader'))
    )


def downgrade():
    op.drop_table('leader')
    op.drop_table('lane_share')
    op.drop_table('lane_limit')
