"""Takes a code that a platform delivers to ``/callback/<token>/code``, and gives it to whoever waits for it."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog

from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest
from webapp.gateways.registry import get_gateway
from webapp.services import callback, throttle
from webapp.services.hub import current_hub
from webapp.services.integration_tokens import deliver_code
from webapp.services.transactions import begin

log = structlog.get_logger()


def receive(token: str, request: CallbackRequest, remote_addr: str) -> None:
    """Take one delivery, and commit. What nobody waits for is dropped, and answered like what somebody does.

    Args:
        token: of the integration's callback address; a rotated one is good until its overlap ends.

    Raises:
        NotFound: no integration has this token; answer 404.
        TooManyRefusals: answer 429.
    """
    integration = callback.integration_of(token, remote_addr)
    integration_id, names = integration.id, get_gateway(integration.gateway).traits.redirect_fields
    begin(reads_only=False)
    taken = bool(names) and _deliver(integration_id, names, request)
    db.session.commit()
    if not taken:
        throttle.hit(callback.PER_ADDRESS, remote_addr)
    log.info("callback.code", integration_id=integration_id, taken=taken, remote_addr=remote_addr)


def _deliver(integration_id: int, names: tuple[str, ...], request: CallbackRequest) -> bool:
    code, state = (_field(request, name) for name in names)
    return deliver_code(db.session.connection(), current_hub().vault, integration_id, state, code)


def _field(request: CallbackRequest, name: str) -> str:
    """Return a field of the query, the form or the JSON body; a dotted name leads into the latter."""
    return next((text for text in _candidates(request, name) if text), "")


def _candidates(request: CallbackRequest, name: str) -> Iterator[str]:
    yield request.query.get(name, "")
    yield request.form.get(name, "")
    found: Any = request.json
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    yield str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
