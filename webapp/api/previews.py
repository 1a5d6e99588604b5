"""What a change of a service would do, told before it is made. Asks no platform, changes nothing."""

from collections.abc import Iterable, Sequence

from webapp.api.auth import WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.sales import find
from webapp.api.schemas.common import FailureOut, failure
from webapp.api.schemas.moves import (
    EFFECTS,
    EffectOut,
    EffectsOut,
    SalePreviewInput,
    StatusPreviewInput,
)
from webapp.services import previews
from webapp.services import subscriptions as use
from webapp.services.changes import refuse_if
from webapp.services.errors import Problem
from webapp.services.inputs import SaleInput
from webapp.services.packages import get_package
from webapp.services.sales import add_problems
from webapp.services.service_store import status_problems


@bp.post("/services/<code>/status/preview")
@needs(WRITE)
@bp.input(StatusPreviewInput, example={"status": "suspenso_debito"})
@bp.output(EffectsOut, example=EFFECTS)
def preview_status(code: str, json_data: StatusPreviewInput) -> EffectsOut:
    """Show what a new status of a service would do on every platform that it is on."""
    service = use.get_service(code)
    refuse_if(status_problems(json_data.status))
    return EffectsOut(problems=[], effects=effects(previews.effects_of_status(service.id, json_data.status)))


@bp.post("/services/<code>/packages/preview")
@needs(WRITE)
@bp.input(SalePreviewInput, example={"package_id": 3, "params": {"usuario": "codigo_cliente"}})
@bp.output(EffectsOut, example=EFFECTS)
def preview_sale(code: str, json_data: SalePreviewInput) -> EffectsOut:
    """Show what selling a package would do, and everything that keeps it from being sold so."""
    service, package = use.get_service(code), get_package(json_data.package_id)
    problems = add_problems(service, package, SaleInput.model_validate(json_data.model_dump()))
    days = (json_data.starts_on, json_data.ends_on)
    found = previews.effects_of_sale(service.id, package.id, json_data.params, days)
    return EffectsOut(problems=told(problems), effects=effects(found))


@bp.post("/services/<code>/packages/<int:sale_id>/removal/preview")
@needs(WRITE)
@bp.output(EffectsOut, example=EFFECTS)
def preview_removal(code: str, sale_id: int) -> EffectsOut:
    """Show what taking a package off a service would do."""
    sale = find(code, sale_id)
    return EffectsOut(problems=[], effects=effects(previews.effects_of_removal(sale.id)))


def effects(found: Iterable[previews.PlatformEffect]) -> list[EffectOut]:
    """Return effects as they are given out."""
    return [effect(one) for one in found]


def effect(one: previews.PlatformEffect) -> EffectOut:
    """Return what happens on one platform as it is given out; secrets are not in it."""
    problem = one.problem
    return EffectOut(
        integration_id=one.integration_id,
        integration=one.integration,
        account_id=one.account_id,
        login=one.login,
        login_fixed=one.login_fixed,
        steps=list(one.steps),
        products_before=list(one.products_before),
        products_after=list(one.products_after),
        state_before=one.state_before,
        state_after=one.state_after,
        service_code=one.service_code,
        lifted_by=one.lifted_by,
        waits=failure(one.waits_code or None, one.waits_params),
        problem=failure(problem.code, problem.params, problem.field or None) if problem is not None else None,
    )


def told(problems: Sequence[Problem]) -> list[FailureOut]:
    """Return problems in the words of Accept-Language."""
    found = (failure(each.code, each.params, each.field or None) for each in problems)
    return [each for each in found if each is not None]
