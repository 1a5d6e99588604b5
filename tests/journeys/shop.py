"""A hub of its own, set up through its set-up link, with the people who work at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.journeys.administrator import Administrator
from tests.journeys.browser import Visitor, serving, visit
from tests.journeys.seller import Seller
from webapp.sandbox.client import Tenant

SETUP_LINK = r"(http://\S+?)/setup/\S+"


@dataclass(frozen=True)
class Shop:
    """One person who is both administrator and seller; ``platform`` is what they connect."""

    at: Visitor
    admin: Administrator
    seller: Seller
    platform: Tenant

    @property
    def page(self) -> Page:
        return self.at.page


@contextmanager
def open_shop(browser: Browser, folder: Path, platform: Tenant, *, width: int, scripted: bool = True) -> Iterator[Shop]:
    """Start a hub on an empty folder and let a new user make the first administrator."""
    with (
        serving(folder, "serve", "--port", "0", wanted=SETUP_LINK) as found,
        visit(browser, found[1], width=width, scripted=scripted) as visitor,
    ):
        shop = _at_work(visitor, platform)
        shop.admin.set_up(found[0])
        yield shop


@contextmanager
def join(browser: Browser, shop: Shop, *, scripted: bool = True) -> Iterator[Shop]:
    """Sign in at the same hub in a window of its own, with or without JavaScript."""
    with visit(browser, shop.at.address, width=shop.at.width, scripted=scripted) as visitor:
        desk = _at_work(visitor, shop.platform)
        visitor.open("/")
        desk.admin.sign_in()
        yield desk


def _at_work(visitor: Visitor, platform: Tenant) -> Shop:
    return Shop(visitor, Administrator(visitor, platform), Seller(visitor), platform)
