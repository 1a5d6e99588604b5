"""Tokens and operators: who may use the hub."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, Out
from webapp.services.inputs import NO_NUL, Input, Text

Scope = Literal["read", "write", "admin", "subscribers"]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=NO_NUL)]

TOKEN_IN = {
    "name": "erp",
    "scope": "write",
    "expires_at": "2027-11-22T03:00:00Z",
    "allowed_addresses": ["203.0.113.7/32", "2001:db8::/32"],
}
TOKEN = {
    **TOKEN_IN,
    "id": 91,
    "integration_id": None,
    "last_used_at": None,
    "revoked_at": None,
    "created_at": AT,
}
MADE = {**TOKEN, "token": "sin_example-that-opens-nothing"}
OPERATOR = {"id": 1, "email": "ana@example.com", "name": "Ana", "roles": ["admin"], "active": True}


class TokenInput(Input):
    """A token. ``integration_id`` belongs to the scope ``subscribers``; no end = until it is revoked."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=NO_NUL)]
    scope: Scope
    expires_at: AwareDatetime | None = None
    allowed_addresses: list[Address] = Field(
        default_factory=list, max_length=50, description="Addresses or networks, IPv4 and IPv6; empty = everywhere."
    )
    integration_id: Id | None = None


class TokenQuery(ListQuery):
    """Filters of the list of tokens."""

    scope: Scope | None = None
    revoked: bool | None = Field(default=None, description="True lists those that were revoked, false the others.")


class TokenOut(Out):
    """A token without its text, which nobody can read again."""

    id: int
    name: str
    scope: Scope
    integration_id: int | None
    allowed_addresses: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Written at most once a minute.")
    revoked_at: datetime | None
    created_at: datetime


class TokenMadeOut(TokenOut):
    """A token that was just made, with its text: keep it, it is never given out again."""

    token: str | None = Field(
        description="Null where the request was repeated with its Idempotency-Key: the text was shown once."
    )


class TokenPage(Out):
    """A page of tokens, newest first."""

    items: list[TokenOut]
    next_cursor: str | None


class Revocation(Input):
    """Why a token is revoked; kept in the history."""

    reason: Text = ""


class OperatorOut(Out):
    """A person who signs in."""

    id: int
    email: str
    name: str
    roles: list[str]
    active: bool


class OperatorPage(Out):
    """A page of operators."""

    items: list[OperatorOut]
    next_cursor: str | None
