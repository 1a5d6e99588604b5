"""A list of customers becomes customers of the hub in a real browser, with and without JavaScript."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.journeys.quality import SETUP_LINK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PEOPLE = {"Ana Planilha": "52998224725", "Bia Planilha": "11144477735"}


@dataclass(frozen=True)
class Door:
    """Where the hub is, and what lets an administrator in."""

    address: str
    cookies: Any


@pytest.fixture(scope="module")
def door(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with serving(tmp_path_factory.mktemp("hub"), "serve", "--port", "0", wanted=SETUP_LINK) as found:
        with visit(browser, found[1], width=WIDE) as visitor:
            visitor.open(found[0])
            visitor.fill(email="admin@example.com", password=PASSWORD, again=PASSWORD)
            with visitor.page.expect_navigation():
                visitor.page.keyboard.press("Enter")
            cookies = visitor.page.context.cookies()
        yield Door(found[1], cookies)


def send(visitor: Visitor, action: str) -> None:
    """Send the form of that address by its button, and wait for the page that follows."""
    with visitor.page.expect_navigation():
        visitor.page.locator(
            f"main form[action$='{action}'] .btn-primary, main form[action$='{action}'] .btn"
        ).last.click()
    visitor.agree()
    visitor.look()


def list_of(prefix: str) -> str:
    rows = [
        f"{prefix}{number};{name} {prefix};;Fibra {prefix};Ativo;segredo-{number}"
        for number, name in enumerate(PEOPLE, start=1)
    ]
    return "\n".join(["Clientes da filial", "Código;Nome;CPF;Plano;Status;Senha", *rows])


@pytest.mark.parametrize(("scripted", "width"), [(True, WIDE), (False, NARROW)], ids=["scripted", "plain-phone"])
def test_a_list_is_uploaded_mapped_looked_at_and_applied(
    browser: Browser, door: Door, scripted: bool, width: int
) -> None:
    prefix = "JS" if scripted else "HTML"
    with visit(browser, door.address, width=width, scripted=scripted) as visitor:
        visitor.page.context.add_cookies(door.cookies)
        visitor.secrets = ["segredo-1", "segredo-2"]
        visitor.open("/import")
        visitor.fill(description=f"Lista {prefix}")
        send(visitor, "/import")
        content = list_of(prefix).encode("latin-1")
        visitor.page.set_input_files("#file", {"name": "lista.csv", "mimeType": "text/csv", "buffer": content})
        send(visitor, "/file")
        send(visitor, "/columns")
        pull = visitor.page.url
        visitor.awaits(visitor.page.locator("form[action$='/confirm']"), renews=True)
        visitor.sees(f"Ana Planilha {prefix}")
        visitor.page.locator("main a[href$='/mapping']").first.click()
        send(visitor, "/mapping/plans")
        visitor.open(pull)
        send(visitor, "/compare")
        visitor.awaits(visitor.page.locator("form[action$='/confirm']"), renews=True)
        send(visitor, "/confirm")
        visitor.awaits(visitor.page.locator("a[href$='/file']"), renews=True)
        visitor.page.reload()
        visitor.page.locator("#pull-items tbody a", has_text=f"Ana Planilha {prefix}").click()
        visitor.look()
        visitor.sees(f"Fibra {prefix}")
