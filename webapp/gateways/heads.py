"""An answer whose head was cut off is no answer, although the library takes what came for the whole.

``http.client`` reads header lines until an empty one, and takes the end of the connection for one. Without the line
that says how long the body is, a broken answer then looks like a 200 with nothing in it.
"""

from http.client import HTTPException, HTTPResponse
from typing import IO, Any

_BLANK = frozenset({b"\r\n", b"\n"})


class HeadCutOff(HTTPException):
    """The connection ended within the head: whether anything was done is not known."""


class WholeHead(HTTPResponse):
    """Refuses an answer whose head did not come to its end."""

    def begin(self) -> None:
        """Read status and headers.

        Raises:
            HeadCutOff: treat it as a connection that was lost.
        """
        if getattr(self, "headers", None) is not None:
            return
        lines = _Lines(self.fp)
        self.fp: Any = lines
        try:
            super().begin()
        finally:
            # A body of no bytes is closed at once.
            self.fp = lines.stream if self.fp is lines else self.fp
        if lines.last not in _BLANK:
            self.close()
            raise HeadCutOff("the head of the answer was cut off")


class _Lines:
    """Remembers the last line that was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.stream.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
