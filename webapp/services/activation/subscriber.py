"""One subscriber's side of messages: whether they are welcome, and what was told."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Customer, CustomerMessage, Integration, Service
from webapp.services import audit
from webapp.services.changes import commit, get_or_refuse
from webapp.services.errors import Conflict
from webapp.services.transactions import begin

MOST = 5


def set_messages(customer_id: int, on: bool, reason: str = "") -> Customer:
    """Note whether a person wants messages, and commit; what waits is given up when its time comes.

    Raises:
        NotFound: no such customer.
        Conflict: the person was erased.
    """
    begin(reads_only=False)
    customer = get_or_refuse(Customer, customer_id, "customer_not_found")
    if customer.erased_at is not None:
        raise Conflict("messages_of_erased")
    if on != (customer.messages_off_at is None):
        customer.messages_off_at = None if on else utc_now()
        action = "customer.messages_on" if on else "customer.messages_off"
        audit.record(action, "customer", customer.id, customer.name, reason=reason)
    commit()
    return customer


def messages_of(customer_id: int) -> Sequence[CustomerMessage]:
    """Return the newest messages about a customer's accounts, with account and integration."""
    wanted = (
        select(CustomerMessage)
        .join(CustomerMessage.account)
        .join(Account.service)
        .join(Integration, Integration.id == Account.integration_id)
        .options(contains_eager(CustomerMessage.account).contains_eager(Account.integration))
        .where(Service.customer_id == customer_id)
        .order_by(CustomerMessage.id.desc())
        .limit(MOST)
    )
    return db.session.scalars(wanted).unique().all()
