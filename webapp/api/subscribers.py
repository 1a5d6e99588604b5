"""The subscribers of an integration, for platforms that fetch them instead of being told."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import joinedload

from webapp.api.auth import READ, needs
from webapp.api.blueprint import bp
from webapp.api.paging import page
from webapp.api.schemas.subscribers import SUBSCRIBER, SubscriberOut, SubscriberPage, SubscriberQuery
from webapp.decide.policy import Content
from webapp.extensions import db
from webapp.models import Account, Entitlement, Product, Service
from webapp.services.integrations import get_integration

_SHOWN = (Content.ACTIVE, Content.SUSPENDED)


@bp.get("/integrations/<int:integration_id>/subscribers")
@needs(READ, also_subscribers=True)
@bp.input(SubscriberQuery, location="query")
@bp.output(SubscriberPage, example={"items": [SUBSCRIBER], "next_cursor": None})
def list_subscribers(integration_id: int, query_data: SubscriberQuery) -> SubscriberPage:
    """List who shall have access, from the hub's own records; the platform is not asked."""
    get_integration(integration_id)
    state = _state()
    wanted = (
        select(Account)
        .options(joinedload(Account.service).joinedload(Service.customer))
        .where(Account.integration_id == integration_id, Account.login != "")
        .where(state.in_([query_data.state] if query_data.state else [str(one) for one in _SHOWN]))
    )
    rows, following = page(wanted, Account.id, query_data)
    codes = _products([row.id for row in rows])
    return SubscriberPage(items=[show(row, codes.get(row.id, [])) for row in rows], next_cursor=following)


def show(row: Account, products: list[str]) -> SubscriberOut:
    """Return a subscriber as he is given out."""
    state = row.status if row.desired == Content.KEEP else row.desired
    return SubscriberOut(
        account_id=row.id,
        document=row.service.customer.document,
        login=row.login,
        state=state,  # type: ignore[arg-type]
        products=sorted(products),
        updated_at=row.updated_at,
    )


def _state() -> ColumnElement[str]:
    """What shall be; for *as it is*, what was last made."""
    return case((Account.desired == str(Content.KEEP), Account.status), else_=Account.desired)


def _products(account_ids: Collection[int]) -> dict[int, list[str]]:
    statement = (
        select(Entitlement.account_id, Product.code)
        .join(Product, Product.id == Entitlement.product_id)
        .where(Entitlement.account_id.in_(account_ids), Entitlement.desired != "absent")
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for row in db.session.execute(statement):
        found.setdefault(row.account_id, []).append(row.code)
    return found
