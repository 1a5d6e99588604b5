"""What a provider's people do for a customer, screen by screen."""

import time

from playwright.sync_api import Locator, expect

from tests.journeys.browser import STATE_S, Visitor

LINE_PASSWORD = "senha-pppoe-1"
RETRY = "Tentar agora"
RELOAD_EVERY = 10


class Seller:
    """Every method is one thing that is done on the screen, with or without JavaScript."""

    def __init__(self, visitor: Visitor) -> None:
        self.at = visitor
        self.page = visitor.page
        visitor.secrets.append(LINE_PASSWORD)

    def register(self, code: str, name: str, document: str, email: str) -> str:
        """Add a customer and return the address of their page."""
        self.at.go("Clientes")
        self.at.follow("Adicionar cliente")
        self.at.fill(code=code, name=name, document=document, email=email, phone="11987654321")
        self.at.press("Salvar")
        self.at.sees("O cliente foi salvo.")
        return self.page.url.partition("#")[0]

    def begin_service(self, plan: str, code: str) -> None:
        """Fill in a new service up to the packages of its plan."""
        self.at.follow("Adicionar serviço")
        self.at.fill(code=code)
        self.at.choose(plan_id=plan)
        if not self.at.scripted:
            self.at.press("Mostrar os pacotes do plano")
        self.at.fill(login=f"{code.lower()}.login", password=LINE_PASSWORD)

    def add_service(self, plan: str, code: str) -> None:
        self.begin_service(plan, code)
        self.save_service()

    def save_service(self) -> None:
        self.at.press("Salvar")
        self.at.sees("O serviço foi salvo.")

    def offered(self, package: str) -> Locator:
        """Return the check-box of a package on the page of a new service or of a migration."""
        return self.page.locator(".offer-line", has_text=package).locator("input")

    def card(self, code: str) -> Locator:
        """Return the card of a service on its customer's page."""
        return self.page.locator("#service-list > section", has_text=f"Serviço id {code}")

    def open_packages(self, code: str) -> None:
        self.at.act(self.card(code), "Pacotes")
        self.at.sees(f"Pacotes do serviço {code}")

    def begin_sale(self, package: str) -> None:
        """From the packages of a service to the form of a sale."""
        self.at.follow("Adicionar pacote")
        with self.page.expect_navigation():
            self.page.locator(".choice", has_text=package).click()
        self.at.look()

    def preview(self) -> Locator:
        """Return what would happen; without JavaScript it must be asked for."""
        if not self.at.scripted:
            self.at.press("Pré-visualizar")
        return self.page.locator("#preview")

    def sell(self, package: str) -> None:
        self.begin_sale(package)
        self.at.press("Vender o pacote")
        self.at.sees("O pacote foi vendido")

    def change_sale(self, package: str) -> None:
        self.at.act(self.sale(package), "Visualizar / Editar")

    def save_sale(self) -> None:
        self.at.press("Salvar")
        self.at.sees("O pacote foi salvo.")

    def remove(self, package: str, reason: str, told: str = "") -> None:
        """Take a package off; ``told`` is what the page says before."""
        self.at.act(self.sale(package), "Remover")
        self.at.sees(told or "O que acontece na plataforma")
        self.at.fill(reason=reason)
        self.at.press("Remover o pacote")
        self.at.sees("O pacote foi removido")

    def sale(self, package: str) -> Locator:
        """Return the row of a package that is sold on the service."""
        return self.page.locator("tr[id^='sale-']", has_text=package)

    def set_status(self, code: str, entry: str, button: str, reason: str = "") -> None:
        """Suspend, enable or cancel through the page that shows what that does."""
        self.at.act(self.card(code), entry)
        if reason:
            self.at.fill(reason=reason)
        self.at.press(button)
        self.at.sees("O status foi alterado")

    def begin_migration(self, code: str, plan: str) -> Locator:
        """Choose the plan to move to and return what that does."""
        self.at.act(self.card(code), "Migrar para outro serviço")
        self.at.choose(plan_id=plan)
        if not self.at.scripted:
            self.at.press("Mostrar o que acontece")
        return self.page.locator("#move")

    def migrate(self, plan: str) -> None:
        self.at.press(f"Migrar para {plan}")
        self.at.sees("O plano foi alterado")

    def until(self, state: str, *, watching: bool = False) -> None:
        """Wait until an account shows the state and nothing is left to send to any platform of the page.

        Args:
            watching: only look on while the page asks by itself, which takes seconds; otherwise it is loaded again.
        """
        badge = self.page.locator(".account-head .badge", has_text=state)
        settled = self.page.locator("main .account", has=badge)
        waiting = self.page.locator("main .account", has_text=RETRY)
        until = time.monotonic() + STATE_S
        looks = 0
        while not watching and (waiting.count() or not settled.count()) and time.monotonic() < until:
            self.page.wait_for_timeout(100)
            looks += 1
            if looks % RELOAD_EVERY == 0 or self._may_show(state):
                self.page.reload()
        expect(waiting).to_have_count(0, timeout=STATE_S * 1000)
        expect(settled.first).to_be_visible(timeout=STATE_S * 1000)
        self.at.look()

    def _may_show(self, state: str) -> bool:
        """Ask for the page without showing it: a reload costs ten times as much, and most would show nothing new."""
        text = self.page.request.get(self.page.url, headers={"Accept-Language": "pt-BR"}).text()
        return state in text and RETRY not in text
