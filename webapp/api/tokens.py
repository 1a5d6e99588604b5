"""Tokens of programs, and the people who sign in."""

from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, etag_of, tagged
from webapp.api.idempotency import keep_instead
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.tokens import (
    MADE,
    OPERATOR,
    TOKEN,
    TOKEN_IN,
    OperatorOut,
    OperatorPage,
    Revocation,
    TokenInput,
    TokenMadeOut,
    TokenOut,
    TokenPage,
    TokenQuery,
)
from webapp.models import ApiToken, Operator
from webapp.services import tokens as use


@bp.get("/tokens")
@needs(ADMIN_SCOPE)
@bp.input(TokenQuery, location="query")
@bp.output(TokenPage, example={"items": [TOKEN], "next_cursor": None})
def list_tokens(query_data: TokenQuery) -> TokenPage:
    """List tokens, newest first, those that are revoked or expired too."""
    wanted = select(ApiToken)
    if query_data.scope is not None:
        wanted = wanted.where(ApiToken.scope == query_data.scope)
    if query_data.revoked is not None:
        wanted = wanted.where(ApiToken.revoked_at.is_not(None) == query_data.revoked)
    rows, following = page(wanted, ApiToken.id, query_data, newest_first=True)
    return TokenPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/tokens")
@needs(ADMIN_SCOPE)
@bp.input(TokenInput, example=TOKEN_IN)
@bp.output(TokenMadeOut, status_code=201, example=MADE)
def create_token(json_data: TokenInput) -> Answer:
    """Make a token. Its text stands in this answer, and nowhere else ever again.

    Repeated with its Idempotency-Key it makes no second token, and answers with `token` null: the text is kept
    nowhere. Who lost it revokes the token and makes another.
    """
    made, text = use.create_token(
        json_data.name, json_data.scope, json_data.expires_at, json_data.allowed_addresses, json_data.integration_id
    )
    shown = show(made)
    keep_instead(TokenMadeOut(**shown.model_dump(), token=None))
    headers = {"ETag": f'"{etag_of(shown)}"', "Cache-Control": "no-store", "Location": f"{PREFIX}/tokens/{made.id}"}
    return TokenMadeOut(**shown.model_dump(), token=text), 201, headers


@bp.get("/tokens/<int:token_id>")
@needs(ADMIN_SCOPE)
@bp.output(TokenOut, example=TOKEN)
def read_token(token_id: int) -> Answer:
    """Read one token; its text is never given out."""
    return tagged(show(use.get_token(token_id)))


@bp.delete("/tokens/<int:token_id>")
@needs(ADMIN_SCOPE)
@bp.input(Revocation, location="query")
@bp.doc(responses={204: "It was revoked, or had been before."})
def revoke_token(token_id: int, query_data: Revocation) -> Response:
    """Revoke a token: whoever uses it is refused from the next call on."""
    check_conditions(lambda: show(use.get_token(token_id)))
    use.revoke_token(token_id, query_data.reason)
    return Response(status=204)


@bp.get("/operators")
@needs(ADMIN_SCOPE)
@bp.input(ListQuery, location="query")
@bp.output(OperatorPage, example={"items": [OPERATOR], "next_cursor": None})
def list_operators(query_data: ListQuery) -> OperatorPage:
    """List the people who sign in, with their roles."""
    rows, following = page(select(Operator).options(selectinload(Operator.roles)), Operator.id, query_data)
    return OperatorPage(items=[_operator(row) for row in rows], next_cursor=following)


def show(row: ApiToken) -> TokenOut:
    """Return a token as it is given out."""
    return TokenOut(
        id=row.id,
        name=row.name,
        scope=row.scope,  # type: ignore[arg-type]
        integration_id=row.integration_id,
        allowed_addresses=row.allowed_addresses,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        created_at=row.created_at,
    )


def _operator(row: Any) -> OperatorOut:
    # Flask-Security's columns carry no types.
    roles = sorted(role.name for role in row.roles)
    return OperatorOut(id=row.id, email=row.email, name=row.name, roles=roles, active=row.active)
