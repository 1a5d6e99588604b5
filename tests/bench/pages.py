"""How long pages take, with few and with many customers, through the real server."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote, urlencode

from tests.bench.seed import add_customers, open_shop
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Customer
from webapp.schema import migrate_database
from webapp.services.operators import create_operator

SIZES = (1_000, 100_000)
ROUNDS, REQUESTS, WARM_UP = 3, 30, 3
START_S, STOP_S = 60, 15
EMAIL, PASSWORD = "bench@example.com", "quatro girafas no telhado"
NOWHERE = "http://127.0.0.1:9/hook"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
Progress = Callable[[], None]


@dataclass
class Times:
    """Milliseconds of every request of one page on one size, all rounds together."""

    page: str
    size: int
    ms: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        return median(self.ms)

    @property
    def p95_ms(self) -> float:
        return quantiles(self.ms, n=20)[-1]


@dataclass
class Server:
    """A running hub and a signed-in browser on one connection."""

    size: int
    pid: int
    connection: http.client.HTTPConnection
    document: str
    cookies: dict[str, str] = field(default_factory=dict)
    rss_mb: list[float] = field(default_factory=list)

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "customers, first page": "/customers",
            "search, common word": "/customers?q=almeida",
            "search, two words": "/customers?q=" + quote("joão siqueira"),
            "search, document": f"/customers?q={self.document}",
            "search, nobody": "/customers?q=xyzzy",
            "list by code, from its end": "/customers?sort=-code",
            "list by e-mail": "/customers?sort=email",
            "list, a status": "/customers?status=servico_habilitado",
            "list, nobody has the status": "/customers?status=suspenso_debito",
            "list, without an active service": "/customers?active=inactive",
            "list, needs a person": "/customers?account=person",
            "list, pays and cannot watch": "/customers?account=unserved",
            "list, a plan and a platform": "/customers?plan=1&integration=1&account=active",
            "one customer": f"/customers/{self.size // 2}",
            "dashboard": "/",
        }

    def get(self, address: str) -> bytes:
        """Fetch a page; anything but 200 is a fault of the bench."""
        return self._ask("GET", address, None, {}, 200)

    def sign_in(self) -> None:
        found = TOKEN.search(self.get("/login").decode())
        assert found, "the sign-in page has no token"
        form = urlencode({"csrf_token": found.group(1), "email": EMAIL, "password": PASSWORD})
        self._ask("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"}, 303)

    def note_memory(self) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        self.rss_mb.append(int(found.group(1)) / 1024 if found else 0.0)

    def _ask(self, method: str, address: str, body: str | None, headers: dict[str, str], wanted: int) -> bytes:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, address, body, {**headers, "Cookie": jar} if jar else headers)
        response = self.connection.getresponse()
        content = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        assert response.status == wanted, f"{address}: {response.status}"
        return content


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(SIZES) + ROUNDS


def measure(progress: Progress) -> tuple[list[Times], dict[int, float]]:
    """Return times by page and size, and the server's resident megabytes by size."""
    with ExitStack() as stack:
        servers = []
        for size in SIZES:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            document = _fill(folder, size)
            servers.append(stack.enter_context(_serving(folder, size, document)))
            progress()
        times = {(page, server.size): Times(page, server.size) for server in servers for page in server.addresses}
        for _ in range(ROUNDS):
            _round(servers, times)
            progress()
        return list(times.values()), {server.size: max(server.rss_mb) for server in servers}


def _round(servers: list[Server], times: dict[tuple[str, int], Times]) -> None:
    for page in servers[0].addresses:
        for server in servers:
            for _ in range(WARM_UP):
                server.get(server.addresses[page])
        for _ in range(REQUESTS):
            for server in servers:
                start = time.perf_counter()
                server.get(server.addresses[page])
                times[page, server.size].ms.append((time.perf_counter() - start) * 1000)
    for server in servers:
        server.note_memory()


def _fill(folder: Path, size: int) -> str:
    """Make a hub of that size; returns the document of one of its customers."""
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}))
    with app.app_context():
        migrate_database(db.engine)
        create_operator(EMAIL, PASSWORD, "admin", "Bench")
        shop = open_shop("Clube de Livros", "outros", {"url": NOWHERE}, "generico", 8)
        add_customers(shop, size, 1, due=False)
        document = str(db.session.get_one(Customer, size // 2).document)
        db.session.remove()
        db.engine.dispose()
    return document


@contextmanager
def _serving(folder: Path, size: int, document: str) -> Iterator[Server]:
    port = _free_port()
    environment = {**os.environ, "SINTONIA_INSTANCE": str(folder)}
    command = [sys.executable, "-m", "webapp", "serve", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "server.log")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        server = Server(size, process.pid, connection, document)
        server.sign_in()
        yield server
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server does not answer:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
