"""The way to the practice platform: a pair of sockets inside the process, and one thread that answers on them."""

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial

from sqlalchemy import Engine

from webapp.sandbox.wire import Answer, Request, speak
from webapp.services.practice.memory import answer

KEY = "practice"
# A name that can never belong to anybody (RFC 2606), so what is kept of a call says at once what it was.
HOST, PORT = "pratica.invalid", 80


class _Exchange:
    """The thread that answers for all practice platforms of this process; it begins with the first call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        # A loop only knows its tasks weakly: nobody else would hold one that waits for the next call.
        self._answering: set[Future[None]] = set()

    def call(self, engine: Engine, integration_id: int) -> socket.socket:
        """Return the caller's end of a new connection."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        answering = asyncio.run_coroutine_threadsafe(_answer_on(theirs, engine, integration_id), self._running())
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        return ours

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="practice", daemon=True).start()
            return self._loop


_EXCHANGE = _Exchange()


def lines(key: str, engine: Engine, integration_id: int) -> Mapping[tuple[str, int], Callable[[], socket.socket]]:
    """Return the names that lead into this process for an integration: one for a practice platform, else none.

    Args:
        key: of the integration's gateway.
    """
    return {(HOST, PORT): partial(_EXCHANGE.call, engine, integration_id)} if key == KEY else {}


async def _answer_on(theirs: socket.socket, engine: Engine, integration_id: int) -> None:
    async def route(request: Request) -> Answer:
        return answer(engine, integration_id, request)

    reader, writer = await asyncio.open_connection(sock=theirs)
    await speak(reader, writer, route)
