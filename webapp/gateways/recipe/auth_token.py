"""A token: how it is read from an answer, how long it is good, how it is kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.auth_call import no_token
from webapp.gateways.recipe.compiled_auth import CompiledAuth

_LONGEST_S = 10 * 365 * 86_400.0


@dataclass(frozen=True, repr=False)
class Token:
    """What is shown at every call. ``refresh`` gets the next one; empty where the platform knows no such thing."""

    value: str
    renew_at: datetime
    refresh: str = ""

    def __repr__(self) -> str:
        return "Token(***)"

    def kept(self) -> dict[str, str]:
        """Return it as a ``TokenStore`` keeps it."""
        return {"token": self.value, "renew_at": self.renew_at.isoformat(), "refresh": self.refresh}


def token_from_kept(kept: Mapping[str, str] | None) -> Token | None:
    """Return a token that was kept; None when nothing was, or not in this shape."""
    try:
        return Token(kept["token"], datetime.fromisoformat(kept["renew_at"]), kept["refresh"]) if kept else None
    except (KeyError, ValueError):
        return None


def read_token(auth: CompiledAuth, answer: Answer, now: datetime, former_refresh: str) -> Token:
    """Return the token that an answer holds.

    Args:
        former_refresh: stays good when the answer brings no other.

    Raises:
        AuthFailed: there is none in it; check credentials and recipe.
    """
    value = _shown(auth.token(answer.view) if auth.token else None)
    if not value:
        raise no_token(answer)
    refresh = _shown(auth.refresh_token(answer.view)) if auth.refresh_token else ""
    return Token(value, _renew_at(auth, now, answer), refresh or former_refresh)


def _shown(value: Any) -> str:
    """Return a value that may go into a header, else nothing: a line break in it would be another header."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if text.isprintable() else ""


def _renew_at(auth: CompiledAuth, now: datetime, answer: Answer) -> datetime:
    stated = _seconds(auth.lifetime(answer.view)) if auth.lifetime else None
    seconds = min(stated * auth.lifetime_factor if stated else auth.lifetime_s, _LONGEST_S)
    # A margin longer than half the life would fetch a token for every call.
    return now + timedelta(seconds=seconds - min(auth.renew_early_s, seconds / 2))


def _seconds(stated: Any) -> float | None:
    """Return a stated lifetime; None when it is none: the recipe's own counts then."""
    try:
        number = float(stated)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number > 0 else None
