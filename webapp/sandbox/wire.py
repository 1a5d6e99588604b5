"""HTTP/1.1 with keep-alive on asyncio streams: as little of it as a fake platform needs.

One thread serves all connections, so nothing here or above needs a lock. A request that has
arrived is worked to its end even if the caller has gone: as on a real platform, its effect
stays.
"""

import asyncio
import json
import socket
import struct
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

BACKLOG = 1024
REASONS = {status.value: status.phrase for status in HTTPStatus}
LINGER_NOTHING = struct.pack("ii", 1, 0)
STREAM_CHUNK = b"x" * 65_536


@dataclass(slots=True)
class Request:
    """What a caller sent. Header names are lower case; ``target`` is the path with its query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def segments(self) -> list[str]:
        path = self.target.partition("?")[0]
        return [unquote(part) if "%" in part else part for part in path.split("/") if part]

    @property
    def query(self) -> dict[str, str]:
        query = self.target.partition("?")[2]
        return dict(parse_qsl(query, keep_blank_values=True)) if query else {}

    def json(self) -> Any:
        """Return the body as JSON, {} when there is none; ValueError when it is not JSON."""
        return json.loads(self.body) if self.body else {}


@dataclass(slots=True)
class Answer:
    """What goes back, and how badly.

    Attributes:
        reset: send nothing and reset the connection.
        byte_delay_s: pause after each byte of the body.
        cut: announce the whole body, send half of it and hang up.
        stream_bytes: send that many bytes of filling in place of the body.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    reset: bool = False
    byte_delay_s: float = 0.0
    cut: bool = False
    stream_bytes: int = 0


Route = Callable[[Request], Awaitable[Answer]]


def json_answer(status: int, body: Any) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


async def start(host: str, port: int, route: Route) -> asyncio.Server:
    """Listen and serve; port 0 takes a free one.

    Raises:
        OSError: the port is taken; choose another.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await speak(reader, writer, route)

    return await asyncio.start_server(connected, host, port, backlog=BACKLOG)


async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, route: Route) -> None:
    """Answer one connection until it ends."""
    try:
        while await _serve_one(reader, writer, route):
            pass
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        pass  # The caller hung up, or does not speak HTTP.
    except asyncio.CancelledError:
        pass  # The end of the process; Python 3.11 would report it as an error of ours.
    finally:
        writer.close()


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, route: Route) -> bool:
    """Answer one request; tell whether the connection goes on."""
    request = await _read(reader)
    if request is None:
        await _write(writer, json_answer(400, {"error": "bad_request"}))
        return False
    answer = await _ask(route, request)
    if answer.reset:
        _reset(writer)
        return False
    await _write(writer, answer)
    return not answer.cut and request.headers.get("connection", "").lower() != "close"


async def _ask(route: Route, request: Request) -> Answer:
    try:
        return await route(request)
    except Exception:
        # A fault of the sandbox itself must be told from the faults that it plays.
        sys.stderr.write(traceback.format_exc())
        return json_answer(500, {"error": "sandbox_bug"})


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    parts = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = headers.get("content-length", "0")
    if len(parts) != 3 or not length.isdecimal() or "transfer-encoding" in headers:
        return None
    body = await reader.readexactly(int(length)) if length != "0" else b""
    return Request(parts[0], parts[1], headers, body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    length = answer.stream_bytes or len(answer.body)
    lines = [
        f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    if answer.stream_bytes:
        await _write_filling(writer, head, answer.stream_bytes)
    elif answer.byte_delay_s:
        await _write_slowly(writer, head, answer.body, answer.byte_delay_s)
    else:
        writer.write(head + (answer.body[: length // 2] if answer.cut else answer.body))
        await writer.drain()


async def _write_filling(writer: asyncio.StreamWriter, head: bytes, size: int) -> None:
    writer.write(head)
    for start_at in range(0, size, len(STREAM_CHUNK)):
        writer.write(STREAM_CHUNK[: size - start_at])
        await writer.drain()


async def _write_slowly(writer: asyncio.StreamWriter, head: bytes, body: bytes, pause_s: float) -> None:
    writer.write(head)
    for number in body:
        writer.write(bytes((number,)))
        await writer.drain()
        await asyncio.sleep(pause_s)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the caller sees "connection reset by peer", not an orderly end."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOTHING)
    writer.transport.abort()
