"""ETags, and the conditions If-Match and If-None-Match."""

import hashlib
from collections.abc import Callable, Mapping

from flask import Response, request
from pydantic import BaseModel
from werkzeug.exceptions import PreconditionFailed

from webapp.services.errors import NotFound

Answer = Response | tuple[BaseModel, int, Mapping[str, str]]


def etag_of(shown: BaseModel) -> str:
    """Return the tag of an object as it is shown: another tag whenever anything that is shown differs."""
    return hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]


def tagged(shown: BaseModel, status: int = 200, location: str | None = None) -> Answer:
    """Answer with an object and its ETag, or with 304 when the caller has it already.

    Args:
        location: path of an object that was made.
    """
    tag = etag_of(shown)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if location is not None:
        headers["Location"] = location
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    return shown, status, headers


def check_conditions(load: Callable[[], BaseModel]) -> None:
    """Refuse a change when the object is not what the caller's conditions say.

    Call it before the change, in the same transaction: nobody can come in between.

    Args:
        load: shows the object as it is now, or raises NotFound; called only when there is a condition.

    Raises:
        PreconditionFailed: somebody changed, made or removed it; answer 412.
    """
    if not request.if_match and not request.if_none_match:
        return
    try:
        tag = etag_of(load())
    except NotFound:
        tag = None
    if request.if_match and (tag is None or not request.if_match.contains(tag)):
        raise PreconditionFailed
    if request.if_none_match and tag is not None and request.if_none_match.contains_weak(tag):
        raise PreconditionFailed
