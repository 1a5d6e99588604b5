"""``make screenshots``: a picture of every page, wide and narrow, light and dark, from a prepared hub."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.browser import ROOT, chromium
from tests.journeys.quality import NARROW, WIDE, show, tour
from tests.web.pages import Place

FOLDER = ROOT / "build" / "screenshots"
MODES = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "dark"), (NARROW, "light"))


def take(page: Page, place: Place) -> None:
    """Save the page in each mode as ``<page>-<width>-<theme>.png``."""
    for width, theme in MODES:
        show(page, width, theme)
        page.screenshot(path=FOLDER / f"{place.name}-{width}-{theme}.png", full_page=True)
    show(page, WIDE, "light")


def main() -> int:
    """Take all pictures; tell where they are, and what was wrong with a page."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory(prefix="sintonia-shots-") as folder,
        chromium() as browser,
        tour(browser, Path(folder), take) as there,
    ):
        troubles = there.troubles
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER.relative_to(ROOT)}\n")
    sys.stdout.writelines(f"{text}\n" for text in troubles)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
