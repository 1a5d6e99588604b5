"""Gateways: the kinds of platform that this hub can speak with, and the versions of the provider's own recipes."""

from flask import Response
from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.common import WhyInput
from webapp.api.schemas.gateways import (
    GATEWAY,
    RECIPE_IN,
    RECIPE_TEXT,
    VERSION,
    GatewayOut,
    GatewayPage,
    GatewayQuery,
    ParamOut,
    RecipeInput,
    RecipeOut,
    VersionOut,
    VersionPage,
    VersionTextOut,
)
from webapp.gateways.contract import ParamSpec, Traits
from webapp.models import RecipeVersion
from webapp.services import pages_gateways, recipes
from webapp.services.pages_gateways import GatewayRow


@bp.get("/gateways")
@needs(READ)
@bp.input(GatewayQuery, location="query")
@bp.output(GatewayPage, example={"items": [GATEWAY], "next_cursor": None})
def list_gateways(query_data: GatewayQuery) -> GatewayPage:
    """List the gateways by label, with the parameters that each understands."""
    rows = pages_gateways.list_gateways(query_data.search or "")
    shown = [show(row) for row in rows if query_data.origin in (None, row.origin)]
    return GatewayPage(items=shown, next_cursor=None)


@bp.get("/gateways/<key>")
@needs(READ)
@bp.output(GatewayOut, example=GATEWAY)
def read_gateway(key: str) -> Answer:
    """Read one gateway: what it can do, and which parameters it understands."""
    return tagged(show(pages_gateways.view_gateway(key).row))


@bp.get("/gateways/<key>/recipe")
@needs(ADMIN_SCOPE)
@bp.output(RecipeOut, example={"key": "own_tv", "text": RECIPE_TEXT, "edition": "3.3"})
def read_recipe(key: str) -> Answer:
    """Read the recipe that runs, as TOML. It holds no secret: those are params of an integration."""
    return tagged(_recipe(key))


@bp.put("/gateways/<key>/recipe")
@needs(ADMIN_SCOPE)
@bp.input(RecipeInput, example=RECIPE_IN)
@bp.output(VersionOut, example=VERSION)
@bp.doc(responses={201: "The next version was made, and runs."})
def put_recipe(key: str, json_data: RecipeInput) -> Answer:
    """Put the next version of the provider's own recipe, which runs from now on.

    The same text again changes nothing. 409 when somebody saved or activated another version since ``base``.
    """
    check_conditions(lambda: _recipe(key))
    before = pages_gateways.active_number(key)
    made = recipes.save_version(json_data.text, reason=json_data.reason, base=json_data.base, key=key)
    if made.number == before:
        return tagged(_version(made))
    return tagged(_version(made), 201, f"{PREFIX}/gateways/{key}/versions/{made.number}")


@bp.delete("/gateways/<key>/recipe")
@needs(ADMIN_SCOPE)
@bp.input(WhyInput, location="query")
@bp.doc(responses={204: "It is out of use; its versions are kept."})
def remove_recipe(key: str, query_data: WhyInput) -> Response:
    """Take the provider's own recipe out of use: the bundled one takes over where there is one."""
    check_conditions(lambda: _recipe(key))
    pages_gateways.view_gateway(key)
    recipes.remove_own(key, reason=query_data.reason)
    return Response(status=204)


@bp.get("/gateways/<key>/versions")
@needs(ADMIN_SCOPE)
@bp.input(ListQuery, location="query")
@bp.output(VersionPage, example={"items": [VERSION], "next_cursor": None})
def list_versions(key: str, query_data: ListQuery) -> VersionPage:
    """List the versions of the provider's own recipe, newest first."""
    pages_gateways.view_gateway(key)
    wanted = select(RecipeVersion).where(RecipeVersion.key == key)
    rows, following = page(wanted, RecipeVersion.id, query_data, newest_first=True)
    return VersionPage(items=[_version(row) for row in rows], next_cursor=following)


@bp.get("/gateways/<key>/versions/<int:number>")
@needs(ADMIN_SCOPE)
@bp.output(VersionTextOut, example={**VERSION, "text": RECIPE_TEXT})
def read_version(key: str, number: int) -> Answer:
    """Read one version with its text."""
    found = recipes.get_version(key, number)
    return tagged(VersionTextOut(**_version(found).model_dump(), text=found.text))


@bp.post("/gateways/<key>/versions/<int:number>/activate")
@needs(ADMIN_SCOPE)
@bp.input(WhyInput, example={"reason": "The new one was refused"})
@bp.output(VersionOut, example=VERSION)
def activate_version(key: str, number: int, json_data: WhyInput) -> Answer:
    """Let an older or newer version run from now on: roll back, or forward."""
    return tagged(_version(recipes.activate_version(key, number, reason=json_data.reason)))


def show(row: GatewayRow) -> GatewayOut:
    """Return a gateway as it is given out."""
    return GatewayOut(
        key=row.key,
        label=str(row.label),
        origin=row.origin,  # type: ignore[arg-type]
        version=row.version,
        integrations=row.integrations,
        trust=str(row.traits.trust) if row.traits else "",
        unit=str(row.traits.unit) if row.traits else "",
        guarantee=str(row.traits.guarantee) if row.traits else "",
        product_source=str(row.traits.product_source) if row.traits else "",
        operations=_operations(row.traits),
        free_params=row.traits.free_params if row.traits else False,
        params=[_param(spec) for spec in row.traits.params] if row.traits else [],
    )


def _operations(traits: Traits | None) -> list[str]:
    if traits is None:
        return []
    return sorted(str(one) for one in traits.capabilities | traits.aliases.keys() | traits.local)


def _param(spec: ParamSpec) -> ParamOut:
    return ParamOut(
        name=spec.name,
        label=str(spec.label),
        help=str(spec.help),
        kind=spec.kind,
        scope=spec.scope,
        required=spec.required,
        secret=spec.secret,
        default="" if spec.secret else str(spec.default),
        choices=list(spec.choices),
        example=spec.example,
        where=spec.where,
    )


def _recipe(key: str) -> RecipeOut:
    return RecipeOut(key=key, text=recipes.current_text(key), edition=recipes.edition(key))


def _version(row: RecipeVersion) -> VersionOut:
    return VersionOut(
        key=row.key, number=row.number, active=row.active, reason=row.reason, actor=row.actor,
        created_at=row.created_at,
    )  # fmt: skip
