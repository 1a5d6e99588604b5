"""A passkey in a real browser, whose authenticator is Chromium's own virtual one."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.journeys.administrator import EMAIL, PASSWORD
from tests.journeys.browser import CHROMIUM, WIDE, Visitor, serving, visit
from tests.journeys.shop import SETUP_LINK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
# The device's own authenticator, whose user put the finger on it.
FINGER = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def press(visitor: Visitor, button: Locator) -> None:
    with visitor.page.expect_navigation():
        button.click()
    visitor.look()


def test_a_passkey_is_made_signs_in_and_proves_again(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, "serve", "--port", "0", wanted=SETUP_LINK) as found:
        # Browsers know passkeys on localhost, and on no bare address.
        address = f"http://localhost:{urlsplit(found[1]).port}"
        with visit(browser, address, width=WIDE) as visitor:
            page = visitor.page
            visitor.open(urlsplit(found[0]).path)
            visitor.fill(email=EMAIL, password=PASSWORD, again=PASSWORD)
            with page.expect_navigation():
                page.keyboard.press("Enter")
            devices = page.context.new_cdp_session(page)
            devices.send("WebAuthn.enable")
            devices.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})

            visitor.open("/own/passkeys")
            visitor.fill(name="Notebook da Ana")
            press(visitor, page.locator("form[data-passkey-makes] button"))
            expect(page.get_by_text("Notebook da Ana")).to_be_visible()

            page.context.clear_cookies()
            visitor.open("/own/passkeys")
            assert urlsplit(page.url).path == "/login"
            press(visitor, page.locator("form[data-passkey] button"))
            assert urlsplit(page.url).path == "/own/passkeys"

            visitor.open("/prove?next=/own")
            press(visitor, page.locator("form[data-passkey] button"))
            assert urlsplit(page.url).path == "/own"
