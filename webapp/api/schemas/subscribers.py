"""Shapes of the export that a platform pulls: no more of a person than it takes to let him in."""

from typing import Literal

from pydantic import AwareDatetime

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, Out

SUBSCRIBER = {
    "account_id": 7,
    "document": "52998224725",
    "login": "maria@example.com",
    "state": "active",
    "products": ["premium"],
    "updated_at": AT,
}


class SubscriberQuery(ListQuery):
    """Filters of the export."""

    state: Literal["active", "suspended"] | None = None


class SubscriberOut(Out):
    """Who may watch: the document, the products' codes, and whether now. Who is not listed has no right.

    ``products`` are those of a suspended subscriber, too: they come back with the payment.
    """

    account_id: int
    document: str
    login: str
    state: Literal["active", "suspended"]
    products: list[str]
    updated_at: AwareDatetime


class SubscriberPage(Out):
    """One page of subscribers."""

    items: list[SubscriberOut]
    next_cursor: str | None
