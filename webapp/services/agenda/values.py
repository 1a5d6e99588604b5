"""What a package sold costs the customer on a day."""

from datetime import date
from decimal import Decimal

from webapp.decide.campaigns import charged_value
from webapp.models import ServicePackage


def charged(sale: ServicePackage, day: date) -> Decimal:
    """Return what the customer pays per month for a package on that day: nothing while a campaign makes it free."""
    return charged_value(sale.value, sale.free_until, day)
