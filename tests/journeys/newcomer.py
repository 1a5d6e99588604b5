"""What somebody does who comes from an ERP: connect it, look, say what its words mean, let it be read."""

import time
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.journeys.administrator import Administrator
from tests.journeys.browser import Visitor
from webapp.sandbox.client import Erp

LOOKS_AGAIN_S = 0.3


class Newcomer:
    """Every method is one thing that is done on the screen, in the order of the guide that the pages show.

    Attributes:
        patience_s: how long a reading, and what follows from it on the platform, may take.
    """

    def __init__(self, admin: Administrator, erp: Erp, patience_s: float) -> None:
        self.at: Visitor = admin.at
        self.page = admin.page
        self.erp = erp
        self.patience_s = patience_s
        params = erp.hubsoft_params()
        self.at.secrets += [params["client_secret"], params["password"]]

    def connect_erp(self, description: str) -> None:
        """From the menu to the page of the saved source, which says what comes next."""
        self.at.go("Fontes")
        self.at.follow("Adicionar")
        with self.page.expect_navigation():
            self.page.locator(".choice", has_text="HubSoft").click()
        self.at.fill(description=description)
        self.at.fill(**{f"param__{name}": value for name, value in self.erp.hubsoft_params().items()})
        self.at.press("Salvar")

    def guided(self, button: str) -> None:
        """Press what the guide offers now."""
        self.at.press(button, self.guide_step)

    @property
    def guide_step(self) -> Locator:
        """The step of the guide that is to be done now."""
        return self.page.locator("main li[aria-current=step]")

    def open_mapping(self) -> None:
        """From a reading that met words which mean nothing yet."""
        with self.page.expect_navigation():
            self.page.locator("main a[href$='/mapping']").first.click()
        self.at.look()

    def press_first(self) -> None:
        """Press the first button of the mapping, whatever the number that it names."""
        with self.page.expect_navigation():
            self.page.locator("#mapping .section-head button").first.click()
        self.at.look()

    def await_reading(self) -> None:
        """Wait until the page of a reading shows by itself that it is over, and open it anew."""
        done = self.page.locator("#pull-summary:not([data-polls])")
        expect(done).to_be_visible(timeout=self.patience_s * 1000)
        self.page.reload()
        self.at.look()

    def figure(self, name: str) -> int:
        """Return a number of a reading's page; 0 when it is not named there."""
        found = self.page.locator(
            "#pull-summary dl.facts > div", has=self.page.locator("dt").get_by_text(name, exact=True)
        )
        return int(found.locator("dd").inner_text().replace(".", "")) if found.count() else 0

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for what the workers do without any page."""
        until = time.monotonic() + self.patience_s
        while not reached():
            assert time.monotonic() < until, self.page.inner_text("main")
            time.sleep(LOOKS_AGAIN_S)
