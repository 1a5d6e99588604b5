"""What axe says about one page after the other: every rule on each, and each pairing of colours once."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# ``make barriers``: every rule on every page in both looks, and the colours of every text.
THOROUGH = bool(os.environ.get("SINTONIA_BARRIERS"))
OWN_SCRIPTS = ("barriers.js", "clipped.js")
SCRIPT = "\n".join([AXE_SCRIPT, *(Path(__file__).with_name(name).read_text("utf-8") for name in OWN_SCRIPTS)])
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"type": "tag", "values": TAGS}
# What a theme or a width decides; names, roles, headings and labels are the same in each.
OF_THE_LOOK = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"],
}


class Barriers:
    """Remembers what was measured: pairings of colours, the frame of all pages, the kinds of menu."""

    def __init__(self) -> None:
        self._known: dict[object, set[str]] = defaultdict(set)

    def ask(self, page: Page, look: object, rules: dict[str, Any], within: str = "") -> tuple[list[str], int]:
        """Return what axe finds on the page, or in a part of it, as it stands, and how wide the page is.

        Args:
            look: width and theme; what was measured in one says nothing about another.
            within: a selector; empty = the whole page.
        """
        known = self._known[look]
        found, measured, width = page.evaluate("all => barriers(...all)", [within, rules, sorted(known)])
        if not THOROUGH:
            known.update(measured)
        return [f"{rule}: {html} {' '.join(summary.split())[:240]}" for rule, html, summary in found], width


def accessibility(page: Page, within: str = "") -> list[str]:
    """Return what axe finds on the page as it stands, or in a part of it, whatever was measured before."""
    if not page.evaluate("typeof window.barriers === 'function'"):
        page.evaluate(f"() => {{ {SCRIPT} }}")
    return Barriers().ask(page, "", EVERYTHING, within)[0]
