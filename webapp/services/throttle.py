"""Brakes on guessing: how often something may happen for one key, counted in this process."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerSecond

from webapp.extensions import limiter

# What one customer of another provider gets of IPv6.
NETWORK_BITS = 64


@dataclass(frozen=True)
class Limit:
    """At most ``times`` in ``seconds`` for one key. ``name`` keeps limits apart.

    Attributes:
        of_address: the key is an address; see ``network_of``.
    """

    name: str
    times: int
    seconds: int
    of_address: bool = False

    @property
    def item(self) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(self.times, self.seconds)


def hit(limit: Limit, *key: str) -> bool:
    """Count one event; False when there were too many: refuse it."""
    return limiter.limiter.hit(limit.item, limit.name, *_keys(limit, key))


def network_of(address: str) -> str:
    """Return what stands for whoever calls from an address: of IPv6, where one customer has as many as there are, the
    network.
    """
    text = address.partition("%")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return text
    if not isinstance(parsed, IPv6Address):
        return text
    return str(parsed.ipv4_mapped or ip_network((parsed, NETWORK_BITS), strict=False))


def is_open(limit: Limit, *key: str) -> bool:
    """Tell whether one more event would be allowed, and count nothing."""
    return limiter.limiter.test(limit.item, limit.name, *_keys(limit, key))


def _keys(limit: Limit, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(network_of, key)) if limit.of_address else key
