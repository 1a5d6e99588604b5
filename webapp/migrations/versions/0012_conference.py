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
