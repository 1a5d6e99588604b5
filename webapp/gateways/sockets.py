"""Connections that judge the address they use, know whether anything was sent, and end on time.

A read time-out of a socket starts anew with every byte; a platform that drips one byte a second would
hold a worker for ever. One watchdog thread therefore shuts down sockets whose call has run out of time.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic, sleep
from typing import Any, cast
from weakref import WeakSet

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from webapp.gateways.egress import AddressInfo, EgressPolicy, ResolveTimeout, resolve
from webapp.gateways.heads import WholeHead
from webapp.gateways.one_piece import Begun, head_of, read_answer

TICK_S = 0.2


class Call:
    """The call that a thread is making: its socket, its deadline, and how far it got. One per thread.

    Attributes:
        connecting: between the look-up of the name and the end of the TLS handshake.
        sent: at least one byte of the request has left.
        cut: the watchdog ended it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sock: socket.socket | None = None
        self.deadline = float("inf")
        self.connecting = False
        self.sent = False
        self.cut = False

    def begin(self, seconds: float) -> None:
        """Start the clock of a new call."""
        self.sock = None
        self.connecting = self.sent = self.cut = False
        self.deadline = monotonic() + seconds

    def end(self) -> None:
        """Stop the clock; from here on the watchdog leaves the socket alone."""
        with self.lock:
            self.deadline = float("inf")
            self.sock = None

    def watch(self, sock: socket.socket | None) -> None:
        """Tell which socket to shut down when time is up."""
        self.sock = sock

    def cut_if_late(self, now: float) -> None:
        """Shut the socket down when the deadline has passed."""
        if now < self.deadline:
            return
        with self.lock:
            if self.sock is None or now < self.deadline:
                return
            self.cut = True
            try:
                # The plain method, not SSLSocket's: that one would take the TLS object from the reader.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                self.sock = None


class _Watchdog:
    """Looks at every running call a few times a second. Two attribute writes a call, no lock on the way."""

    def __init__(self) -> None:
        self._calls: WeakSet[Call] = WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def register(self, call: Call) -> None:
        with self._lock:
            self._calls.add(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="http-watchdog", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            sleep(TICK_S)
            with self._lock:
                calls = list(self._calls)
            now = monotonic()
            for call in calls:
                call.cut_if_late(now)
            del calls


_WATCHDOG = _Watchdog()
_LOCAL = threading.local()


def current_call() -> Call:
    """Return this thread's call."""
    call: Call | None = getattr(_LOCAL, "call", None)
    if call is None:
        call = _LOCAL.call = Call()
        _WATCHDOG.register(call)
    return call


class _Guarded(HTTPConnection):
    """Adds address check, sent mark and deadline. ``policy`` None: the peer is our own proxy."""

    policy: EgressPolicy | None = None
    # How the library would be shown a plain request, what was read of its answer, and whether anything may leave.
    _again: Callable[[], None] | None = None
    _begun = b""
    _muted = False

    def _new_conn(self) -> socket.socket:
        timeout = cast(float, self.timeout)
        line = self.policy.lines.get((self.host, self.port)) if self.policy is not None else None
        if line is not None:
            sock = line()
            sock.settimeout(timeout)
            return sock
        deadline = monotonic() + timeout
        try:
            infos = resolve(self._dns_host.strip("[]"), self.port, timeout)
        except ResolveTimeout as error:
            raise ConnectTimeoutError(self, "name look-up timed out") from error
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        if self.policy is not None:
            infos = self.policy.permitted(self.host, self.port, infos)
        return self._first_that_answers(infos, deadline)

    def _first_that_answers(self, infos: list[AddressInfo], deadline: float) -> socket.socket:
        error: OSError = OSError("no address")
        for info in infos:
            try:
                return self._open(info, max(deadline - monotonic(), 0.05))
            except OSError as failure:
                error = failure
        if isinstance(error, TimeoutError):
            raise ConnectTimeoutError(self, "connect timed out") from error
        raise NewConnectionError(self, f"connect failed: {error}") from error

    def _open(self, info: AddressInfo, timeout_s: float) -> socket.socket:
        family, kind, protocol, _, address = info
        sock = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(timeout_s)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock

    def connect(self) -> None:
        call = current_call()
        call.connecting = True
        super().connect()
        call.connecting = False
        # A tunnel through a proxy has sent bytes, but none of the request.
        call.sent = False
        call.watch(self.sock)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
        """Send head and body as one packet; what is not plain goes the library's way."""
        current_call().watch(self.sock)
        self._again = None
        head = None
        if self.proxy is None and isinstance(body, bytes | None) and not options.get("chunked"):
            head = head_of(method, url, self._host_header(), headers or {})
        if head is None:
            super().request(method, url, body=body, headers=headers, **options)
            return
        self._again = partial(super().request, method, url, headers=headers, **options)
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        self.send(head + body if body else head)

    def getresponse(self) -> Any:
        """Read an answer that is plain at once; the library reads any other, from its first byte."""
        again, self._again = self._again, None
        if again is None:
            return super().getresponse()
        self.sock.settimeout(self.timeout)
        answer, self._begun = read_answer(self.sock.recv)
        if answer is not None:
            return answer
        try:
            # The library answers only for what it has sent itself: so it is shown the request, and nothing leaves.
            self._muted = True
            again()
            return super().getresponse()
        finally:
            self._muted, self._begun = False, b""

    def response_class(self, sock: socket.socket, **options: Any) -> WholeHead:  # type: ignore[override]
        """Read an answer, of which something may have been read."""
        return WholeHead(Begun(sock, self._begun) if self._begun else sock, **options)  # type: ignore[arg-type]

    def _host_header(self) -> str:
        host = self.host if self.host.isascii() else self.host.encode("idna").decode()
        host = f"[{host}]" if ":" in host else host
        return host if self.port == self.default_port else f"{host}:{self.port}"

    def send(self, data: Any) -> None:
        if self._muted:
            return
        if self.sock is None:
            self.connect()
        current_call().sent = True
        super().send(data)


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same over TLS; name in SNI and certificate check stay those of the URL."""


def pool_classes(policy: EgressPolicy | None) -> Mapping[str, type[HTTPConnectionPool]]:
    """Return the connection pools, by scheme, that obey a policy."""
    plain = type("GuardedConnection", (_Guarded,), {"policy": policy})
    tls = type("GuardedTlsConnection", (_GuardedTls,), {"policy": policy})
    return {
        "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("GuardedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }
