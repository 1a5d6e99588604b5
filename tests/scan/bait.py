"""An address that nobody has allowed: whoever comes there was sent by the hub, or is the scanner that asks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Of loopback, and not the one that the demonstration allows itself.
HOST = "127.0.0.2"
SCANNER_ASKS = ("/get_ssrf.php", "/get_xxe.php")


class Bait:
    """Where it is, and which requests came there."""

    def __init__(self, port: int) -> None:
        self.address = f"http://{HOST}:{port}/"
        self.taken: list[str] = []


@contextmanager
def laid() -> Iterator[Bait]:
    """Listen until the end of the block."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(SCANNER_ASKS):
                bait.taken.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_rest: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer((HOST, 0), Answer)
    bait = Bait(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield bait
    finally:
        server.shutdown()
        server.server_close()
