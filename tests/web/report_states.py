"""Reports and receipts in the states that their pages show."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from tests.web.place import Place
from webapp.decide.reports import former_month
from webapp.extensions import db
from webapp.models import MonthFigure, ServicePackage
from webapp.services.backups.rhythm import write_note
from webapp.services.hub import current_hub
from webapp.services.reports import months

PLACES = (
    Place("reports", "/reports", "report"),
    Place("reports-by-city", "/reports?by=city&package={streaming_package_id}", "report"),
    Place("reports-none", "/reports?from=2001-01&to=2001-03", "report"),
    Place("report-anatel", "/reports/anatel"),
    Place("report-anatel-running", "/reports/anatel?month=2099-01"),
    Place("report-anatel-refused", "/reports/anatel", status=422, data={"cnpj": "123"}),
    Place("report-cities", "/reports/cities"),
    Place("report-cities-refused", "/reports/cities", status=422, data={"city": "Cidade Exemplo", "ibge": "123"}),
    Place("report-accounting", "/reports/accounting"),
    Place("report-accounting-running", "/reports/accounting?month=2099-01"),
    Place("report-summary", "/reports/summary"),
    Place("receipt", "/customers/{full_customer_id}/receipt"),
    Place("receipt-check", "/receipts/check"),
    Place("receipt-check-refused", "/receipts/check", status=422, data={}),
)


def build() -> None:
    """Write figures of some months that are over, one of them reconstructed."""
    sale = db.session.scalars(select(ServicePackage).order_by(ServicePackage.id)).first()
    assert sale is not None
    month = former_month(current_hub().today())
    write_note(months.NAME, {"begun_on": month.isoformat(), "through": month.isoformat()})
    for number in range(3):
        _add(sale, month, 40 + number)
        month = former_month(month)
    db.session.commit()


def _add(sale: ServicePackage, month: date, count: int) -> None:
    money = {"revenue": Decimal("29.90") * count, "cost": Decimal("10.00") * count}
    counts = {"at_start": count + 1, "added": 3, "ended": 4, "cancelled": 1, "at_end": count}
    place = {"package_id": sale.package_id, "plan_id": sale.service.plan_id, "city": "Cidade Exemplo"}
    db.session.add(MonthFigure(month=month, **place, **counts, **money))
