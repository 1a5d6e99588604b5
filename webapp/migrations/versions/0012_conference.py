"""conference: what checking invoices, the agenda and the reports needed besides the tables of 0010

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('leak_figure',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('value', webapp.models.types.Money(), nullable=False),
    sa.Column('unpriced', sa.Integer(), nullable=False),
    sa.Column('noted_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leak_figure')),
    sa.UniqueConstraint('month', 'kind', name=op.f('uq_leak_figure_month_kind'))
    )
    op.create_index('ix_invoice_checked_at', 'invoice', ['checked_at'], unique=False)
    op.create_index('ix_invoice_state', 'invoice', ['state'], unique=False)
    op.create_table('city',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_folded', sa.String(length=80), nullable=False),
    sa.Column('ibge', sa.String(length=7), nullable=False),
    sa.Column('area', sa.String(length=10), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_city')),
    sa.UniqueConstraint('name_folded', name=op.f('uq_city_name_folded'))
    )
    op.add_column('billing_terms', sa.Column('product_words', sa.JSON(), nullable=True))
    op.add_column('invoice_line', sa.Column('aside', sa.String(length=200), nullable=True))
    op.add_column('service', sa.Column('ended_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
    op.create_index('ix_service_pause_from', 'service', ['pause_from'], unique=False, sqlite_where=sa.text('pause_from is not null'), postgresql_where=sa.text('pause_from is not null'))
    op.create_index('ix_service_pause_until', 'service', ['pause_until'], unique=False, sqlite_where=sa.text('pause_until is not null'), postgresql_where=sa.text('pause_until is not null'))
    op.create_index('ix_service_no_suspend_until', 'service', ['no_suspend_until'], unique=False, sqlite_where=sa.text('no_suspend_until is not null'), postgresql_where=sa.text('no_suspend_until is not null'))
    op.create_index('ix_service_contract_ends_on', 'service', ['contract_ends_on'], unique=False, sqlite_where=sa.text('contract_ends_on is not null'), postgresql_where=sa.text('contract_ends_on is not null'))
    op.create_index('ix_service_package_starts_on', 'service_package', ['starts_on'], unique=False, sqlite_where=sa.text('starts_on is not null'), postgresql_where=sa.text('starts_on is not null'))
    op.create_index('ix_service_package_ends_on', 'service_package', ['ends_on'], unique=False, sqlite_where=sa.text('ends_on is not null'), postgresql_where=sa.text('ends_on is not null'))
    op.create_index('ix_service_package_free_until', 'service_package', ['free_until'], unique=False, sqlite_where=sa.text('free_until is not null'), postgresql_where=sa.text('free_until is not null'))
    op.create_index('ix_service_package_campaign_id', 'service_package', ['campaign_id'], unique=False, sqlite_where=sa.text('campaign_id is not null'), postgresql_where=sa.text('campaign_id is not null'))


def downgrade():
    op.drop_index('ix_service_package_campaign_id', table_name='service_package', sqlite_where=sa.text('campaign_id is not null'), postgresql_where=sa.text('campaign_id is not null'))
    op.drop_index('ix_service_package_free_until', table_name='service_package', sqlite_where=sa.text('free_until is not null'), postgresql_where=sa.text('free_until is not null'))
    op.drop_index('ix_service_package_ends_on', table_name='service_package', sqlite_where=sa.text('ends_on is not null'), postgresql_where=sa.text('ends_on is not null'))
    op.drop_index('ix_service_package_starts_on', table_name='service_package', sqlite_where=sa.text('starts_on is not null'), postgresql_where=sa.text('starts_on is not null'))
    op.drop_index('ix_service_contract_ends_on', table_name='service', sqlite_where=sa.text('contract_ends_on is not null'), postgresql_where=sa.text('contract_ends_on is not null'))
    op.drop_index('ix_service_no_suspend_until', table_name='service', sqlite_where=sa.text('no_suspend_until is not null'), postgresql_where=sa.text('no_suspend_until is not null'))
    op.drop_index('ix_service_pause_until', table_name='service', sqlite_where=sa.text('pause_until is not null'), postgresql_where=sa.text('pause_until is not null'))
    op.drop_index('ix_service_pause_from', table_name='service', sqlite_where=sa.text('pause_from is not null'), postgresql_where=sa.text('pause_from is not null'))
    op.drop_column('service', 'ended_at')
    op.drop_column('invoice_line', 'aside')
    op.drop_column('billing_terms', 'product_words')
    op.drop_table('city')
    op.drop_index('ix_invoice_state', table_name='invoice')
    op.drop_index('ix_invoice_checked_at', table_name='invoice')
    op.drop_table('leak_figure')
