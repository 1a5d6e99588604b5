"""Judges the address that a library is about to connect to, where its sockets are not ours to build.

Python tells its audit hooks of every connection before it is made (PEP 578; docs.python.org, table of audit events,
2026-11). What was resolved a moment ago may be another address by now: only the one that is really used counts.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from webapp.gateways.egress import is_literal

_EVENTS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_LOCAL = threading.local()
Permits = Callable[[str, int], bool]


class ConnectRefused(OSError):
    """Our rules forbid this address; nothing was sent. A library treats it as a server that is not there."""


class Watch:
    """What one guarded block did.

    Attributes:
        refused: addresses to which it would have connected.
    """

    def __init__(self, permits: Permits) -> None:
        self.permits = permits
        self.refused: list[str] = []

    def judge(self, address: Any) -> None:
        """Refuse anything but a permitted address of the internet protocols.

        Raises:
            ConnectRefused: make no connection.
        """
        host = str(address[0]).partition("%")[0] if isinstance(address, tuple) else ""
        if not is_literal(host) or not self.permits(host, int(address[1])):
            self.refused.append(host)
            raise ConnectRefused("this address may not be reached")


@contextmanager
def guarded(permits: Permits) -> Iterator[Watch]:
    """Let this thread connect only where ``permits(address, port)`` says so.

    A name in the place of an address is refused as well: nobody could tell what it leads to.
    """
    watch = Watch(permits)
    _LOCAL.watch = watch
    try:
        yield watch
    finally:
        _LOCAL.watch = None


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in _EVENTS:
        watch: Watch | None = getattr(_LOCAL, "watch", None)
        # A datagram on a connected socket names no address; the connection was judged.
        if watch is not None and args[1] is not None:
            watch.judge(args[1])


# Once a process: a hook can never be taken away again.
sys.addaudithook(_hook)
