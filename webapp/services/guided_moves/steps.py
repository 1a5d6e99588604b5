"""What a guided move did so far, each with its time; the caller commits."""

from typing import Any

from webapp.clock import utc_now
from webapp.models import GuidedMove


def step(move: GuidedMove, name: str, **facts: Any) -> None:
    """Note a step that was taken."""
    move.steps = [*move.steps, {"name": name, "at": utc_now().isoformat(), **facts}]


def fail(move: GuidedMove, code: str, params: dict[str, Any], account_id: int | None = None) -> None:
    """Note why a move does not go on; a person lets it go on, or stops it."""
    move.error_code = code
    move.data = {**move.data, "error": {name: str(value) for name, value in params.items()}, "account": account_id}
    step(move, "failed", code=code)
