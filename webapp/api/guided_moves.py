"""Change of ownership and of e-mail, step by step: made anew, looked at, and only then the old account ended."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.previews import told
from webapp.api.schemas.agenda import (
    MOVE,
    MOVE_IN,
    SCHEME,
    GapOut,
    GuidedMoveOut,
    GuidedMovePage,
    GuidedMoveQuery,
    MoveIn,
    SchemeOut,
)
from webapp.api.schemas.common import WhyInput, failure
from webapp.models import GuidedMove
from webapp.services import guided_moves as use
from webapp.services.changes import refuse_if
from webapp.services.customers import find_customer
from webapp.services.errors import Problem
from webapp.services.subscriptions import get_service


@bp.post("/services/<code>/guided-moves/preview")
@needs(WRITE)
@bp.input(MoveIn, example=MOVE_IN)
@bp.output(SchemeOut, example=SCHEME)
def preview_guided_move(code: str, json_data: MoveIn) -> SchemeOut:
    """Show what would be in the way of a guided move, and where nothing can be watched for a while."""
    scheme = use.scheme_of(get_service(code), _order(json_data))
    gaps = [
        GapOut(integration_id=gap.integration.id, integration=gap.integration.description, why=told([gap.problem])[0])
        for gap in scheme.gaps
    ]
    return SchemeOut(gaps=gaps, problems=told(scheme.problems))


@bp.post("/services/<code>/guided-moves")
@needs(WRITE)
@bp.input(MoveIn, example=MOVE_IN)
@bp.output(GuidedMoveOut, status_code=201, example=MOVE)
def begin_guided_move(code: str, json_data: MoveIn) -> Answer:
    """Let a service go over to another holder or e-mail. The hub takes it on; read it for its steps."""
    order = _order(json_data)
    move = use.ask(get_service(code).id, order)
    use.advance(move.id, order.password)
    return tagged(_show(use.get_move(move.id)), 201, f"{PREFIX}/guided-moves/{move.id}")


@bp.get("/guided-moves")
@needs(READ)
@bp.input(GuidedMoveQuery, location="query")
@bp.output(GuidedMovePage, example={"items": [MOVE], "next_cursor": None})
def list_guided_moves(query_data: GuidedMoveQuery) -> GuidedMovePage:
    """List guided moves, newest first."""
    wanted = select(GuidedMove).options(
        joinedload(GuidedMove.service), joinedload(GuidedMove.to_service), joinedload(GuidedMove.to_customer)
    )  # fmt: skip
    if query_data.status is not None:
        wanted = wanted.where(GuidedMove.status == query_data.status)
    rows, following = page(wanted, GuidedMove.id, query_data, newest_first=True)
    return GuidedMovePage(items=[_show(row) for row in rows], next_cursor=following)


@bp.get("/guided-moves/<int:move_id>")
@needs(READ)
@bp.output(GuidedMoveOut, example=MOVE)
def read_guided_move(move_id: int) -> Answer:
    """Read one guided move with its steps."""
    return tagged(_show(use.get_move(move_id)))


@bp.post("/guided-moves/<int:move_id>/go-on")
@needs(WRITE)
@bp.input(WhyInput, example={"reason": "The e-mail was mended"})
@bp.output(GuidedMoveOut, example=MOVE)
def continue_guided_move(move_id: int, json_data: WhyInput) -> Answer:
    """Let a move that met a failure go on where it stands."""
    use.go_on(move_id, json_data.reason)
    use.advance(move_id)
    return tagged(_show(use.get_move(move_id)))


@bp.post("/guided-moves/<int:move_id>/stop")
@needs(WRITE)
@bp.input(WhyInput, example={"reason": "The customer stays"})
@bp.output(GuidedMoveOut, example={**MOVE, "status": "stopped"})
def stop_guided_move(move_id: int, json_data: WhyInput) -> Answer:
    """Stop a move while the old service stands: what was made anew ends again."""
    return tagged(_show(use.stop(move_id, json_data.reason)))


def _order(given: MoveIn) -> use.MoveOrder:
    values: dict[str, Any] = given.model_dump(exclude={"customer_code"})
    if given.customer_code is not None:
        customer = find_customer(given.customer_code)
        unknown = Problem("customer_code", "customer_code_unknown", {"code": given.customer_code})
        refuse_if([] if customer is not None else [unknown])
        assert customer is not None
        values["customer_id"] = customer.id
    return use.MoveOrder.model_validate(values)


def _show(move: GuidedMove) -> GuidedMoveOut:
    return GuidedMoveOut(
        id=move.id, kind=move.kind, service_code=move.service.code,  # type: ignore[arg-type]
        to_service_code=move.to_service.code if move.to_service else None,
        to_customer_code=move.to_customer.code if move.to_customer else None, to_email=move.to_email, on=move.on,
        status=move.status, reason=move.reason,  # type: ignore[arg-type]
        error=failure(move.error_code or None, move.data.get("error")), steps=list(move.steps),
        created_at=move.created_at, finished_at=move.finished_at,
    )  # fmt: skip
