"""Brakes on guessing: how often something may happen for one key, counted in this process."""

from dataclasses import dataclass

from limits import RateLimitItemPerSecond

from webapp.extensions import limiter


@dataclass(frozen=True)
class Limit:
    """At most ``times`` in ``seconds`` for one key. ``name`` keeps limits apart."""

    name: str
    times: int
    seconds: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(self.times, self.seconds)


def hit(limit: Limit, *key: str) -> bool:
    """Count one event; False when there were too many: refuse it."""
    return limiter.limiter.hit(limit.item, limit.name, *key)


def is_open(limit: Limit, *key: str) -> bool:
    """Tell whether one more event would be allowed, and count nothing."""
    return limiter.limiter.test(limit.item, limit.name, *key)
