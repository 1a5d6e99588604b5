"""Many services or customers in one request."""

from webapp.api.auth import WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.problems import words
from webapp.api.schemas.bulk import (
    BULK,
    CUSTOMERS_IN,
    SERVICES_IN,
    BulkCountsOut,
    BulkCustomersInput,
    BulkErrorOut,
    BulkLineOut,
    BulkOut,
    BulkServicesInput,
)
from webapp.services import bulk as use


@bp.put("/services")
@needs(WRITE)
@bp.input(BulkServicesInput, example=SERVICES_IN)
@bp.output(BulkOut, example=BULK)
def put_services(json_data: BulkServicesInput) -> BulkOut:
    """Make or change up to 1,000 services, with their customers, and say what became of each.

    Every item is judged by itself: one that is refused keeps no other from being made. The same again changes
    nothing. A body of the wrong shape is refused as a whole, and nothing is done.
    """
    return _shown(use.upsert_services(json_data.items, json_data.confirm_negatives))


@bp.put("/customers")
@needs(WRITE)
@bp.input(BulkCustomersInput, example=CUSTOMERS_IN)
@bp.output(BulkOut, example=BULK)
def put_customers(json_data: BulkCustomersInput) -> BulkOut:
    """Make or change up to 1,000 customers, and say what became of each. Empty texts keep what is there."""
    return _shown(use.upsert_customers(json_data.items))


def _shown(report: use.Report) -> BulkOut:
    return BulkOut(
        results=[
            BulkLineOut(
                index=line.index,
                code=line.code,
                outcome=line.outcome,  # type: ignore[arg-type]
                errors=[
                    BulkErrorOut(field=each.field, code=each.code, message=str(words(each.code, each.params)))
                    for each in line.problems
                ],
            )
            for line in report.lines
        ],
        counts=BulkCountsOut(**report.counts()),
        negatives=report.negatives,
    )
