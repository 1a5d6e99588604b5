"""money: seats, costs, invoices of platforms; messages to subscribers; what is planned; figures of months

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
import webapp.models.types
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('customer_channel',
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('sealed', sa.String(length=4000), nullable=False),
    sa.Column('scheme', sa.String(length=40), nullable=False),
    sa.Column('password_allowed', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('sent_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(length=60), nullable=True),
    sa.Column('error_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('email', 'whatsapp', 'sms')", name=op.f('ck_customer_channel_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_channel'))
    )
    op.create_table('seat_change',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('service_package_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat_change'))
    )
    op.create_table('billing_terms',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('basis', sa.String(length=10), nullable=False),
    sa.Column('suspended_counts', sa.Boolean(), nullable=False),
    sa.Column('pending_counts', sa.Boolean(), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("basis in ('any_day', 'on_day', 'daily')", name=op.f('ck_billing_terms_basis')),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_billing_terms_integration_id_integration'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('integration_id', name=op.f('pk_billing_terms'))
    )
    op.create_table('invoice',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('billed', webapp.models.types.Money(), nullable=False),
    sa.Column('disputed', webapp.models.types.Money(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('uploaded_by', sa.String(length=254), nullable=False),
    sa.Column('checked_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('columns', 'checked', 'closed')", name=op.f('ck_invoice_state')),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_invoice_integration_id_integration')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice'))
    )
    op.create_index('ix_invoice_month', 'invoice', ['integration_id', 'month'], unique=False)
    op.create_table('receipt',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('chain_place', sa.Integer(), nullable=False),
    sa.Column('chain_link', sa.String(length=64), nullable=False),
    sa.Column('made_by', sa.String(length=254), nullable=False),
    sa.Column('made_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_receipt_customer_id_customer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt')),
    sa.UniqueConstraint('number', name=op.f('uq_receipt_number'))
    )
    op.create_index(op.f('ix_receipt_customer_id'), 'receipt', ['customer_id'], unique=False)
    op.create_table('campaign',
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('free_months', sa.Integer(), nullable=False),
    sa.Column('trial', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('free_months >= 1', name=op.f('ck_campaign_free_months')),
    sa.CheckConstraint('until_on >= from_on', name=op.f('ck_campaign_days')),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], name=op.f('fk_campaign_package_id_package')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign'))
    )
    op.create_index('ix_campaign_package', 'campaign', ['package_id', 'from_on'], unique=False)
    op.create_table('guided_move',
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=False),
    sa.Column('to_customer_id', sa.Integer(), nullable=True),
    sa.Column('to_service_id', sa.Integer(), nullable=True),
    sa.Column('to_email', sa.String(length=254), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('asked_by', sa.String(length=254), nullable=False),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('error_code', sa.String(length=60), nullable=False),
    sa.Column('finished_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('holder', 'email')", name=op.f('ck_guided_move_kind')),
    sa.CheckConstraint("status in ('asked', 'making', 'checking', 'ending', 'done', 'stopped')", name=op.f('ck_guided_move_status')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_guided_move_service_id_service')),
    sa.ForeignKeyConstraint(['to_customer_id'], ['customer.id'], name=op.f('fk_guided_move_to_customer_id_customer')),
    sa.ForeignKeyConstraint(['to_service_id'], ['service.id'], name=op.f('fk_guided_move_to_service_id_service')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guided_move'))
    )
    op.create_index(op.f('ix_guided_move_service_id'), 'guided_move', ['service_id'], unique=False)
    op.create_index('ix_guided_move_status', 'guided_move', ['status', 'on'], unique=False)
    op.create_table('message_template',
    sa.Column('package_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('created', 'password', 'enabled')", name=op.f('ck_message_template_kind')),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], name=op.f('fk_message_template_package_id_package')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_template')),
    sa.UniqueConstraint('package_id', 'kind', name=op.f('uq_message_template_package_id_kind'))
    )
    op.create_table('month_figure',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('city', sa.String(length=80), nullable=False),
    sa.Column('at_start', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('ended', sa.Integer(), nullable=False),
    sa.Column('cancelled', sa.Integer(), nullable=False),
    sa.Column('at_end', sa.Integer(), nullable=False),
    sa.Column('revenue', webapp.models.types.Money(), nullable=False),
    sa.Column('cost', webapp.models.types.Money(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], name=op.f('fk_month_figure_package_id_package')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_month_figure_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_month_figure')),
    sa.UniqueConstraint('month', 'package_id', 'plan_id', 'city', name=op.f('uq_month_figure_month_package_id_plan_id_city'))
    )
    op.create_table('price_change',
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('package_id', sa.Integer(), nullable=True),
    sa.Column('plan_id', sa.Integer(), nullable=True),
    sa.Column('percent', webapp.models.types.Money(), nullable=True),
    sa.Column('amount', webapp.models.types.Money(), nullable=True),
    sa.Column('also_sold', sa.Boolean(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('checksum', sa.String(length=64), nullable=False),
    sa.Column('planned_by', sa.String(length=254), nullable=False),
    sa.Column('applied_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('package', 'plan')", name=op.f('ck_price_change_kind')),
    sa.CheckConstraint("status in ('planned', 'applied', 'dropped')", name=op.f('ck_price_change_status')),
    sa.CheckConstraint('(percent is null) <> (amount is null)', name=op.f('ck_price_change_one_of_two')),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], name=op.f('fk_price_change_package_id_package')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_price_change_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_change'))
    )
    op.create_index('ix_price_change_day', 'price_change', ['status', 'from_on'], unique=False)
    op.create_table('product_cost',
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('value', webapp.models.types.Money(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('value >= 0', name=op.f('ck_product_cost_value')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_cost_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_cost')),
    sa.UniqueConstraint('product_id', 'from_on', name=op.f('uq_product_cost_product_id_from_on'))
    )
    op.create_table('customer_message',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('cause', sa.String(length=60), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('sent_to', sa.String(length=120), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('due_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('created', 'password', 'enabled')", name=op.f('ck_customer_message_kind')),
    sa.CheckConstraint("status in ('waiting', 'sent', 'failed', 'skipped')", name=op.f('ck_customer_message_status')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_customer_message_account_id_account')),
    sa.ForeignKeyConstraint(['channel_id'], ['customer_channel.id'], name=op.f('fk_customer_message_channel_id_customer_channel'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_message')),
    sa.UniqueConstraint('account_id', 'kind', 'cause', name=op.f('uq_customer_message_account_id_kind_cause'))
    )
    op.create_index('ix_customer_message_due', 'customer_message', ['due_at'], unique=False, sqlite_where=sa.text('due_at is not null'), postgresql_where=sa.text('due_at is not null'))
    op.create_table('invoice_line',
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=254), nullable=False),
    sa.Column('item', sa.String(length=200), nullable=False),
    sa.Column('value', webapp.models.types.Money(), nullable=False),
    sa.Column('expected', webapp.models.types.Money(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('proof', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_invoice_line_account_id_account')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_line_invoice_id_invoice'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_invoice_line_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_line'))
    )
    op.create_index('ix_invoice_line_account', 'invoice_line', ['account_id'], unique=False)
    op.create_index('ix_invoice_line_verdict', 'invoice_line', ['invoice_id', 'verdict', 'id'], unique=False)
    op.create_table('password_link',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=254), nullable=False),
    sa.Column('opened_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_password_link_account_id_account')),
    sa.ForeignKeyConstraint(['message_id'], ['customer_message.id'], name=op.f('fk_password_link_message_id_customer_message'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_password_link_token_hash'))
    )
    op.create_index(op.f('ix_password_link_account_id'), 'password_link', ['account_id'], unique=False)
    op.create_index(op.f('ix_password_link_expires_at'), 'password_link', ['expires_at'], unique=False)
    op.create_table('seat',
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('service_package_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('began_at', webapp.models.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('began_by', sa.String(length=20), nullable=False),
    sa.Column('ended_by', sa.String(length=20), nullable=False),
    sa.Column('proof', sa.JSON(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('active', 'suspended', 'pending')", name=op.f('ck_seat_state')),
    sa.CheckConstraint('ended_at is null or ended_at >= began_at', name=op.f('ck_seat_times')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_seat_account_id_account')),
    sa.ForeignKeyConstraint(['integration_id'], ['integration.id'], name=op.f('fk_seat_integration_id_integration')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_seat_product_id_product')),
    sa.ForeignKeyConstraint(['service_package_id'], ['service_package.id'], name=op.f('fk_seat_service_package_id_service_package')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat'))
    )
    op.create_index('ix_seat_account', 'seat', ['account_id'], unique=False)
    op.create_index('ix_seat_open', 'seat', ['integration_id', 'began_at'], unique=False, sqlite_where=sa.text('ended_at is null'), postgresql_where=sa.text('ended_at is null'))
    op.create_index('ix_seat_past', 'seat', ['integration_id', 'ended_at', 'began_at'], unique=False, sqlite_where=sa.text('ended_at is not null'), postgresql_where=sa.text('ended_at is not null'))
    op.add_column('account', sa.Column('first_used_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
    op.add_column('customer', sa.Column('messages_off_at', webapp.models.types.UtcDateTime(timezone=True), nullable=True))
    op.add_column('service', sa.Column('city', sa.String(length=80), nullable=True))
    op.add_column('service_package', sa.Column('free_until', sa.Date(), nullable=True))
    op.add_column('service_package', sa.Column('campaign_id', sa.Integer(), nullable=True))



def downgrade():
    op.drop_column('service_package', 'campaign_id')
    op.drop_column('service_package', 'free_until')
    op.drop_column('service', 'city')
    op.drop_column('customer', 'messages_off_at')
    op.drop_column('account', 'first_used_at')
    op.drop_index('ix_seat_past', table_name='seat', sqlite_where=sa.text('ended_at is not null'), postgresql_where=sa.text('ended_at is not null'))
    op.drop_index('ix_seat_open', table_name='seat', sqlite_where=sa.text('ended_at is null'), postgresql_where=sa.text('ended_at is null'))
    op.drop_index('ix_seat_account', table_name='seat')
    op.drop_table('seat')
    op.drop_index(op.f('ix_password_link_expires_at'), table_name='password_link')
    op.drop_index(op.f('ix_password_link_account_id'), table_name='password_link')
    op.drop_table('password_link')
    op.drop_index('ix_invoice_line_verdict', table_name='invoice_line')
    op.drop_index('ix_invoice_line_account', table_name='invoice_line')
    op.drop_table('invoice_line')
    op.drop_index('ix_customer_message_due', table_name='customer_message', sqlite_where=sa.text('due_at is not null'), postgresql_where=sa.text('due_at is not null'))
    op.drop_table('customer_message')
    op.drop_table('product_cost')
    op.drop_index('ix_price_change_day', table_name='price_change')
    op.drop_table('price_change')
    op.drop_table('month_figure')
    op.drop_table('message_template')
    op.drop_index('ix_guided_move_status', table_name='guided_move')
    op.drop_index(op.f('ix_guided_move_service_id'), table_name='guided_move')
    op.drop_table('guided_move')
    op.drop_index('ix_campaign_package', table_name='campaign')
    op.drop_table('campaign')
    op.drop_index(op.f('ix_receipt_customer_id'), table_name='receipt')
    op.drop_table('receipt')
    op.drop_index('ix_invoice_month', table_name='invoice')
    op.drop_table('invoice')
    op.drop_table('billing_terms')
    op.drop_table('seat_change')
    op.drop_table('customer_channel')
