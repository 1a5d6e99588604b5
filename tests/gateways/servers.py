"""Loopback servers that misbehave on purpose, byte by byte."""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Responder = Callable[[socket.socket, bytes], object]
_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


class LoopbackServer:
    """Answers each request by ``respond(connection, raw_request)``; a ``False`` closes the connection."""

    def __init__(self, respond: Responder, context: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.connections = 0
        self.requests: list[bytes] = []
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        # Closing alone would leave the port open for as long as a thread waits in accept.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection:
                peer = self._context.wrap_socket(connection, server_side=True) if self._context else connection
                while (raw := _read_request(peer)) and self._answer(peer, raw) is not False:
                    pass
        except OSError:
            return

    def _answer(self, peer: socket.socket, raw: bytes) -> object:
        self.requests.append(raw)
        return self.respond(peer, raw)


def _read_request(peer: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = peer.recv(65536)
        if not piece:
            return b""
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    wanted = int(found.group(1)) if found else 0
    while len(body) < wanted:
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


def http(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole answer with its length."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def always(answer: bytes) -> Responder:
    """Return a responder that says the same every time and keeps the connection."""
    return lambda peer, raw: peer.sendall(answer)
