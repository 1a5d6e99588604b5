"""A real hub as a process, a real browser before it, and somebody who watches what the browser complains of."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.harness.zygote import Forked

ROOT = Path(__file__).resolve().parents[2]
# The same engine without the windows of a desktop, where it is installed: nearly half of the work is saved.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Ceilings, no expectations: on a machine with ten other things to do, a hub takes half a minute to begin.
START_S, STOP_S = 300.0, 120.0
TIMEOUT_S, STATE_S = 30.0, 60.0
# Its own five seconds are no more than the start of a page on a busy machine.
expect.set_options(timeout=TIMEOUT_S * 1000)
PHONE_PX = 992
WIDE, NARROW = 1280, 390
AS_SHOWN = """() => {
    const page = document.documentElement;
    return [page.scrollWidth, page.lang, page.outerHTML];
}"""
# How htmx marks what it asks for, swaps in, or has not yet finished swapping in.
BEING_RENEWED = ".htmx-request:not([data-polls]), .htmx-swapping, .htmx-settling"
# The browser itself says what the content policy stopped; this says it where we listen.
REPORT_POLICY = """document.addEventListener('securitypolicyviolation',
    event => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))"""
# What a page asks before it does something is agreed to, as a person would: by the button.
AGREE = """new MutationObserver(() => {
    const box = document.getElementById('ask');
    if (!box || !box.open) { if (box) { delete box.dataset.heard; } return; }
    if (box.dataset.heard === undefined) {
        box.dataset.heard = '';
        hear(box.innerText).then(() => box.querySelector('[data-yes]').click());
    }
}).observe(document, {subtree: true, attributes: true, attributeFilter: ['open']})"""
# The worker for the time without a server has a test of its own; here it would only stand between.
BLOCKED_WORKER = "Service Worker registration blocked"


@contextmanager
def serving(
    folder: Path, *command: str, wanted: str, program: str = "webapp", forked: bool = True
) -> Iterator["re.Match[str]"]:
    """Run a command of the hub until the end of the block; give what ``wanted`` found in its output.

    Args:
        forked: from a process that has imported everything; False where the start itself is looked at.
    """
    environment = {**os.environ, "SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    log = folder / "hub.log"
    process = Forked(program, command, environment, log) if forked else _started(program, command, environment, log)
    try:
        yield _announced(log, wanted, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")


def _started(
    program: str, command: tuple[str, ...], environment: dict[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", program, *command], cwd=ROOT, env=environment, stdout=file, stderr=file
        )


def _announced(log: Path, wanted: str, process: "subprocess.Popen[bytes] | Forked") -> "re.Match[str]":
    until = time.monotonic() + START_S
    # What is forked makes its log itself.
    while (found := re.search(wanted, log.read_text("utf-8") if log.exists() else "")) is None:
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < until, log.read_text("utf-8")
        time.sleep(0.05)
    return found


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Debian's Chromium, without a network of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments], timeout=START_S * 1000
        )
        yield browser
        browser.close()


@dataclass
class Watch:
    """Collects what a page must never do: complain, reach another host, break the content policy."""

    host: str
    troubles: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("request", self._on_request)
        context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        context.add_init_script(REPORT_POLICY)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Who leaves a page gives up what it was still asking for; htmx says so, and nothing is wrong.
        if message.text.startswith(("htmx:sendAbort", "htmx:afterRequest", BLOCKED_WORKER)):
            return
        if message.type in ("error", "warning"):
            self.troubles.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "about") and address.netloc != self.host:
            self.troubles.append(f"another host: {request.url}")


class Visitor:
    """Somebody at a browser; after every step the page is looked at.

    Attributes:
        secrets: words that no page may ever contain.
        asked: what pages asked before they did something; all of it was agreed to.
    """

    def __init__(self, page: Page, address: str, watch: Watch, scripted: bool) -> None:
        self.page = page
        self.address = address
        self.watch = watch
        self.scripted = scripted
        self.secrets: list[str] = []
        self.asked: list[str] = []
        page.expose_function("hear", lambda text: self.asked.append(text))
        page.add_init_script(AGREE)

    @property
    def width(self) -> int:
        size = self.page.viewport_size
        assert size is not None
        return size["width"]

    def open(self, address: str) -> None:
        self.page.goto(address if "://" in address else self.address + address)
        self.look()

    def begin_anew(self) -> None:
        """Go to the first page; what went wrong in an earlier journey was told there."""
        self.watch.troubles.clear()
        self.open("/")

    def look(self) -> None:
        """Refuse troubles, a page that is wider than the screen, a language that is not ours, a secret."""
        self.page.wait_for_load_state("load")
        assert not self.watch.troubles, (self.page.url, self.watch.troubles)
        needed, language, content = self.page.evaluate(AS_SHOWN)
        assert needed <= self.width, (self.page.url, needed)
        assert language == "pt-BR", (self.page.url, language)
        assert [secret for secret in self.secrets if secret in content] == [], self.page.url

    def fill(self, **values: str) -> None:
        """Fill fields by their ids; two underscores stand for a hyphen."""
        for name, value in values.items():
            self.field(name).fill(value)
        self.settle()

    def choose(self, **values: str) -> None:
        """Choose by the text that is shown, in selects by their ids."""
        for name, value in values.items():
            self.field(name).select_option(label=value)
            self.settle()

    def tick(self, name: str, wanted: bool = True, within: Locator | None = None) -> None:
        """Set a check-box, a switch or a radio button by its label."""
        (within or self.page.locator("main")).get_by_label(name).first.set_checked(wanted)
        self.settle()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button by what is written on it, and wait for the page that follows."""
        button = (within or self.page).get_by_role("button", name=name, exact=True)
        with self.page.expect_navigation():
            button.first.click()
        self.agree()
        self.look()

    def agree(self) -> None:
        """Where no script runs, a page of its own asks before something is done: agreed to, too."""
        if not self.scripted and (question := self.page.locator("form.asked")).count():
            self.asked.append(self.page.locator("h1").inner_text())
            with self.page.expect_navigation():
                question.locator(".btn-primary").click()

    def press_in_vain(self, name: str) -> None:
        """Press a button that the hub refuses in words; Chromium says of every such answer that it was one."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).first.click()
        expect(self.page.locator("main .alert-danger")).to_be_visible()
        self.watch.troubles[:] = [text for text in self.watch.troubles if "status of 4" not in text]
        self.look()

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow a link by its text."""
        with self.page.expect_navigation():
            (within or self.page.locator("main")).get_by_role("link", name=name, exact=True).first.click()
        self.look()

    def act(self, row: Locator, name: str) -> None:
        """Choose from the three dots of a row, a card or a page."""
        menu = row.locator("details.menu:has(.menu-list)").first
        menu.locator("summary").click()
        entry = menu.locator(".menu-list").get_by_text(name, exact=True)
        expect(entry).to_be_visible()
        self.look()
        with self.page.expect_navigation():
            entry.click()
        self.agree()
        self.look()

    def stir(self, name: str, within: Locator | None = None) -> None:
        """Press a button that renews a part of the page; without JavaScript it renews all of it."""
        if not self.scripted:
            self.press(name, within)
            return
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()
        self.settle()

    def tab(self, name: str) -> None:
        """Open a tab of a form; without JavaScript it is a link down the page."""
        role: Literal["tab", "link"] = "tab" if self.scripted else "link"
        self.page.locator("main .tabs").get_by_role(role, name=name, exact=True).click()

    def settle(self) -> None:
        """Wait until no part of the page is being renewed."""
        if self.scripted:
            expect(self.page.locator(BEING_RENEWED)).to_have_count(0)

    def go(self, name: str) -> None:
        """Use the side menu; on a phone it is opened first."""
        if self.width < PHONE_PX and "#" in self.page.url:
            # The link that opens the menu leads to a place of the same page.
            self.page.goto(self.page.url.partition("#")[0])
        self.open_menu()
        self.follow(name, self.page.locator("#menu"))

    def open_menu(self) -> None:
        if self.width < PHONE_PX:
            self.page.get_by_role("link", name="Abrir o menu").click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text, exact=False).filter(visible=True).first).to_be_visible()

    def awaits(self, wanted: Locator, *, renews: bool = False) -> None:
        """Wait until a page shows it, and load the page again meanwhile.

        Args:
            renews: the page renews itself where scripts run; whoever loaded it again would get in its way.
        """
        until_s = time.monotonic() + STATE_S
        while not (renews and self.scripted) and not wanted.count() and time.monotonic() < until_s:
            self.page.wait_for_timeout(250)
            self.page.reload()
        expect(wanted.first).to_be_visible(timeout=STATE_S * 1000)

    def row(self, text: str | re.Pattern[str]) -> Locator:
        """Return the row of a list that shows this text."""
        return self.page.locator("main tbody tr", has_text=text)

    def field(self, name: str) -> Locator:
        """Return a field by its id; two underscores stand for a hyphen."""
        return self.page.locator(f"[id='{name.replace('__', '-')}']")


@contextmanager
def visit(browser: Browser, address: str, *, width: int, scripted: bool = True) -> Iterator[Visitor]:
    """A visitor with a window of that width, with or without JavaScript."""
    watch = Watch(urlsplit(address).netloc)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="pt-BR", java_script_enabled=scripted, service_workers="block"
    )
    context.set_default_timeout(TIMEOUT_S * 1000)
    watch.over(context)
    visitor = Visitor(context.new_page(), address, watch, scripted)
    yield visitor
    visitor.look()
    context.close()
