"""What the words of a source mean here: statuses, plans and packages."""

from collections.abc import Mapping

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.paging import page
from webapp.api.schemas.sources import (
    WORD,
    ChangedOut,
    MappingInput,
    WordOut,
    WordPage,
    WordQuery,
)
from webapp.models import SourceMapping
from webapp.services import source_mapping as use
from webapp.services.sources import get_source


@bp.get("/sources/<int:source_id>/mapping")
@needs(READ)
@bp.input(WordQuery, location="query")
@bp.output(WordPage, example={"items": [WORD], "next_cursor": None})
def list_words(source_id: int, query_data: WordQuery) -> WordPage:
    """List the words of a source that were met, what each means, and what it probably means."""
    get_source(source_id)
    wanted = select(SourceMapping).where(SourceMapping.source_id == source_id)
    if query_data.kind is not None:
        wanted = wanted.where(SourceMapping.kind == query_data.kind)
    if query_data.confirmed is not None:
        wanted = wanted.where(SourceMapping.confirmed == query_data.confirmed)
    rows, following = page(wanted, SourceMapping.id, query_data)
    likely = {key: found.target for key, found in use.suggestions(source_id).items()} if rows else {}
    return WordPage(items=[_word(row, likely) for row in rows], next_cursor=following)


@bp.put("/sources/<int:source_id>/mapping")
@needs(ADMIN_SCOPE)
@bp.input(MappingInput, example={"items": [{"kind": "status", "external": "bloqueado", "target": "suspenso_debito"}]})
@bp.output(ChangedOut, example={"changed": 1})
def put_words(source_id: int, json_data: MappingInput) -> ChangedOut:
    """Decide what words mean: all of the request or none. The next pull acts on it."""
    choices = {(str(item.kind), item.external): item.target for item in json_data.items}
    seen = {(str(item.kind), item.external): item.was for item in json_data.items if item.was is not None}
    return ChangedOut(changed=use.save_mapping(source_id, choices, seen))


@bp.post("/sources/<int:source_id>/mapping/accept")
@needs(ADMIN_SCOPE)
@bp.output(ChangedOut, example={"changed": 7})
def accept_suggestions(source_id: int) -> ChangedOut:
    """Confirm every suggestion for words that nobody decided."""
    return ChangedOut(changed=use.accept_suggestions(source_id))


@bp.post("/sources/<int:source_id>/mapping/plans")
@needs(ADMIN_SCOPE)
@bp.output(ChangedOut, example={"changed": 3})
def create_missing_plans(source_id: int) -> ChangedOut:
    """Make a plan of the same name for each undecided plan of the source; they cost 0.00 until somebody says more."""
    return ChangedOut(changed=use.create_missing_plans(source_id))


def _word(row: SourceMapping, likely: Mapping[tuple[str, str], str]) -> WordOut:
    return WordOut(
        kind=row.kind,  # type: ignore[arg-type]
        external=row.external,
        label=row.label,
        target=row.target,
        confirmed=row.confirmed,
        suggestion=likely.get((row.kind, row.external)),
        seen_count=row.seen_count,
        seen_at=row.seen_at,
    )
