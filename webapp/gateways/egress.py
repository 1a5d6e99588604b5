"""Which addresses the hub may reach. Judged on the resolved address that is then really used.

``ipaddress`` alone is no guard: on Python 3.11 it calls carrier-grade NAT, 6to4, NAT64 and
multicast addresses global, so every class is listed here.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]

_REFUSED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier_nat"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link_local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmark"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "mapped"),
    ("::/96", "mapped"),
    ("64:ff9b::/96", "nat64"),
    ("64:ff9b:1::/48", "nat64"),
    ("100::/64", "reserved"),
    ("2001::/32", "teredo"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "reserved"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link_local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)
_RANGES: tuple[tuple[Network, str], ...] = tuple((ip_network(text), reason) for text, reason in _REFUSED)
_GLOBAL_V6 = IPv6Network("2000::/3")
# Mail, databases, remote shells: nothing that speaks HTTP, and the classic targets of a forged request.
_REFUSED_PORTS = frozenset(
    (0, 1, 7, 9, 19, 21, 22, 23, 25, 53, 110, 111, 135, 137, 139, 143, 389, 445, 465, 587, 636, 993, 995)
) | {1433, 1521, 2049, 2375, 3306, 3389, 5432, 5900, 6379, 11211, 27017}


class AddressRefused(Exception):
    """Our own rules forbid an address; no connection was made.

    Attributes:
        reason: the class of address, such as ``private``.
    """

    def __init__(self, host: str, address: str, reason: str) -> None:
        super().__init__(reason)
        self.host = host
        self.address = address
        self.reason = reason


class ResolveTimeout(OSError):
    """The name server did not answer in time; nothing was sent."""


@dataclass(frozen=True)
class EgressPolicy:
    """Public addresses, and those that the settings allow. Thread-safe.

    Attributes:
        allow: networks that may be reached although they are private; each opens only itself.
        lines: host and port -> gives a connected socket. Such a name leads into this very process, so there is no
            address to judge, and none is opened for anybody.
    """

    allow: tuple[Network, ...] = ()
    lines: Mapping[tuple[str, int], Callable[[], socket.socket]] = field(default_factory=dict, compare=False)

    def refusal(self, ip: str | Address, port: int = 443) -> str | None:
        """Return why an address may not be reached, or None when it may."""
        address = ip_address(ip) if isinstance(ip, str) else ip
        if self._allowed(address):
            return None
        return _class_of(address) or ("port" if port in _REFUSED_PORTS else None)

    def permitted(self, host: str, port: int, infos: Iterable[AddressInfo]) -> list[AddressInfo]:
        """Return the resolved addresses that may be used.

        Raises:
            AddressRefused: none of them may; make no connection.
        """
        good: list[AddressInfo] = []
        last = ("", "unresolved")
        for info in infos:
            reason = self.refusal(str(info[4][0]), port)
            if reason is None:
                good.append(info)
            else:
                last = (str(info[4][0]), reason)
        if not good:
            raise AddressRefused(host, *last)
        return good

    def _allowed(self, address: Address) -> bool:
        forms: list[Address] = [address]
        # A socket treats the mapped form as the IPv4 address inside it, so it shares its fate.
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            forms.append(address.ipv4_mapped)
        return any(form in network for network in self.allow for form in forms)


@lru_cache(maxsize=1024)
def _class_of(address: Address) -> str | None:
    for network, reason in _RANGES:
        if address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        return "reserved"
    return None


def resolve(host: str, port: int, timeout_s: float) -> list[AddressInfo]:
    """Return a host's addresses; the system's resolver knows no time limit of its own, so one is set here.

    Raises:
        socket.gaierror: no such name.
        ResolveTimeout: no answer in time.
    """
    found: list[AddressInfo] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    if is_literal(host):
        look_up()
    else:
        thread = threading.Thread(target=look_up, name="resolve", daemon=True)
        thread.start()
        thread.join(timeout_s)
    if failed:
        raise failed[0]
    if not found:
        raise ResolveTimeout(host)
    return found


def is_literal(host: str) -> bool:
    """Tell whether a host is an address and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
