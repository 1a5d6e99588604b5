"""A platform on loopback that speaks real HTTP, remembers every request and misbehaves on demand."""

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

# No client of the tests waits as long; the wait ends at once when the fake is closed.
_LONGEST_HANG_S = 30


@dataclass(frozen=True)
class Call:
    """One request as it came in; ``json`` is None when the body is none, header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    json: Any
    headers: Mapping[str, str]


@dataclass
class _Fault:
    kind: int | str
    on: Callable[[Call], bool]
    times: int
    skip: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def strikes(self, call: Call) -> bool:
        if self.times == 0 or not self.on(call):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Fake:
    """Parent of the fake platforms. A subclass writes ``routes``, ``live`` and what else differs.

    Attributes:
        url: base address, without a slash at the end.
        ledger: every request in its order, calls for a token included.
        subscribers: what the platform holds; judged by the tests, never by a gateway.
        secrets: values that the platform handed out and that no log may show (tokens, codes).
        struck: how many calls went wrong as they were told to; distorted: how many answers were changed.
    """

    def __init__(self) -> None:
        self.ledger: list[Call] = []
        self.subscribers: dict[str, Any] = {}
        self.secrets: list[str] = []
        self.lock = threading.RLock()
        self.struck = 0
        self.distorted = 0
        self._faults: list[_Fault] = []
        self._closed = threading.Event()
        app = Flask(type(self).__name__)
        app.before_request(self._before)
        app.after_request(self._after)
        self.routes(app)
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        self.application = app
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        # A short poll: closing waits for it.
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._closed.set()
        self._server.shutdown()

    def close(self) -> None:
        """Give the port back, where it was never entered."""
        self._server.server_close()

    def routes(self, app: Flask) -> None:
        """Add the platform's routes."""
        raise NotImplementedError

    def live(self, who: str, product: str) -> int:
        """Return how many accounts or subscriptions somebody has there, suspended ones included."""
        raise NotImplementedError

    def state(self, who: str, product: str) -> str:
        """Return ``active``, ``suspended``, ``pending`` or ``absent``, as the platform sees it."""
        raise NotImplementedError

    def is_token_call(self, call: Call) -> bool:
        """Tell whether a call only asks for credentials."""
        return False

    def is_change(self, call: Call) -> bool:
        """Tell whether a call may change something; override where the method does not tell."""
        return not self.is_token_call(call) and call.method not in ("GET", "HEAD")

    def is_read(self, call: Call) -> bool:
        """Tell whether a call only reads accounts."""
        return not self.is_token_call(call) and not self.is_change(call)

    def other_subscriber(self, data: Any) -> Any:
        """Return an answer that is about somebody else; unchanged where it names nobody."""
        return data

    def half(self, data: Any) -> Any:
        """Return an answer to a listing of which a part is lost."""
        return data

    def strange_state(self, who: str, product: str) -> None:
        """Give an account a status word that nobody has heard of; override where there are words."""
        raise NotImplementedError

    def misbehave(
        self,
        kind: int | str,
        *,
        on: Callable[[Call], bool] | None = None,
        times: int = 1,
        skip: int = 0,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let the next calls go wrong.

        Args:
            kind: a status (no effect; ``body``, or what it makes of the call, and ``headers`` are its answer),
                ``hang_before`` (no effect, no answer), ``hang_after`` (effect, no answer), ``html`` (200, no effect),
                ``truncated`` (effect, half a body), ``reset`` (effect, connection lost), ``other`` (effect, the
                answer is about somebody else), ``half`` (a part of the listing is lost).
            on: which calls; all but those for a token.
            times: how many of them; -1 = all from now on.
            skip: how many of them go well first.
        """
        on = on or (lambda call: not self.is_token_call(call))
        self._faults.append(_Fault(kind, on, times, skip, body, headers or {}))

    def behave(self) -> None:
        """Forget all faults that were ordered."""
        self._faults.clear()

    def calls(self, wanted: Callable[[Call], bool]) -> list[Call]:
        """Return the calls of the ledger that are wanted."""
        return [call for call in self.ledger if wanted(call)]

    def _before(self) -> Response | None:
        call = Call(
            request.method, request.path, request.args.to_dict(), request.form.to_dict(),
            request.get_json(silent=True), {name.lower(): value for name, value in request.headers.items()},
        )  # fmt: skip
        with self.lock:
            self.ledger.append(call)
            fault = next((fault for fault in self._faults if fault.strikes(call)), None)
            self.struck += fault is not None
        request.environ["fault"] = fault
        if fault is None:
            return None
        if isinstance(fault.kind, int):
            return _answer(fault.kind, fault.body(call) if callable(fault.body) else fault.body, fault.headers)
        if fault.kind == "html":
            return Response("<!doctype html><title>Log in</title><form></form>", 200, content_type="text/html")
        return self._drop() if fault.kind == "hang_before" and self._hang() else None

    def _after(self, response: Response) -> Response:
        fault = request.environ.get("fault")
        kind = fault.kind if fault is not None else ""
        if kind == "hang_after":
            self._hang()
        if kind in ("hang_after", "reset"):
            return self._drop()
        if kind == "truncated":
            whole = response.get_data()
            response.set_data(whole[: len(whole) // 2 + 1] if len(whole) > 2 else b'{"a')
        if kind in ("other", "half"):
            self._distort(response, self.other_subscriber if kind == "other" else self.half)
        return response

    def _distort(self, response: Response, change: Callable[[Any], Any]) -> None:
        data = response.get_json(silent=True)
        changed = change(json.loads(json.dumps(data)))
        self.distorted += changed != data
        response.set_data(json.dumps(changed))

    def _hang(self) -> bool:
        return self._closed.wait(_LONGEST_HANG_S) or True

    def _drop(self) -> Response:
        """Close the connection without a word; what is returned reaches nobody."""
        peer: socket.socket = request.environ["werkzeug.socket"]
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_RDWR)
        return Response(status=500)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """A peer that has gone is what these tests are about."""


def _answer(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    data = {"error": f"status {status}"} if body is None else body
    text = data if isinstance(data, str) else json.dumps(data)
    return Response(text, status, dict(headers), content_type="application/json")
