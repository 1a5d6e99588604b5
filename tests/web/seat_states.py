"""Seats in the states that their pages show: rights that leak, one idle seat, costs past and to come."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import insert, select

from tests.web.place import Place
from webapp.clock import utc_now
from webapp.decide.leaks import KINDS
from webapp.decide.reports import first_of, former_month
from webapp.extensions import db
from webapp.models import Account, Entitlement, LeakFigure, Product, ProductCost, Seat, ServicePackage
from webapp.services.hub import current_hub
from webapp.services.seats import beginning

LONG_AGO = timedelta(days=45)
PLACES = (
    Place("seats", "/seats", "leaks"),
    Place("seats-days", "/seats?days=90", "leaks"),
    Place("seats-left", "/seats/left"),
    Place("seats-trend", "/seats/trend"),
    Place("seats-not-sold", "/seats/rights", "leaking-table"),
    Place("seats-not-active", "/seats/rights?leak=not_active", "leaking-table"),
    Place("seats-suspended", "/seats/suspended", "leaking-table"),
    Place("seats-suspended-none", "/seats/suspended?days=90", "leaking-table"),
    Place("costs", "/integrations/{streaming_id}/costs", "costs"),
    Place("costs-none", "/integrations/{inactive_id}/costs", "costs"),
    Place("costs-refused", "/integrations/{streaming_id}/costs", status=422, data={
        "product_id": "987654", "from_on": "1990-01-01", "value": "x"}),
    Place("costs-terms-refused", "/integrations/{streaming_id}/costs/terms", status=422, data={
        "terms-basis": "weekly"}),
)  # fmt: skip


def build() -> dict[str, int]:
    """Let rights of the first account with a package leak in each way."""
    beginning.open_all(utc_now() - LONG_AGO)
    sale, account, product = _somebody()
    at = utc_now() - LONG_AGO
    ids = {"account_id": account.id, "service_package_id": sale.id}
    for name, state in (("Canal Sertão", ("absent", "active")), ("Canal Litoral", ("active", "none"))):
        other = Product(integration_id=account.integration_id, code=f"leak-{state[0]}", name=name)
        db.session.add(other)
        db.session.flush()
        right = {**ids, "product_id": other.id, "desired": state[0], "applied": state[1]}
        db.session.execute(insert(Entitlement.__table__), [{**right, "created_at": at, "updated_at": at}])
        db.session.add(ProductCost(product_id=other.id, from_on=date(2026, 1, 1), value=Decimal("9.90")))
    seat = {**ids, "product_id": product.id, "integration_id": account.integration_id, "began_by": "debt"}
    db.session.execute(insert(Seat.__table__), [{**seat, "state": "suspended", "began_at": at}])
    cost = ProductCost(product_id=product.id, from_on=date(2026, 1, 1), value=Decimal("7.50"))
    db.session.add_all([cost, ProductCost(product_id=product.id, from_on=date(2099, 1, 1), value=Decimal("8.25"))])
    db.session.add_all(_noted())
    db.session.commit()
    return {"cost_id": cost.id}


def _noted() -> list[LeakFigure]:
    """Return what leaked in the last months, less and less of it."""
    month, rows = first_of(current_hub().today()), []
    for age in range(5):
        for number, kind in enumerate(KINDS, 1):
            value = Decimal("9.90") * number * (age + 1)
            said = {"count": number * (age + 1), "value": value, "noted_at": utc_now() - timedelta(days=30 * age)}
            rows.append(LeakFigure(month=month, kind=kind, **said))
        month = former_month(month)
    return rows


def _somebody() -> tuple[ServicePackage, Account, Product]:
    """Return a sale, the account of its service on the package's platform, and one product there."""
    rows = select(ServicePackage, Account, Product).join(Account, Account.service_id == ServicePackage.service_id)
    rows = rows.join(ServicePackage.package).join(Product, Product.integration_id == Account.integration_id)
    row = db.session.execute(rows.order_by(ServicePackage.id, Product.id)).first()
    assert row is not None
    return row[0], row[1], row[2]
