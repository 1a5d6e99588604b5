"""Many services or customers in one request, with a result for each."""

from typing import Literal

from pydantic import Field

from webapp.api.schemas.common import Out
from webapp.services.bulk import MOST_ITEMS, BulkCustomer, BulkService
from webapp.services.inputs import Input, Whole

SERVICES_IN = {
    "items": [
        {
            "code": "17711",
            "customer": {"code": "1234", "name": "Maria da Silva", "document": "52998224725"},
            "plan_id": 5,
            "status": "servico_habilitado",
            "login": "maria.fibra",
        },
        {"code": "17712", "customer_code": "1235", "status": "suspenso_debito"},
    ],
    "confirm_negatives": None,
}
CUSTOMERS_IN = {"items": [{"code": "1234", "name": "Maria da Silva", "email": "maria@example.com"}]}
BULK = {
    "results": [
        {"index": 0, "code": "17711", "outcome": "created", "errors": []},
        {
            "index": 1,
            "code": "17712",
            "outcome": "refused",
            "errors": [
                {
                    "field": "customer_code",
                    "code": "customer_code_unknown",
                    "message": "There is no Customer with the code 1235. Make the Customer first.",
                }
            ],
        },
    ],
    "counts": {"created": 1, "updated": 0, "unchanged": 0, "refused": 1},
    "negatives": 0,
}


class BulkServicesInput(Input):
    """Up to 1,000 services.

    ``confirm_negatives``: how many of them are expected to suspend, cancel or take content. It is needed when they
    are more than 20 and more than 5 % of the services that have not ended; the refused rows say the number.
    """

    items: list[BulkService] = Field(min_length=1, max_length=MOST_ITEMS)
    confirm_negatives: Whole | None = None


class BulkCustomersInput(Input):
    """Up to 1,000 customers."""

    items: list[BulkCustomer] = Field(min_length=1, max_length=MOST_ITEMS)


class BulkErrorOut(Out):
    """One thing that is wrong with an item."""

    field: str
    code: str
    message: str


class BulkLineOut(Out):
    """What became of one item."""

    index: int
    code: str
    outcome: Literal["created", "updated", "unchanged", "refused"]
    errors: list[BulkErrorOut]


class BulkCountsOut(Out):
    """How many items ended in each way."""

    created: int
    updated: int
    unchanged: int
    refused: int


class BulkOut(Out):
    """What became of each item, in their order.

    ``negatives``: how many of them took content from somebody, or would have.
    """

    results: list[BulkLineOut]
    counts: BulkCountsOut
    negatives: int
