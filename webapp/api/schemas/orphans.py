"""Accounts that a platform shows and that nobody here made."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Code, Input, Text

Status = Literal["open", "ignored", "adopted", "cancelling", "cancelled", "gone"]
Ids = Annotated[list[Id], Field(min_length=1, max_length=1000)]

IDS = {"ids": [91]}
REASONED = {**IDS, "reason": "Nobody here knows this account"}
ADOPTION_IN = {**IDS, "service_code": "17711"}
ORPHAN = {
    "id": 91,
    "integration_id": 1,
    "login": "maria@example.com",
    "document": "52998224725",
    "reference": "",
    "remote_ids": {"id": "a1b2"},
    "state": "active",
    "products": ["full"],
    "first_seen_at": AT,
    "last_seen_at": AT,
    "status": "open",
    "guess": {"service_code": "17711", "code": "orphan_guess_document", "reason": "The document is the customer's."},
    "account_id": None,
    "waits_for_approval": False,
    "requested_by": "",
    "decided_by": "",
    "decided_at": None,
    "reason": "",
    "next_attempt_at": None,
    "error": None,
}
DECIDED = {"items": [{**ORPHAN, "status": "ignored", "decided_by": "token:erp", "decided_at": AT}]}
ADOPTION = {"items": [{"id": 91, "account_id": 41, "loses_content": False, "error": None}]}


class OrphanQuery(ListQuery):
    """Filters of the list of accounts that nobody here made."""

    integration_id: Id | None = None
    status: Status | None = None
    guessed: bool | None = Field(default=None, description="True lists those for whom a service is proposed.")


class OrphansInput(Input):
    """Those that are meant: all of them change, or none does."""

    ids: Ids


class ReasonedInput(OrphansInput):
    """Those that are meant, and why; the reason stays in the history."""

    reason: Annotated[Text, Field(min_length=1, max_length=200)]


class AdoptionInput(OrphansInput):
    """Those that are meant. Without ``service_code`` each is taken for the service that is proposed."""

    service_code: Code | None = None


class GuessOut(Out):
    """Whose it probably is, and why; several that fit equally well are named by nobody."""

    service_code: str | None
    code: str | None
    reason: str


class OrphanOut(Out):
    """One account on a platform that nobody here made. ``waits_for_approval``: its end wants a second person."""

    id: int
    integration_id: int
    login: str
    document: str
    reference: str
    remote_ids: dict[str, str]
    state: str
    products: list[str] | None
    first_seen_at: datetime
    last_seen_at: datetime
    status: Status
    guess: GuessOut
    account_id: int | None
    waits_for_approval: bool
    requested_by: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    next_attempt_at: datetime | None
    error: FailureOut | None


class OrphanPage(Out):
    """A page of accounts that nobody here made, newest first."""

    items: list[OrphanOut]
    next_cursor: str | None


class OrphansOut(Out):
    """Those that a decision was about, as they are now."""

    items: list[OrphanOut]


class AdoptedOut(Out):
    """What became of one: the account that it is now, or why it was left as it is.

    ``loses_content``: its service does not pay, so it stands in a reconciliation, with its limits.
    """

    id: int
    account_id: int | None
    loses_content: bool
    error: FailureOut | None


class AdoptionOut(Out):
    """What became of each."""

    items: list[AdoptedOut]
