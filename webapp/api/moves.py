"""A service moves: to another plan, or to another holder. Each can be seen before it is done."""

from webapp.api.auth import WRITE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.previews import effects, told
from webapp.api.schemas.common import money
from webapp.api.schemas.customers import SERVICE, ServiceOut
from webapp.api.schemas.moves import (
    EFFECT,
    MOVE,
    MOVE_IN,
    TRANSFER_IN,
    MoveInput,
    MoveLineOut,
    MoveOut,
    StampedMoveInput,
    TransferIn,
    TransferPreviewInput,
    TransferPreviewOut,
)
from webapp.api.services import show
from webapp.models import Customer
from webapp.services import move_effects, moves, transfers
from webapp.services import subscriptions as use
from webapp.services.changes import refuse_if
from webapp.services.customers import find_customer
from webapp.services.errors import Problem
from webapp.services.preview_effects import effects_of_new_status
from webapp.services.preview_inputs import Scene, load_scene


@bp.post("/services/<code>/migrate/preview")
@needs(WRITE)
@bp.input(MoveInput, example=MOVE_IN)
@bp.output(MoveOut, example=MOVE)
def preview_move(code: str, json_data: MoveInput) -> MoveOut:
    """Show what moving a service to another plan would do: packages, value, platforms."""
    scene = load_scene(use.get_service(code).id)
    besides = {"plan_value": json_data.plan_value, "email": json_data.email}
    seen = moves.view_move(scene.service, json_data.plan_id, json_data.packages, **besides)  # type: ignore[arg-type]
    return _shown(scene, seen)


@bp.post("/services/<code>/migrate")
@needs(WRITE)
@bp.input(StampedMoveInput, example={**MOVE_IN, "stamp": "c0ffee"})
@bp.output(ServiceOut, example={**SERVICE, "plan_id": 6})
def move_service(code: str, json_data: StampedMoveInput) -> Answer:
    """Move a service to another plan, exactly as the preview with this stamp showed it.

    Without ``packages`` all that the new plan carries are taken. 409 when something changed since the preview.
    """
    scene = load_scene(use.get_service(code).id)
    service, chosen = scene.service, json_data.packages
    besides = {"plan_value": json_data.plan_value, "email": json_data.email}
    if chosen is None:
        chosen = list(moves.view_move(service, json_data.plan_id, None, **besides).chosen)  # type: ignore[arg-type]
    moved = moves.move_service(service, json_data.plan_id, chosen, json_data.stamp, **besides)  # type: ignore[arg-type]
    return tagged(show(moved))


@bp.post("/services/<code>/transfer/preview")
@needs(WRITE)
@bp.input(TransferPreviewInput, example={"customer_code": "1235"})
@bp.output(TransferPreviewOut, example={"ending": [EFFECT], "beginning": [EFFECT]})
def preview_transfer(code: str, json_data: TransferPreviewInput) -> TransferPreviewOut:
    """Show what a change of ownership would do on the platforms."""
    scene = load_scene(use.get_service(code).id)
    customer = _holder(json_data.customer_code)
    return TransferPreviewOut(
        ending=effects(effects_of_new_status(scene, transfers.CANCELLED)),
        beginning=effects(move_effects.effects_for_holder(scene, customer, json_data.email)),
    )


@bp.post("/services/<code>/transfer")
@needs(WRITE)
@bp.input(TransferIn, example=TRANSFER_IN)
@bp.output(ServiceOut, status_code=201, example={**SERVICE, "code": "17712", "customer_code": "1235"})
def transfer_service(code: str, json_data: TransferIn) -> Answer:
    """Give a service to another customer: it ends, and goes on as a new one of theirs.

    Plan, status, address, commercial data and packages go along; password, pause and exemption stay behind.
    """
    service = use.get_service(code)
    given = {**json_data.model_dump(exclude={"customer_code"}), "customer_id": _holder(json_data.customer_code).id}
    made = transfers.transfer_service(service, transfers.TransferInput.model_validate(given))
    return tagged(show(made), 201, f"{PREFIX}/services/{made.code}")


def _holder(code: str) -> Customer:
    customer = find_customer(code)
    refuse_if([] if customer is not None else [Problem("customer_code", "customer_code_unknown", {"code": code})])
    assert customer is not None
    return customer


def _shown(scene: Scene, seen: moves.Moving) -> MoveOut:
    found = [] if seen.problems else move_effects.effects_of_plan_move(scene, seen.move)
    return MoveOut(
        plan_id=seen.plan.id,
        lines=[
            MoveLineOut(
                package_id=line.package.id,
                outcome=line.outcome,  # type: ignore[arg-type]
                reason=line.reason,
                value=money(line.value),
                choosable=line.choosable,
            )
            for line in seen.lines
        ],
        before=money(seen.before),
        after=money(seen.after),
        stamp=seen.stamp,
        problems=told(seen.problems),
        effects=effects(found),
    )
