"""A mail server on loopback that takes everything and remembers to whom it went."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Letters:
    """What came in: recipients and whole texts."""

    port: int
    to: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[Letters]:
    """Serve until the block ends."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        letters = Letters(server.server_address[1])
        server.letters = letters  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield letters
        server.shutdown()
        thread.join()


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        letters: Letters = self.server.letters  # type: ignore[attr-defined]
        self._say("220 here")
        for line in self.rfile:
            word = line.decode().strip()
            if word.upper() == "DATA":
                self._say("354 go on")
                letters.texts.append(self._text())
            elif word.upper().startswith("RCPT"):
                letters.to.append(word.partition("<")[2].partition(">")[0])
            self._say("221 bye" if word.upper() == "QUIT" else "250 ok")

    def _text(self) -> str:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
