"""recipes of the provider, tokens and codes of platforms, classes of products

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('recipe_version',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('number >= 1', name=op.f('ck_recipe_version_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recipe_version')),
    sa.UniqueConstraint('key', 'number', name=op.f('uq_recipe_version_key_number'))
    )
    op.create_index('ux_recipe_version_active', 'recipe_version', ['key'], unique=True,
                    sqlite_where=sa.text('active'), postgresql_where=sa.text('active'))
    op.create_table('integration_token',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.String(length=20000), nullable=False),
    sa.Column('changed_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_integration_token_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_integration_token')),
    sa.UniqueConstraint('integration_id', name=op.f('uq_integration_token_integration_id'))
    )
    op.create_table('integration_code',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('state_hash', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.String(length=8000), nullable=True),
    sa.Column('expires_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_integration_code_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_integration_code')),
    sa.UniqueConstraint('integration_id', 'state_hash', name=op.f('uq_integration_code_integration_id_state_hash'))
    )
    with op.batch_alter_table('integration_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_integration_code_expires_at'), ['expires_at'], unique=False)
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=60), server_default='', nullable=False))
    # The default was for the rows that are there; from now on the program gives the value.
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.alter_column('kind', server_default=None)


def downgrade():
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_column('kind')
    with op.batch_alter_table('integration_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_integration_code_expires_at'))
    op.drop_table('integration_code')
    op.drop_table('integration_token')
    op.drop_index('ux_recipe_version_active', table_name='recipe_version')
    op.drop_table('recipe_version')
