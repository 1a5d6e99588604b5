"""What the chain is made of: the canonical content of a row, its salted digest, and the link to the one before.

Nothing in here needs a database, so that an export is verified with the same words as the tables.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

EVENT, ATTEMPT = KINDS = ("event", "attempt")
# Raise it when FIELDS change, and keep the former ones for rows that were sealed with them.
FORM = 1
FIELDS: Mapping[str, tuple[str, ...]] = {
    EVENT: ("at", "actor", "action", "object_type", "object_id", "label", "before", "after", "reason"),
    ATTEMPT: (
        "integration_id", "account_id", "operation", "unit", "key", "generation", "started_at", "finished_at",
        "outcome", "http_status", "latency_ms", "request", "response", "error_code", "error_params",
    ),
}  # fmt: skip
# Only their digests are part of the content: they may go before the rest does.
BODIES: Mapping[str, tuple[str, ...]] = {EVENT: (), ATTEMPT: ("request", "response")}
EXPUNGED = "expunged"
START = "0" * 64
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def content_of(kind: str, row_id: int, values: Mapping[str, Any], salt: str) -> str:
    """Return what a row says, as one text that is the same on every database.

    Args:
        values: every one of ``FIELDS``; times aware, JSON parsed.
        salt: of its link; it goes into the digests of the bodies.
    """
    said = {name: _plain(values[name]) for name in FIELDS[kind]}
    said |= {name: body_digest(name, values[name], salt) for name in BODIES[kind]}
    return dump([FORM, kind, row_id, said])


def body_digest(name: str, body: Any, salt: str) -> str | None:
    """Return the digest of one body; of one that is gone, the digest that stayed in its place."""
    if body is None:
        return None
    if is_expunged(body):
        return str(body[EXPUNGED])
    return hashlib.sha256(f"{salt}|{name}|{dump(body)}".encode()).hexdigest()


def is_expunged(body: Any) -> bool:
    """Tell whether a body is gone, and only its digest is kept."""
    return isinstance(body, dict) and body.keys() == {EXPUNGED}


def digest_of(content: str, salt: str) -> str:
    """Return the salted digest of a content."""
    return hashlib.sha256(f"{salt}|{content}".encode()).hexdigest()


def link_of(former: str, kind: str, row_id: int, digest: str) -> str:
    """Return the link that follows on a former one; ``START`` comes before the first."""
    return hashlib.sha256(f"{former}|{kind}|{row_id}|{digest}".encode()).hexdigest()


def dump(value: Any) -> str:
    """Return JSON with one spelling: sorted keys, no spaces, ASCII."""
    return _ENCODER.encode(value)


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
