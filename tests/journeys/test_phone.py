"""A batch is approved and taken back, an account sent once more: on a phone, without JavaScript, by keys alone.

One hub for all; each has a platform with people of its own, who are active there and count as suspended here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, STATE_S, WIDE, Visitor, serving, visit
from tests.journeys.crowd import OWING, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.keyboard import Typist
from tests.journeys.platforms import integrate
from tests.journeys.quality import SETUP_LINK, environment
from tests.journeys.undo_world import believe_suspended
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.schema import migrate_database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
# More than twenty: a person must decide. Where all were shown in one state, nothing would be done at all.
PEOPLE, OWE = 21, 2
PLATFORM = "main select[name=integration_id]"
APPROVE, TAKE_BACK, SEND = f"Aprovar todas as {PEOPLE} mudanças", "Desfazer agora", "Reenviar"
UNDO = "Desfazer o lote …"
ADMIN = {"email": "admin@example.com", "password": PASSWORD, "again": PASSWORD}
WAYS = {"phone": (NARROW, True), "plain": (WIDE, False), "keys": (WIDE, True)}


@dataclass(frozen=True)
class World:
    """A hub, what lets an administrator in, and for each way to use it a platform of its own."""

    address: str
    cookies: Any
    platforms: dict[str, Tenant]


@pytest.fixture(scope="module")
def world(browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hub")
    platforms = {way: sandbox.tenant(f"phone-{way}") for way in WAYS}
    prepare(folder, platforms)
    with serving(folder, "serve", "--port", "0", wanted=SETUP_LINK) as found:
        with visit(browser, found[1], width=WIDE) as visitor:
            visitor.open(found[0])
            visitor.fill(**ADMIN)
            with visitor.page.expect_navigation():
                visitor.page.keyboard.press("Enter")
            cookies = visitor.page.context.cookies()
        yield World(found[1], cookies, platforms)


def prepare(folder: Path, platforms: dict[str, Tenant]) -> None:
    """Make people on every platform, and believe that all of them are suspended."""
    with create_app(load_settings(environment(folder))).app_context():
        migrate_database(db.engine)
        for way, platform in platforms.items():
            integration = integrate("nx_play", platform, description=f"TV {way}")
            owing = sell_to_crowd(package_of(integration, "basico"), OWE)
            drain(integration)
            set_statuses(owing, OWING)
            believe_suspended(integration, PEOPLE)
        db.session.remove()
        db.engine.dispose()


@contextmanager
def at_work(browser: Browser, world: World, way: str) -> Iterator[Visitor]:
    width, scripted = WAYS[way]
    with visit(browser, world.address, width=width, scripted=scripted) as visitor:
        visitor.page.context.add_cookies(world.cookies)
        visitor.open("/")
        yield visitor


def until_all_are(visitor: Visitor, platform: Tenant, status: str, people: int) -> None:
    """Wait until so many stand so on the platform, then load the page again."""
    for _ in range(int(STATE_S * 5)):
        if len(platform.subscribers(status=status)) == people:
            visitor.page.reload()
            return
        visitor.page.wait_for_timeout(200)
    raise AssertionError(visitor.page.locator("main").inner_text())


@pytest.mark.parametrize("way", ["phone", "plain"])
def test_batch_is_approved_and_taken_back_and_an_account_sent_again(way: str, world: World, browser: Browser) -> None:
    platform = world.platforms[way]
    with at_work(browser, world, way) as visitor:
        visitor.go("Reconciliações")
        visitor.page.locator(PLATFORM).select_option(label=f"TV {way}")
        visitor.press("Planejar e aplicar agora")
        visitor.awaits(visitor.page.locator("main", has_text=APPROVE))
        visitor.press(APPROVE)
        until_all_are(visitor, platform, "suspended", PEOPLE + OWE)
        visitor.awaits(visitor.page.get_by_role("link", name=UNDO))
        visitor.follow(UNDO)
        visitor.fill(undo__reason="lista errada")
        visitor.press(TAKE_BACK)
        until_all_are(visitor, platform, "active", PEOPLE)
        assert [text.partition("?")[0] for text in visitor.asked] == ["Aprovar o lote inteiro"]
        find_and_resend(visitor, platform)


def find_and_resend(visitor: Visitor, platform: Tenant) -> None:
    """From the search to one person, and what the account is, once more to the platform."""
    someone, before = platform.subscribers(status="active")[0], platform.seq()
    visitor.go("Clientes")
    visitor.page.locator("main").get_by_role("searchbox").fill(someone["name"])
    # Everybody stands in the list already: a click that came before what was found would be lost with the page.
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("link", name=someone["name"], exact=True).first.click()
    expect(visitor.page.locator("h1")).to_contain_text(someone["name"])
    visitor.stir(SEND)
    until_sent(visitor, platform, before)


def until_sent(visitor: Visitor, platform: Tenant, before: int) -> None:
    for _ in range(int(STATE_S * 10)):
        if platform.ledger(before):
            return
        visitor.page.wait_for_timeout(100)
    raise AssertionError("nothing was sent")


def test_batch_is_approved_and_taken_back_and_an_account_sent_again_by_keys_alone(
    world: World, browser: Browser
) -> None:
    platform = world.platforms["keys"]
    with at_work(browser, world, "keys") as visitor:
        typist = Typist(visitor)
        typist.reach("Reconciliações")
        typist.open_with()
        typist.skip_menu()
        typist.reach("Integração")
        choose_by_arrows(typist, "TV keys")
        typist.reach("Planejar e aplicar agora")
        typist.open_with()
        visitor.awaits(visitor.page.locator("main", has_text=APPROVE))
        typist.follow(APPROVE)
        until_all_are(visitor, platform, "suspended", PEOPLE + OWE)
        visitor.awaits(visitor.page.get_by_role("link", name=UNDO))
        typist.follow(UNDO)
        typist.skip_menu()
        typist.write(undo__reason="lista errada")
        typist.reach(TAKE_BACK)
        typist.open_with()
        until_all_are(visitor, platform, "active", PEOPLE)
        assert len(visitor.asked) == 1
        resend_by_keys(typist, platform)


def choose_by_arrows(typist: Typist, text: str) -> None:
    """Choose in the select that has the focus."""
    chosen = typist.page.locator(f"{PLATFORM} option:checked")
    for _option in WAYS:
        if chosen.inner_text() == text:
            return
        typist.keys("ArrowDown")
    assert chosen.inner_text() == text


def resend_by_keys(typist: Typist, platform: Tenant) -> None:
    """The search of every page, its first hit, and the button."""
    someone, before = platform.subscribers(status="active")[0], platform.seq()
    typist.page.evaluate("document.activeElement.blur()")
    typist.keys("/")
    typist.page.keyboard.type(someone["name"])
    expect(typist.page.locator("#find-hits [role=option]").first).to_contain_text(someone["name"])
    typist.keys("ArrowDown")
    typist.open_with()
    typist.skip_menu()
    typist.reach(SEND)
    typist.keys("Enter")
    typist.at.settle()
    until_sent(typist.at, platform, before)
