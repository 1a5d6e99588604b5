"""The one way out: every call to a platform goes through ``HttpClient``, and only here is ``requests`` used.

It sets time-outs, refuses addresses and redirects, caps bodies, reuses connections, masks what
is kept, and turns every failure into one of ``gateways/errors.py``.
"""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError
from urllib3.exceptions import SSLError as TlsError
from urllib3.util.ssl_ import create_urllib3_context

from webapp.gateways import one_piece, second_opinion
from webapp.gateways.contract import Exchange
from webapp.gateways.egress import AddressRefused, EgressPolicy, is_literal
from webapp.gateways.errors import ContractBroken, EgressRefused, GatewayError, OutcomeUnknown, Unavailable
from webapp.gateways.masking import Masker
from webapp.gateways.sockets import Call, current_call, pool_classes

USER_AGENT = "Sintonia/0.1"
_DEFAULT_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept-Encoding": "gzip, deflate",
    "Accept": "application/json, */*;q=0.5",
}
_PORTS = {"http": 80, "https": 443}
SAMPLE_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is to be sent.

    Attributes:
        read_only: it changes nothing there, so an answer that never came is no doubt, only a failure.
        timeout_s: total, instead of the client's.
        secrets: values of this call to be masked beside those of the integration.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float | None = None
    read_only: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)


class HttpResponse:
    """An answer that was read to its end. ``exchange`` is made when first asked for."""

    __slots__ = ("_exchange", "_masker", "body", "headers", "latency_ms", "request", "status")

    def __init__(
        self, request: HttpRequest, status: int, headers: Mapping[str, str], body: bytes, masker: Masker,
        latency_ms: int,
    ) -> None:  # fmt: skip
        self.request = request
        self.status = status
        self.headers = headers
        self.body = body
        self.latency_ms = latency_ms
        self._masker = masker
        self._exchange: Exchange | None = None

    @property
    def exchange(self) -> Exchange:
        """Request and answer, masked."""
        if self._exchange is None:
            masker = self._masker.with_values(self.request.secrets)
            self._exchange = _exchange(
                self.request,
                masker,
                status=self.status,
                response_headers=masker.headers(self.headers),
                response_body=masker.body(self.body, self.headers.get("Content-Type", "")),
                latency_ms=self.latency_ms,
            )
        return self._exchange

    def masked(self, text: str) -> str:
        """Mask a piece of the answer, for a message."""
        return self._masker.with_values(self.request.secrets).text(text)


class _Adapter(HTTPAdapter):
    """Connects only where the policy allows, and keeps what never changes between calls."""

    def __init__(self, policy: EgressPolicy, context: ssl.SSLContext) -> None:
        self._classes = pool_classes(policy)
        self._context = context
        self._pools: dict[str, ConnectionPool] = {}
        super().__init__(pool_connections=16, pool_maxsize=2)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._classes

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        # The proxy is the administrator's own; it, not we, resolves the name behind it.
        manager.pool_classes_by_scheme = pool_classes(None)
        return manager

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> ConnectionPool:
        origin = request.url[: request.url.find("/", 8)]
        pool = self._pools.get(origin)
        # The manager closes the pool that it used longest ago when there are too many.
        if pool is None or getattr(pool, "pool", None) is None:
            pool = self._pools[origin] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return pool

    def request_url(self, request: Any, proxies: Any) -> str:
        # The URL was normalised: what follows the origin is the path, and never empty.
        return request.url[request.url.find("/", 8) :] if not proxies else super().request_url(request, proxies)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        # Without cookies: those of one subscriber must not go with the next one's call.
        answer = requests.Response()
        answer.status_code, answer.reason, answer.raw = resp.status, resp.reason, resp
        plain = isinstance(resp, one_piece.OnePiece)
        answer.headers = resp.headers if plain else CaseInsensitiveDict(resp.headers)
        answer.url, answer.request, answer.connection = req.url, req, self
        return answer

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The shared context already holds the authorities; loading them again costs 10 ms a connection.
        conn.cert_reqs = "CERT_REQUIRED"

    def close(self) -> None:
        self._pools.clear()
        super().close()


class HttpClient:
    """Speaks HTTP for one integration. Thread-safe: each thread has a session, and so connections, of its own.

    Args:
        policy: which addresses may be reached.
        masker: knows the integration's secrets.
        total_timeout_s: from the first look-up to the last byte of the answer.
        max_body_bytes: of the answer, after decompression.
        proxies: scheme -> URL; the environment is never read.
        ca_bundle: file of authorities to trust instead of the public ones.

    Attributes:
        told: called when a call ended, with seconds, a word for the result, and whether our own rules forbade it.
    """

    told: Callable[[float, str, bool], None]

    def __init__(
        self, policy: EgressPolicy, *, masker: Masker | None = None, connect_timeout_s: float = 5.0,
        total_timeout_s: float = 30.0, max_body_bytes: int = 1_000_000, proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
    ) -> None:  # fmt: skip
        self.told = _tell_nobody
        self.masker = masker or Masker()
        self.total_timeout_s = total_timeout_s
        self._policy = policy
        self._connect_timeout_s = connect_timeout_s
        self._max_body_bytes = max_body_bytes
        self._proxies = dict(proxies or {})
        self._context = _tls_context(ca_bundle)
        self._local = threading.local()
        # Weak: the sockets of a thread that ended must not stay open with the client.
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._lock = threading.Lock()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and read the answer, whatever its status.

        Raises:
            Unavailable: nothing was sent, or the call was read-only; retry on the schedule.
            OutcomeUnknown: it was sent and no whole answer came; look up before any repeat.
            EgressRefused: our rules forbid the address or the URL; change the setting or the URL.
            ContractBroken: the answer is larger than the cap; pause the integration.
        """
        began = monotonic()
        try:
            response = self._send(request)
        except GatewayError as error:
            self.told(monotonic() - began, error.code, isinstance(error, EgressRefused))
            raise
        self.told(monotonic() - began, f"{response.status // 100}xx", False)
        return response

    def _send(self, request: HttpRequest) -> HttpResponse:
        prepared = self._prepare(request)
        call = current_call()
        started = monotonic()
        call.begin(request.timeout_s or self.total_timeout_s)
        try:
            answer, body = self._exchange_bytes(prepared, request)
        except AddressRefused as error:
            params = {"host": error.host, "address": error.address, "reason": error.reason}
            raise EgressRefused("address_refused", params=params, exchange=self._failed(request, started)) from error
        except (requests.RequestException, HTTPError, OSError, UnicodeError, ValueError) as error:
            raise self._failure(request, call, error, started) from error
        finally:
            call.end()
        if call.cut:
            raise self._failure(request, call, TimeoutError(), started)
        second_opinion.note(answer.headers.get("Date"), monotonic())
        latency_ms = int((monotonic() - started) * 1000)
        too_large = len(body) > self._max_body_bytes
        # Whoever keeps the failure keeps this frame: a sample tells enough, and a megabyte for each call adds up.
        body = body[:SAMPLE_BYTES] if too_large else body
        response = HttpResponse(request, answer.status_code, answer.headers, body, self.masker, latency_ms)
        if too_large:
            raise ContractBroken("body_too_large", params={"limit": self._max_body_bytes}, exchange=response.exchange)
        return response

    def preview(self, request: HttpRequest) -> Exchange:
        """Return what would be sent, masked, and send nothing.

        Raises:
            EgressRefused: the URL is none that would be sent to.
        """
        self._prepare(request)
        return _exchange(request, self._masker_of(request))

    def close(self) -> None:
        """Close all connections; the client may be used again and then opens new ones."""
        with self._lock:
            sessions, self._sessions = list(self._sessions), WeakSet()
            self._local = threading.local()
        for session in sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.proxies = self._proxies
            adapter = _Adapter(self._policy, self._context)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            self._local.session = session
            with self._lock:
                self._sessions.add(session)
        return session

    def _prepare(self, request: HttpRequest) -> requests.PreparedRequest:
        try:
            url = _checked_url(request.url)
        except ValueError as error:
            raise EgressRefused(str(error), exchange=_exchange(request, self._masker_of(request))) from error
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = url
        prepared.body = request.body
        ours = dict(_DEFAULT_HEADERS)
        own = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            ours["Content-Length"] = str(len(request.body or b""))
        # A plain dict: the library copies and reads it many times a call.
        prepared.headers = cast("CaseInsensitiveDict[str]", one_piece.merged(ours, own))
        prepared._cookies = _NO_COOKIES  # type: ignore[attr-defined]
        return prepared

    def _exchange_bytes(
        self, prepared: requests.PreparedRequest, request: HttpRequest
    ) -> tuple[requests.Response, bytes]:
        session = self._session()
        total = request.timeout_s or self.total_timeout_s
        if self._proxies:
            self._check_literal(str(prepared.url))
        # The adapter, not the session: the session would keep cookies of one subscriber for the next.
        answer = session.get_adapter(str(prepared.url)).send(
            prepared,
            stream=True,
            timeout=(min(self._connect_timeout_s, total), total),
            verify=True,
            proxies=self._proxies,
        )
        return answer, self._read(answer)

    def _check_literal(self, url: str) -> None:
        """A proxy resolves names itself; an address that stands in the URL can still be judged here."""
        host = str(urlsplit(url).hostname)
        reason = self._policy.refusal(host) if is_literal(host) else None
        if reason is not None:
            raise AddressRefused(host, host, reason)

    def _read(self, answer: requests.Response) -> bytes:
        """Read at most one byte more than the cap; a longer body costs the connection, not the memory."""
        cap = self._max_body_bytes
        length = answer.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > cap:
            answer.close()
            return b"\0" * (cap + 1)
        body: bytes = answer.raw.read(cap + 1, decode_content=True)
        if len(body) > cap:
            answer.close()
        else:
            answer.raw.release_conn()
        return body

    def _failure(self, request: HttpRequest, call: Call, error: Exception, started: float) -> GatewayError:
        """Before the first byte left, nothing can have happened there; after it, nobody knows."""
        late = call.cut or isinstance(error, requests.ReadTimeout | TimeoutError)
        # A handshake that hangs is a read time-out too, but one before the first byte of the request.
        if call.sent or (isinstance(error, requests.ReadTimeout) and not call.connecting):
            code = "answer_timeout" if late else "connection_lost"
            kind: type[GatewayError] = Unavailable if request.read_only else OutcomeUnknown
        else:
            code, kind = _connect_code(error, late), Unavailable
        params = {"host": urlsplit(request.url).hostname or "", "seconds": request.timeout_s or self.total_timeout_s}
        return kind(code, params=params, exchange=self._failed(request, started))

    def _masker_of(self, request: HttpRequest) -> Masker:
        return self.masker.with_values(request.secrets)

    def _failed(self, request: HttpRequest, started: float) -> Exchange:
        return _exchange(request, self._masker_of(request), latency_ms=int((monotonic() - started) * 1000))


def _tell_nobody(_seconds: float, _result: str, _forbidden: bool) -> None:
    pass


_NO_COOKIES = RequestsCookieJar()


def _connect_code(error: Exception, late: bool) -> str:
    reason = _reason(error)
    if isinstance(reason, NameResolutionError):
        return "name_not_found"
    if isinstance(reason, TlsError | ssl.SSLError | requests.exceptions.SSLError):
        return "tls_failed"
    if isinstance(reason, NewConnectionError):
        return "connect_failed"
    return "connect_timeout" if late or isinstance(reason, ConnectTimeoutError) else "connect_failed"


def _reason(error: BaseException) -> BaseException:
    """Return the innermost cause that ``requests`` and ``urllib3`` wrapped."""
    inner = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, Exception)), None)
    return _reason(inner) if isinstance(inner, Exception) and inner is not error else error


@lru_cache(maxsize=4)
def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    return context


@lru_cache(maxsize=512)
def _checked_url(url: str) -> str:
    """Return the URL as it goes out; a ValueError carries the message code."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise ValueError("url_invalid") from error
    if parts.scheme not in _PORTS:
        raise ValueError("url_scheme")
    if "@" in parts.netloc:
        raise ValueError("url_userinfo")
    if not parts.hostname or not port or any(char <= " " or char == "\\" for char in url):
        raise ValueError("url_invalid")
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url.partition("#")[0], None)
    except (requests.RequestException, UnicodeError) as error:
        raise ValueError("url_invalid") from error
    return str(prepared.url)


def _exchange(request: HttpRequest, masker: Masker, **answer: Any) -> Exchange:
    content_type = next((value for name, value in request.headers.items() if name.lower() == "content-type"), "")
    return Exchange(
        method=request.method,
        url=masker.url(request.url),
        request_headers=masker.headers(request.headers),
        request_body=masker.body(request.body, content_type),
        **answer,
    )
