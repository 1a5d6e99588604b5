"""Integrations: configured connections to platforms."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.api.auth import ADMIN_SCOPE, READ, may_administer, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.common import ActiveInput, failure
from webapp.api.schemas.integrations import (
    INTEGRATION,
    INTEGRATION_IN,
    IntegrationIn,
    IntegrationOut,
    IntegrationPage,
    IntegrationQuery,
    StepOut,
    TestOut,
)
from webapp.gateways.contract import CheckStep
from webapp.models import Integration
from webapp.services import integrations as use


@bp.get("/integrations")
@needs(READ)
@bp.input(IntegrationQuery, location="query")
@bp.output(IntegrationPage, example={"items": [INTEGRATION], "next_cursor": None})
def list_integrations(query_data: IntegrationQuery) -> IntegrationPage:
    """List integrations."""
    wanted = select(Integration).options(selectinload(Integration.params))
    if query_data.gateway is not None:
        wanted = wanted.where(Integration.gateway == query_data.gateway)
    if query_data.active is not None:
        wanted = wanted.where(Integration.active == query_data.active)
    rows, following = page(wanted, Integration.id, query_data)
    return IntegrationPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/integrations")
@needs(ADMIN_SCOPE)
@bp.input(IntegrationIn, example=INTEGRATION_IN)
@bp.output(IntegrationOut, status_code=201, example=INTEGRATION)
def create_integration(json_data: IntegrationIn) -> Answer:
    """Configure a connection to a platform."""
    made = use.create_integration(json_data)
    return tagged(show(made), 201, f"{PREFIX}/integrations/{made.id}")


@bp.get("/integrations/<int:integration_id>")
@needs(READ)
@bp.output(IntegrationOut, example=INTEGRATION)
def read_integration(integration_id: int) -> Answer:
    """Read one integration; secrets are null."""
    return tagged(show(use.get_integration(integration_id)))


@bp.put("/integrations/<int:integration_id>")
@needs(ADMIN_SCOPE)
@bp.input(IntegrationIn, example=INTEGRATION_IN)
@bp.output(IntegrationOut, example=INTEGRATION)
def replace_integration(integration_id: int, json_data: IntegrationIn) -> Answer:
    """Replace an integration. A secret left out keeps its value; an empty one removes it."""
    check_conditions(lambda: show(use.get_integration(integration_id)))
    return tagged(show(use.update_integration(integration_id, json_data)))


@bp.patch("/integrations/<int:integration_id>")
@needs(ADMIN_SCOPE)
@bp.input(ActiveInput, example={"active": False, "reason": "maintenance"})
@bp.output(IntegrationOut, example={**INTEGRATION, "active": False})
def switch_integration(integration_id: int, json_data: ActiveInput) -> Answer:
    """Switch an integration on or off. While off it transmits nothing and forgets nothing."""
    check_conditions(lambda: show(use.get_integration(integration_id)))
    return tagged(show(use.set_integration_active(integration_id, json_data.active, json_data.reason)))


@bp.post("/integrations/<int:integration_id>/test")
@needs(ADMIN_SCOPE)
@bp.output(TestOut, example={"ok": True, "steps": [{"name": "sign_in", "ok": True, "failure": None, "exchange": None}]})
def test_integration(integration_id: int) -> TestOut:
    """Try the credentials on the platform, changing nothing there. A success resumes a paused integration."""
    steps = [_step(step) for step in use.test_integration(integration_id)]
    return TestOut(ok=all(step.ok for step in steps), steps=steps)


@bp.post("/integrations/<int:integration_id>/resume")
@needs(ADMIN_SCOPE)
@bp.output(IntegrationOut, example=INTEGRATION)
def resume_integration(integration_id: int) -> Answer:
    """End a pause by hand and try everything that waited; without a pause nothing changes."""
    return tagged(show(use.resume_integration(integration_id)))


@bp.post("/integrations/<int:integration_id>/callback/rotate")
@needs(ADMIN_SCOPE)
@bp.output(IntegrationOut, example=INTEGRATION)
def rotate_callback(integration_id: int) -> Answer:
    """Make a new callback address; the old one works for 24 hours more."""
    use.rotate_callback_token(integration_id)
    return tagged(show(use.get_integration(integration_id)))


def show(row: Integration) -> IntegrationOut:
    """Return an integration as it is given out."""
    return IntegrationOut(
        id=row.id,
        gateway=row.gateway,
        description=row.description,
        single_package=row.single_package,
        follow_status=row.follow_status,
        status_scope=row.status_scope,  # type: ignore[arg-type]
        active=row.active,
        params=use.public_params(row),
        secret_params_set=sorted(use.secret_names_set(row)),
        callback_url=use.callback_url(row) if may_administer() else None,
        concurrency=row.concurrency,
        rate_per_s=row.rate_per_s,
        reconcile_interval_s=row.reconcile_interval_s,
        status_rules=row.status_rules,
        paused=failure(row.paused_code, row.paused_params),
        paused_until=row.paused_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _step(step: CheckStep) -> StepOut:
    return StepOut(
        name=step.name,
        ok=step.ok,
        failure=failure(step.code or None, step.params),
        exchange=asdict(step.exchange) if step.exchange is not None else None,
    )
