"""What shows a finding: the days held, and of what was taken away the call by which the platform was told."""

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.decide.invoice import CANCELLED, OFF, Finding
from webapp.decide.seats import Span
from webapp.services.invoices.ledger import Known, write_days

# Of a call, what the platform can find again in its own records.
CALL = ("at", "request_id", "http_status", "outcome", "answer")


def proof_of(found: Finding, known: Known) -> dict[str, Any]:
    """Return what is kept beside a line.

    ``days``: for which the seat is billed rightly by it; ``ended_at``: when it went, with what was answered.
    """
    proof: dict[str, Any] = {}
    if found.reason:
        proof["reason"] = found.reason
    if found.days:
        proof["days"] = write_days(found.days, known.ledger.month)
    if found.verdict in (CANCELLED, OFF) and found.account_id is not None and found.product_id is not None:
        spans = known.spans.get((found.account_id, found.product_id), ())
        proof |= _end(found.verdict, spans)
    return proof


def call_of(span: Span) -> Mapping[str, Any]:
    """Return what is known of the call that ended a seat."""
    said = span.proof or {}
    return {name: said[name] for name in CALL if said.get(name) not in (None, "")}


def _end(verdict: str, spans: Sequence[Span]) -> dict[str, Any]:
    """What is contested as cancelled shows its last end; as suspended, the beginning of that."""
    ended = (span for span in reversed(spans) if span.ended_at is not None)
    span = next(ended, None) if verdict == CANCELLED else _before_suspension(spans)
    if span is None or span.ended_at is None:
        return {}
    return {"ended_at": span.ended_at.isoformat(), "ended_by": span.ended_by, **call_of(span)}


def _before_suspension(spans: Sequence[Span]) -> Span | None:
    pairs = zip(spans, spans[1:], strict=False)
    return next((former for former, later in pairs if later.state == "suspended"), None)
