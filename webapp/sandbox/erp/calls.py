"""A call to a fake ERP, from the request to the answer: /erp/<tenant>/<shape>/..."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from webapp.sandbox.erp.hubsoft import HubSoft
from webapp.sandbox.erp.ixc import Ixc
from webapp.sandbox.erp.sgp import Sgp
from webapp.sandbox.erp.shape import HTML_TYPE, Asked, Shape, page_html
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.stage import Call, Result
from webapp.sandbox.tenants import Tenant
from webapp.sandbox.wire import Request

SHAPES: dict[str, Shape] = {"hubsoft": HubSoft(), "ixc": Ixc(), "sgp": Sgp()}
CUT_SHARE = 2 / 3


def call_of(tenant: Tenant, request: Request, rest: list[str]) -> Call:
    """Return what the request asks for; ``rest`` is the shape and the path under it."""
    shape = SHAPES.get(rest[0]) if rest else None
    if shape is None:
        return Call("unknown", {}, lambda: page_html(404))
    asked = shape.asked(request, rest[1:])
    about = {"shape": rest[0], **asked.shown}
    return Call(asked.operation, about, lambda: _act(shape, tenant.erp, request, asked))


def _act(shape: Shape, state: ErpState, request: Request, asked: Asked) -> Result:
    dials = state.dials
    if dials.down:
        result = page_html(503)
    else:
        refused = shape.refusal(state, request, asked)
        result = refused or _answered(shape, state, asked)
    result.dials = dials.turned
    now = datetime.now(UTC) + timedelta(days=dials.clock_ahead_days)
    result.headers["Date"] = format_datetime(now, usegmt=True)
    if dials.stale and dials.stale_age_s:
        result.headers["Age"] = str(int(dials.stale_age_s))
    return result


def _answered(shape: Shape, state: ErpState, asked: Asked) -> Result:
    view = state.view(asked.look)
    result = shape.answer(view, state, asked)
    of_people = asked.look or asked.page is not None
    here = view.dials.answer_page is None or asked.page == view.dials.answer_page
    if view.dials.answer is None or not of_people or not here:
        return result
    return _instead(view.dials.answer, shape, asked, result)


def _instead(kind: str, shape: Shape, asked: Asked, result: Result) -> Result:
    """Return what comes in place of a good answer."""
    if kind == "empty_array":
        return Result(200, None, raw=b"[]")
    if kind == "empty_list":
        return shape.nothing(asked)
    if kind == "error_in_200":
        return shape.failure()
    if kind == "html":
        return Result(200, None, raw=page_html(200).raw, content_type=HTML_TYPE)
    whole = json.dumps(result.body, ensure_ascii=False).encode()
    return Result(result.status, None, raw=whole[: int(len(whole) * CUT_SHARE)], content_type=result.content_type)
