"""The lists of what is set up: platforms, sources, people, tokens. They stay short."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from webapp.clock import utc_now
from webapp.models import ApiToken, Integration, Operator, Source
from webapp.services.folding import folded, mentions
from webapp.services.pages import active_only
from webapp.services.pages_people import PersonRow, person_rows
from webapp.services.pages_sources import SourceLine, source_lines
from webapp.services.pages_tokens import TokenRow, token_rows, works
from webapp.services.tables.contract import MOMENT, NUMBER, YES_NO, Column, Filter, Order, Table
from webapp.services.tables.sold import ACTIVE

_OPERATOR = Operator.__table__.c
_FILTERS = (Filter("q"), ACTIVE)


def integration_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the platforms that filters choose."""
    texts = mentions(filters.get("q", ""), Integration.description, Integration.gateway)
    return select(Integration).where(*active_only(Integration.active, filters.get("active", "active")), *texts)


def source_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the sources that filters choose."""
    texts = mentions(filters.get("q", ""), Source.description)
    return select(Source).where(*active_only(Source.active, filters.get("active", "active")), *texts)


def people_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the operators that filters choose."""
    texts = mentions(filters.get("q", ""), _OPERATOR.email, _OPERATOR.name)
    return select(Operator).where(*active_only(_OPERATOR.active, filters.get("active", "active")), *texts)


def tokens_of(filters: Mapping[str, str]) -> Select[Any]:
    """Return the tokens that filters choose."""
    texts = mentions(filters.get("q", ""), ApiToken.name)
    return select(ApiToken).where(*works(filters.get("active", "active"), utc_now()), *texts)


def _source_lines(rows: Sequence[Source], _columns: Collection[str]) -> list[SourceLine]:
    return source_lines(rows)


def _person_rows(rows: Sequence[Operator], _columns: Collection[str]) -> list[PersonRow]:
    return person_rows(rows)


def _token_rows(rows: Sequence[ApiToken], _columns: Collection[str]) -> list[TokenRow]:
    return token_rows(rows)


INTEGRATIONS = Table(
    name="integrations",
    columns=(
        Column("id", lambda row: row.id, NUMBER, order="id"),
        Column("gateway", lambda row: row.gateway, order="gateway"),
        Column("description", lambda row: row.description, order="description"),
        Column("callback", lambda _row: ""),
        Column("active", lambda row: row.active, YES_NO),
    ),
    filters=_FILTERS,
    orders={
        "id": Order((Integration.id,), (int,)),
        "description": Order((folded(Integration.description), Integration.id), (str, int)),
        "gateway": Order((Integration.gateway, Integration.id), (str, int)),
    },
    usual_order="id",
    rows=integration_rows,
    endpoint="integrations.index",
    exported=False,
)
SOURCES = Table(
    name="sources",
    columns=(
        Column("description", lambda line: line.source.description, order="description"),
        Column("kind", lambda line: line.kind, order="kind"),
        Column("last", lambda line: line.last.started_at if line.last else None, MOMENT),
        Column("next", lambda line: line.next_at, MOMENT),
        Column("services", lambda line: line.services, NUMBER),
        Column("attention", lambda line: line.alerts, NUMBER),
    ),
    filters=_FILTERS,
    orders={
        "number": Order((Source.id,), (int,)),
        "description": Order((folded(Source.description), Source.id), (str, int)),
        "kind": Order((Source.kind, Source.id), (str, int)),
    },
    usual_order="number",
    rows=source_rows,
    endpoint="sources.index",
    lines=_source_lines,
    exported=False,
)
PEOPLE = Table(
    name="people",
    columns=(
        Column("user", lambda row: row.operator.name or row.operator.email, order="name"),
        Column("email", lambda row: row.operator.email, order="email", usual=False),
        Column("role", lambda row: row.role, "role"),
        Column("last", lambda row: row.last_sign_in, MOMENT),
        Column("second_factor", lambda row: row.second_factor, YES_NO),
        Column("sessions", lambda row: row.sessions, NUMBER),
        Column("state", lambda row: "active" if row.operator.active else "inactive", "person_state"),
    ),
    filters=_FILTERS,
    orders={
        "email": Order((_OPERATOR.email, _OPERATOR.id), (str, int)),
        "name": Order((folded(_OPERATOR.name), _OPERATOR.id), (str, int)),
    },
    usual_order="email",
    rows=people_rows,
    endpoint="people.index",
    options=(selectinload(Operator.roles),),
    lines=_person_rows,
    exported=False,
)
TOKENS = Table(
    name="tokens",
    columns=(
        Column("name", lambda row: row.token.name, order="name"),
        Column("scope", lambda row: row.token.scope, "token_scope"),
        Column("made_by", lambda row: row.made_by, order="made"),
        Column("last_use", lambda row: row.token.last_used_at, MOMENT),
        Column("expires", lambda row: row.token.expires_at, MOMENT),
        Column("addresses", lambda row: row.token.allowed_addresses),
        Column("state", lambda row: row.state, "token_state"),
    ),
    filters=_FILTERS,
    orders={
        "made": Order((ApiToken.id,), (int,)),
        "name": Order((folded(ApiToken.name), ApiToken.id), (str, int)),
    },
    usual_order="-made",
    rows=tokens_of,
    endpoint="tokens.index",
    lines=_token_rows,
    exported=False,
)
