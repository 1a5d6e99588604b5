"""``make screenshots``: pictures of every page for the guide, wide and narrow, light and dark, from a prepared hub.

One state of each page is taken, and each that the guide shows. They fill ``docs/guia/img``. Given names, only those
places are taken anew, in any state (``... shots customers 'run*'``).
"""

import base64
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from tests.journeys import shots_data
from tests.journeys.browser import ROOT, chromium, serving
from tests.journeys.quality import SETUP_LINK, environment, tour
from tests.journeys.shots_hub import SEED, hold_still
from tests.web.pages import ALL_PLACES, Place
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.web.guide_text import GUIDE, IMAGES, NARROW, WIDE

QUALITY = 32
# A wide page is drawn smaller: the guide shows it in a column, and all pictures together must fit into a repository.
SCALE = {WIDE: 0.7, NARROW: 1}
REFUSED = 422
HOST = "sintonia.example.com"
# Shown on a page; the hub's own folder bears another name each time.
COPIES = Path(tempfile.gettempdir()) / "sintonia-copias"
FOUR = tuple((size, theme) for size in (WIDE, NARROW) for theme in ("light", "dark"))
# Where the page stops moving. The caret of a field comes and goes; the line that leads back to the first steps stands
# on each page of whoever is taking them; each answer has a number of its own: none of it is shown.
SETTLE = """async () => {
    document.documentElement.style.caretColor = 'transparent';
    document.getElementById('toasts')?.replaceChildren();
    document.querySelectorAll('.request-id').forEach(one => { one.textContent = '3f9a-21c4'; });
    document.querySelector('.alert a[href="/first-steps"]')?.closest('.alert').remove();
    await document.fonts.ready;
    // What htmx brings in after the page has come, as the preview of a sale.
    const until = performance.now() + 3000;
    while (performance.now() < until && document.querySelector('.htmx-request, .htmx-settling')) {
        await new Promise(done => setTimeout(done, 20));
    }
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


class Photographer:
    """Takes the pictures that are wanted of each place.

    Attributes:
        wanted: patterns of the names of places.
    """

    def __init__(self, wanted: Sequence[str]) -> None:
        self.wanted = wanted
        self.taken: set[str] = set()

    def take(self, page: Page, place: Place) -> None:
        """Save ``<place>-<width>-<theme>.webp`` for each variant."""
        if not any(fnmatch(place.name, pattern) for pattern in self.wanted):
            return
        session = page.context.new_cdp_session(page)
        for size, theme in FOUR:
            width, height = size
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(SETTLE)
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": SCALE[size]}
            shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip})
            name = f"{place.name}-{width}-{theme}.webp"
            (IMAGES / name).write_bytes(base64.b64decode(shot["data"]))
            self.taken.add(name)
        session.detach()


def of_each_page(adapter: MapAdapter) -> Iterator[str]:
    """Yield the first place of each endpoint: that is the page as one mostly sees it. A refused form is no page."""
    seen: set[str] = set()
    for place in sorted(ALL_PLACES, key=lambda one: one.data is not None):
        if place.status == REFUSED:
            continue
        path = re.sub(r"\{\w+\}", "1", place.address).partition("?")[0]
        try:
            endpoint = adapter.match(path, method="GET" if place.data is None else "POST")[0]
        except HTTPException:
            endpoint = place.name
        if endpoint not in seen:
            seen.add(endpoint)
            yield place.name


def of_the_guide() -> Iterator[str]:
    """Yield the places that the guide shows."""
    for path in GUIDE.glob("*.md"):
        yield from re.findall(r"\(img/([a-z0-9-]+)-\d+-light\.webp\)", path.read_text("utf-8"))


@contextmanager
def still_hub(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """The prepared hub with people who could be real, at a time that does not pass."""
    app = create_app(load_settings(environment(folder)))
    with app.app_context():
        shots_data.furnish()
        db.session.remove()
        db.engine.dispose()
    command = ("serve", "--role", "web", "--port", str(port))
    with serving(folder, *command, wanted=SETUP_LINK, program="tests.journeys.shots_hub") as found:
        yield f"http://{HOST}", found[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main(wanted: Sequence[str]) -> int:
    """Take the pictures; tell how many and how large they are, and what was wrong with a page."""
    hold_still(SEED + 1)
    shots_data.name_well()
    IMAGES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    COPIES.mkdir(exist_ok=True)
    os.environ |= {"SINTONIA_BASE_URL": f"http://{HOST}", "SINTONIA_BACKUP_DIR": str(COPIES)}
    with (
        tempfile.TemporaryDirectory(prefix="sintonia-shots-") as folder,
        chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}") as browser,
    ):
        app = create_app(load_settings(environment(Path(folder))))
        camera = Photographer(wanted or [*of_each_page(app.url_map.bind("localhost")), *of_the_guide()])
        with tour(browser, Path(folder), camera.take, hub=lambda place: still_hub(place, port)) as there:
            troubles = there.troubles
    if not wanted:
        _remove_others(camera.taken)
    size = sum(path.stat().st_size for path in IMAGES.glob("*.webp"))
    sys.stdout.write(f"{len(camera.taken)} pictures taken; {size / 1e6:.1f} MB in {IMAGES.relative_to(ROOT)}\n")
    sys.stdout.writelines(f"{text}\n" for text in troubles)
    return 1 if troubles else 0


def _remove_others(taken: set[str]) -> None:
    """A page that is gone leaves no picture behind."""
    for path in IMAGES.glob("*.webp"):
        if path.name not in taken:
            path.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
