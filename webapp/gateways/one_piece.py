"""Plain calls in one piece each way: head and body leave together, and nearly every answer comes so.

The library writes and reads them line by line; at a thousand deliveries a second that was what a processor did most.
Here goes only what leaves no question. Whatever is not plain (a body in chunks or compressed, a head that is not
whole, a line that could be read in two ways, a connection about to close) the library reads, from its first byte.
"""

import re
from collections.abc import Callable, Mapping
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any

from urllib3 import HTTPHeaderDict
from urllib3.connectionpool import HTTPConnectionPool

# What comes in more pieces, or has more lines, is no plain answer.
PIECE_BYTES, MOST_PIECES, MOST_LINES = 16_384, 4, 100
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_TOKEN = r"[\w!#$%&'*+.^`|~-]+"
_TARGET = re.compile(r"/[!-~]*")
_SENT_LINES = re.compile(rf"(?:{_TOKEN}: [\t -~\x80-\xff]*\r\n)*", re.ASCII)
_HEAD = re.compile(rf"HTTP/1\.1 ([2-5]\d\d)(?: ([ -~]*))?\r\n((?:{_TOKEN}:[\t -~\x80-\xff]*\r\n)+)", re.ASCII)
_END = b"\r\n\r\n"
# Only the library knows what these make of a body or a connection.
_NOT_PLAIN = frozenset({"transfer-encoding", "content-encoding", "connection", "keep-alive", "upgrade", "trailer"})


# Whose they are: said here once, or by the library.
_OURS = frozenset({"host", "transfer-encoding", "connection", "expect"})


class OnePiece:
    """A plain answer that has come whole: what the library's pool and adapter ask of one, and no more.

    Attributes:
        length_remaining: of the body.
    """

    version_string = "HTTP/1.1"
    retries: Any = None
    # Set by the pool.
    _connection: Any = None
    _pool: HTTPConnectionPool | None = None

    def __init__(self, status: int, reason: str, headers: HTTPHeaderDict, length: int) -> None:
        """Take over what the head says; the body comes later."""
        self.status, self.reason, self.headers, self.length_remaining = status, reason, headers, length
        self.body = b""

    def read(self, amount: int | None = None, decode_content: bool | None = None) -> bytes:
        """Return the body, or its beginning; there is nothing to decode."""
        return self.body if amount is None else self.body[:amount]

    def release_conn(self) -> None:
        """Give the connection back to its pool."""
        connection, self._connection = self._connection, None
        if self._pool is not None and connection is not None:
            self._pool._put_conn(connection)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


class Begun:
    """A socket of which something was read already: whoever reads from it begins with that."""

    def __init__(self, sock: socket, read: bytes) -> None:
        """Take over the socket; only ``makefile`` is asked of it."""
        self._sock, self._read = sock, read

    def makefile(self, mode: str) -> BufferedReader:
        """Return a stream of everything, for reading."""
        return BufferedReader(_Replay(self._read, self._sock.makefile("rb", buffering=0)))


class _Replay(RawIOBase):
    def __init__(self, read: bytes, stream: RawIOBase) -> None:
        self._read, self._stream = read, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._read:
            return self._stream.readinto(buffer)
        part, self._read = self._read[: len(buffer)], self._read[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._stream.close()
        super().close()


def merged(ours: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to send: a request's own in place of ours, in whatever case their names are."""
    last = {name.lower(): (name, value) for name, value in own.items()}
    return {**{name: value for name, value in ours.items() if name.lower() not in last}, **dict(last.values())}


def head_of(method: str, target: str, host: str, headers: Mapping[str, str]) -> bytes | None:
    """Return the head of a request; None = one that is not plain, or that the library will refuse.

    Args:
        host: for the header of that name.
    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if method not in _METHODS or not _TARGET.fullmatch(target) or not _SENT_LINES.fullmatch(lines):
        return None
    # One line for each: no value holds a line break, and so a header of its own.
    if lines.count("\n") != len(headers) or not _OURS.isdisjoint(map(str.lower, headers)):
        return None
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode("latin-1")


def read_answer(receive: Callable[[int], bytes]) -> tuple[OnePiece | None, bytes]:
    """Return a plain answer; or None, and the bytes that were read, with which the library goes on.

    Args:
        receive: a socket's.
    """
    read = b""
    for _ in range(MOST_PIECES):
        piece = receive(PIECE_BYTES)
        read += piece
        head, end, body = read.partition(_END)
        if not piece:
            break
        answer = _understood(head) if end else None
        if end and (answer is None or len(body) > answer.length_remaining):
            break
        if answer is not None and len(body) == answer.length_remaining:
            answer.body = body
            return answer, b""
    return None, read


def _understood(head: bytes) -> OnePiece | None:
    """Return what a head says; None when it leaves a question."""
    found = _HEAD.fullmatch(head.decode("latin-1") + "\r\n")
    if found is None:
        return None
    lines = found[3].split("\r\n")[:-1]
    headers = HTTPHeaderDict()
    names = set()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name] = value.strip(" \t")
        names.add(name.lower())
    if len(names) != len(lines) or len(lines) > MOST_LINES or not names.isdisjoint(_NOT_PLAIN):
        return None
    length = _length(int(found[1]), headers)
    return OnePiece(int(found[1]), found[2] or "", headers, length) if length is not None else None


def _length(status: int, headers: Mapping[str, str]) -> int | None:
    """Return how long the body is; None where it is not said, or the status says otherwise."""
    said = headers.get("content-length")
    if status == 204:
        return 0 if said in (None, "0") else None
    plain = said is not None and status != 304 and said.isascii() and said.isdecimal() and len(said) < 8
    return int(said) if plain and said is not None else None
