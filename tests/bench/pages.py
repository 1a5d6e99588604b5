"""How long pages take, with few and with many customers, through the real server; and the same list in Flask-Admin."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from tests.bench import addresses
from tests.bench.provider import EMAIL, PASSWORD, fill
from tests.bench.site import Site, free_port, serving
from tests.fixtures.people import signed_in
from tests.web.test_queries import ask
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models.operator import ADMIN

SIZES = (1_000, 100_000)
# Forty of each, in four rounds, so that a p95 is no chance; about four minutes on a quiet machine of two cores.
ROUNDS, REQUESTS, WARM_UP = 4, 10, 1
MARK, MOST_QUERIES, NOT_SLOWER = 1.5, 10, 1.0
HUB, BESIDE = "hub", "Flask-Admin"
Progress = Callable[[], None]


@dataclass
class Times:
    """Milliseconds of every request of one page on one size, all rounds together.

    Attributes:
        side: ``HUB`` or ``BESIDE``.
        queries: how often the page asked the database; None = not counted.
        ms: as the browser waited; ``cpu_ms``: what the server worked for it, which a busy machine hardly changes.
    """

    page: str
    size: int
    side: str = HUB
    queries: int | None = None
    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        return median(self.ms)

    @property
    def p95_ms(self) -> float:
        return quantiles(self.ms, n=20)[-1]

    @property
    def cpu_p50_ms(self) -> float:
        return median(self.cpu_ms)

    @property
    def cpu_p95_ms(self) -> float:
        return quantiles(self.cpu_ms, n=20)[-1]


@dataclass
class Stand:
    """One side with so many customers: a server, a browser before it, and what is asked of it."""

    site: Site
    asked: dict[str, str]
    times: dict[str, Times]

    def ask(self, page: str) -> None:
        """Ask for a page once, and note how long it took."""
        times, worked, start = self.times[page], self.site.cpu_ms(), time.perf_counter()
        self.site.get(self.asked[page])
        times.ms.append((time.perf_counter() - start) * 1000)
        times.cpu_ms.append(self.site.cpu_ms() - worked)


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(SIZES) + ROUNDS


def measure(progress: Progress) -> tuple[list[Times], dict[int, float]]:
    """Return times by page, size and side, and the hub's resident megabytes by size."""
    memory: dict[int, float] = {}
    with ExitStack() as stack:
        stands: list[Stand] = []
        for size in SIZES:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
            stands += stack.enter_context(both(folder, size, fill(folder, size)))
            progress()
        for _ in range(ROUNDS):
            _round(stands)
            progress()
        for stand in stands:
            size, side = next((one.size, one.side) for one in stand.times.values())
            if side == HUB:
                memory[size] = stand.site.memory_mb()
        return [times for stand in stands for times in stand.times.values()], memory


def _round(stands: list[Stand]) -> None:
    """One page after the other; each is asked of all sides in turn, so that what slows one slows the others."""
    for page in dict.fromkeys(page for stand in stands for page in stand.asked):
        asked = [stand for stand in stands if page in stand.asked]
        for stand in asked:
            for _ in range(WARM_UP):
                stand.site.get(stand.asked[page])
        for _ in range(REQUESTS):
            for stand in asked:
                stand.ask(page)


@contextmanager
def both(folder: Path, size: int, document: str) -> Iterator[list[Stand]]:
    """Serve a filled folder by the hub, and by Flask-Admin where that is installed."""
    asked = addresses.ours(size, document)
    queries = _counted(folder, asked)
    with ExitStack() as stack:
        site = stack.enter_context(hub(folder))
        stands = [Stand(site, asked, {page: Times(page, size, HUB, queries[page]) for page in asked})]
        if find_spec("flask_admin"):
            site, asked = stack.enter_context(_beside(folder)), addresses.theirs(document)
            stands.append(Stand(site, asked, {page: Times(page, size, BESIDE) for page in asked}))
        yield stands


@contextmanager
def hub(folder: Path) -> Iterator[Site]:
    """Serve the pages of a filled folder, signed in; what waits there goes on waiting."""
    port = free_port()
    with serving(folder, ("webapp", "serve", "--role", "web", "--port", str(port)), port) as site:
        site.sign_in("/login", EMAIL, PASSWORD)
        yield site


@contextmanager
def _beside(folder: Path) -> Iterator[Site]:
    port = free_port()
    with serving(folder, ("tests.bench.flask_admin_side", str(port)), port) as site:
        site.sign_in("/login", EMAIL, PASSWORD, answer=200)
        yield site


def _counted(folder: Path, asked: dict[str, str]) -> dict[str, int]:
    """Return how often each page asks the database."""
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True)
    with app.app_context():
        browser = signed_in(app, ADMIN)
        found = {page: len(ask(browser, path)) for page, path in asked.items()}
        db.session.remove()
        db.engine.dispose()
    return found
