"""A connection over which a request comes drop by drop ends; waitress lets each drop begin its patience anew."""

from typing import Any

from waitress.channel import HTTPChannel

# From the first byte, or from the connection where none comes; what a program sends is there in one piece.
HEADERS_S = 30
# 20 MB over a line of 300 kbit/s.
WHOLE_S = 600


class DeadlineChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests must be whole in time. Closing is the work of the server's own cleaning."""

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        super().__init__(server, sock, addr, adj, map=map)
        self._begun = float(self.creation_time)
        self._ends_at(self._begun + HEADERS_S)

    def received(self, data: bytes) -> Any:
        """Take bytes, and begin no new patience while they are not yet a request."""
        if self.request is None:
            self._begun = float(self.last_activity)
        taken = super().received(data)
        unfinished = self.request
        if unfinished is not None:
            self._ends_at(self._begun + (WHOLE_S if unfinished.headers_finished else HEADERS_S))
        return taken

    def _ends_at(self, deadline: float) -> None:
        """Let the server's cleaning, which counts from the last activity, close this connection then at the latest."""
        self.last_activity = min(self.last_activity, deadline - self.adj.channel_timeout)
