"""The header Idempotency-Key on POST: claim before the work, keep or release after it."""

import hashlib

import structlog
from flask import Response, g, request
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError

from webapp.api.problems import problem
from webapp.services.errors import Problem
from webapp.services.idempotency import HEADER, Claim, StoredAnswer, claim, keep, release

REPLAYED = "Idempotency-Replayed"
KEY_LENGTH = 255
KEPT_HEADERS = ("Content-Type", "ETag", "Location")

log = structlog.get_logger(__name__)


def claim_key() -> Response | None:
    """Claim the key of this request; a Response is the answer that was given to it before."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        return problem(
            422, "validation_failed", errors=[Problem(HEADER, "idempotency_key_malformed", {"maximum": KEY_LENGTH})]
        )
    taken = claim(g.caller.id, key, _fingerprint())
    if isinstance(taken, StoredAnswer):
        return Response(taken.body, taken.status, {**taken.headers, REPLAYED: "true"})
    g.idempotency_claim = taken
    return None


def keep_instead(shown: BaseModel) -> None:
    """Keep this for whoever repeats the request: what is answered now holds a secret that is shown once."""
    g.idempotency_instead = shown.model_dump_json()


def settle_key(response: Response) -> Response:
    """Keep the answer when something was done; else let the key be used again."""
    instead: str | None = g.pop("idempotency_instead", None)
    taken: Claim | None = g.pop("idempotency_claim", None)
    if taken is None:
        return response
    try:
        if response.status_code < 300:
            headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
            body = response.get_data(as_text=True) if instead is None else instead
            keep(taken, StoredAnswer(response.status_code, body, headers))
        else:
            release(taken)
    except OperationalError:
        # The work is done and committed: its answer is worth more than the record of it.
        log.warning("idempotency_not_settled", status=response.status_code)
    return response


def _fingerprint() -> str:
    place = f"{request.method} {request.full_path}\n"
    return hashlib.sha256(place.encode() + request.get_data()).hexdigest()
