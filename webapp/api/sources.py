"""Sources: configured ERPs and spreadsheets from which customers and statuses come."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.api.auth import ADMIN_SCOPE, READ, may_administer, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.common import ActiveInput, failure
from webapp.api.schemas.integrations import StepOut
from webapp.api.schemas.sources import (
    KIND,
    SOURCE,
    SOURCE_IN,
    SourceIn,
    SourceKindOut,
    SourceKindPage,
    SourceOut,
    SourcePage,
    SourceParamOut,
    SourceQuery,
    SourceTestOut,
)
from webapp.gateways.contract import CheckStep
from webapp.models import Source
from webapp.services import sources as use


@bp.get("/sources/kinds")
@needs(READ)
@bp.input(ListQuery, location="query")
@bp.output(SourceKindPage, example={"items": [KIND], "next_cursor": None})
def list_source_kinds(query_data: ListQuery) -> SourceKindPage:
    """List the kinds of source, and the parameters that each understands. They are few: one page holds them all."""
    return SourceKindPage(items=[_kind(kind.traits) for kind in use.all_sources()], next_cursor=None)


@bp.get("/sources")
@needs(READ)
@bp.input(SourceQuery, location="query")
@bp.output(SourcePage, example={"items": [SOURCE], "next_cursor": None})
def list_sources(query_data: SourceQuery) -> SourcePage:
    """List sources."""
    wanted = select(Source).options(selectinload(Source.params))
    if query_data.kind is not None:
        wanted = wanted.where(Source.kind == query_data.kind)
    if query_data.active is not None:
        wanted = wanted.where(Source.active == query_data.active)
    rows, following = page(wanted, Source.id, query_data)
    return SourcePage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/sources")
@needs(ADMIN_SCOPE)
@bp.input(SourceIn, example=SOURCE_IN)
@bp.output(SourceOut, status_code=201, example=SOURCE)
def create_source(json_data: SourceIn) -> Answer:
    """Configure a source. Nothing is read by itself before a first whole pull was asked for."""
    made = use.create_source(json_data)
    return tagged(show(made), 201, f"{PREFIX}/sources/{made.id}")


@bp.get("/sources/<int:source_id>")
@needs(READ)
@bp.output(SourceOut, example=SOURCE)
def read_source(source_id: int) -> Answer:
    """Read one source; secrets are null."""
    return tagged(show(use.get_source(source_id)))


@bp.put("/sources/<int:source_id>")
@needs(ADMIN_SCOPE)
@bp.input(SourceIn, example=SOURCE_IN)
@bp.output(SourceOut, example=SOURCE)
def replace_source(source_id: int, json_data: SourceIn) -> Answer:
    """Replace a source. A secret left out keeps its value, unless the address changes to another server."""
    check_conditions(lambda: show(use.get_source(source_id)))
    return tagged(show(use.update_source(source_id, json_data)))


@bp.patch("/sources/<int:source_id>")
@needs(ADMIN_SCOPE)
@bp.input(ActiveInput, example={"active": False, "reason": "the ERP moves"})
@bp.output(SourceOut, example={**SOURCE, "active": False})
def switch_source(source_id: int, json_data: ActiveInput) -> Answer:
    """Switch a source on or off. Off reads nothing, forgets nothing and ends nothing."""
    check_conditions(lambda: show(use.get_source(source_id)))
    return tagged(show(use.set_source_active(source_id, json_data.active, json_data.reason)))


@bp.post("/sources/<int:source_id>/test")
@needs(ADMIN_SCOPE)
@bp.output(
    SourceTestOut,
    example={
        "ok": True,
        "took_ms": 240,
        "steps": [{"name": "credentials", "ok": True, "failure": None, "exchange": None}],
        "statuses": ["servico_habilitado"],
    },
)
def test_source(source_id: int) -> SourceTestOut:
    """Try address and credentials, changing nothing there. A success ends a pause."""
    report = use.run_test(source_id)
    return SourceTestOut(
        ok=report.ok,
        took_ms=report.test.took_ms,
        steps=[_step(timed.step) for timed in report.test.steps],
        statuses=[word.external for word in report.statuses],
    )


@bp.post("/sources/<int:source_id>/resume")
@needs(ADMIN_SCOPE)
@bp.output(SourceOut, example=SOURCE)
def resume_source(source_id: int) -> Answer:
    """End a pause by hand and read again soon; without a pause nothing changes."""
    return tagged(show(use.resume_source(source_id)))


@bp.post("/sources/<int:source_id>/hook/rotate")
@needs(ADMIN_SCOPE)
@bp.output(SourceOut, example={**SOURCE, "hook_url": "https://hub.example.com/hook/9fK2"})
def rotate_hook(source_id: int) -> Answer:
    """Make a new address to which the ERP pushes; the old one works for 24 hours more."""
    use.rotate_hook(source_id)
    return tagged(show(use.get_source(source_id)))


def show(row: Source) -> SourceOut:
    """Return a source as it is given out."""
    return SourceOut(
        id=row.id,
        kind=row.kind,
        description=row.description,
        active=row.active,
        precedence=row.precedence,
        code_prefix=row.code_prefix,
        full_interval_s=row.full_interval_s,
        light_interval_s=row.light_interval_s,
        params=use.public_params(row),
        secret_params_set=sorted(use.secret_names_set(row)),
        hook_url=use.hook_url(row) if may_administer() else None,
        paused=failure(row.paused_code, row.paused_params),
        created_at=row.created_at,
    )


def _kind(traits: use.SourceTraits) -> SourceKindOut:
    return SourceKindOut(
        key=traits.key,
        label=str(traits.label),
        published=traits.published,
        abilities=sorted(str(ability) for ability in traits.abilities),
        params=[
            SourceParamOut(
                name=spec.name,
                label=str(spec.label),
                kind=spec.kind,
                required=spec.required,
                secret=spec.secret,
                choices=list(spec.choices),
            )
            for spec in traits.params
        ],
        statuses=dict(traits.statuses),
    )


def _step(step: CheckStep) -> StepOut:
    return StepOut(
        name=step.name,
        ok=step.ok,
        failure=failure(step.code or None, step.params),
        exchange=asdict(step.exchange) if step.exchange is not None else None,
    )
