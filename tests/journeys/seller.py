"""What a provider's people do with the hub, screen by screen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from tests.journeys.browser import STATE_S, Visitor
from webapp.sandbox.client import Tenant

EMAIL, PASSWORD = "admin@example.com", "uma senha bem comprida"
LINE_PASSWORD = "senha-pppoe-1"
CUSTOMER = {"code": "1234", "name": "Maria da Conceição", "document": "529.982.247-25", "phone": "11987654321"}
MARIA = "maria@example.com"


class Seller:
    """One person of the provider; every method is one thing that is done on the screen."""

    def __init__(self, visitor: Visitor, platform: Tenant) -> None:
        self.at = visitor
        self.page = visitor.page
        self.platform = platform
        visitor.secrets += [platform.token, PASSWORD, LINE_PASSWORD]

    def set_up(self, link: str) -> None:
        self.at.open(link)
        self.at.fill(email=EMAIL, password=PASSWORD, again=PASSWORD)
        self.at.press("Criar e entrar")
        self.at.sees("Boas-vindas!")

    def sign_out(self) -> None:
        self.at.open_menu()
        self.at.press("Sair")

    def sign_in(self) -> None:
        self.at.fill(email=EMAIL, password=PASSWORD)
        self.at.press("Entrar")
        self.at.sees("Painel")

    def connect(self) -> None:
        self.at.go("Plataformas de Conteúdo")
        self.at.follow("Adicionar")
        self.page.locator(".choice", has_text="NX Play").click()
        self.at.fill(description="NX Play", param__api_url=self.platform.url, param__token=self.platform.token)
        self.at.press("Salvar")
        self.at.sees("A integração foi salva.")

    def test_and_synchronise(self) -> None:
        self.at.press("Testar")
        self.at.sees("A plataforma responde e aceita as credenciais.")
        self.at.press("Sincronizar os produtos")
        self.at.sees("Plano Full")

    def make_package(self, description: str, value: str, product: str) -> None:
        self.at.go("Pacotes")
        self.at.follow("Adicionar")
        self.at.fill(description=description, value=value, composition__0__description="Streaming")
        self.at.fill(composition__0__value=value)
        self.at.choose(integration_id="NX Play")
        self.page.get_by_label(product).check()
        self.at.press("Salvar")
        self.at.sees("O pacote foi salvo.")

    def make_plan(self, description: str, package: str) -> None:
        self.at.go("Serviços/Planos")
        self.at.follow("Adicionar")
        self.at.fill(description=description, value="99,90")
        self.at.press("Adicionar pacote")
        self.at.choose(packages__0__package_id=package)
        self.page.get_by_label("Obrigatório").check()
        self.at.press("Salvar")
        self.at.sees("O plano foi salvo.")

    def register(self, email: str = MARIA) -> None:
        self.at.go("Clientes")
        self.at.follow("Adicionar cliente")
        self.at.fill(**CUSTOMER, email=email)
        self.at.press("Salvar")
        self.at.sees("O cliente foi salvo.")

    def add_service(self, plan: str) -> None:
        self.at.follow("Adicionar serviço")
        self.at.fill(code="S1234", login="maria.login", password=LINE_PASSWORD)
        self.at.choose(plan_id=plan)
        self.at.press("Salvar")
        self.at.sees("O serviço foi salvo.")

    def change_status(self, status: str) -> None:
        with self._menu("Status") as menu:
            menu.get_by_label("Novo status").select_option(label=status)
            menu.get_by_label("Motivo").fill("a pedido")
            self.at.press("Alterar o status", menu)
        self.at.sees("O status foi alterado")

    def migrate(self, plan: str) -> None:
        with self._menu("Migrar") as menu:
            menu.get_by_label("Novo plano").select_option(label=plan)
            self.at.press("Migrar o plano", menu)
        self.at.sees("O plano foi alterado.")

    def take_password_from(self, field: str) -> None:
        self.at.follow("Editar o pacote")
        self.at.choose(param__usuario=field)
        self.at.press("Salvar")
        self.at.sees("O pacote foi salvo.")

    def begin_sale(self, package: str) -> None:
        self.at.follow("Adicionar pacote")
        with self.page.expect_navigation():
            self.page.locator(".choice", has_text=package).click()
        self.at.look()

    def sell(self, package: str) -> None:
        self.begin_sale(package)
        self.at.press("Salvar")
        self.at.sees("O pacote foi vendido")

    def remove(self, package: str) -> None:
        self.at.follow("Remover o pacote", self.sale(package))
        self.at.fill(reason="não quer mais")
        self.at.press("Remover o pacote")
        self.at.sees("O pacote foi removido")

    def reconcile(self) -> None:
        self.at.go("Reconciliações")
        self.at.press("Planejar e aplicar agora")
        self.at.sees("Nenhuma divergência.")

    def sale(self, package: str) -> Locator:
        return self.page.locator("table.as-cards tbody tr", has_text=package)

    def until(self, state: str) -> None:
        """Wait until the account shows the state and nothing is left to send.

        With JavaScript the page gets there by itself; without, it is loaded again.
        """
        account = self.page.locator(".account", has=self.page.locator(".badge", has_text=state))
        settled = account.filter(has_not_text="Tentar agora")
        if not self.at.scripted:
            self._load_until(settled)
        expect(settled).to_be_visible(timeout=STATE_S * 1000)
        self.at.look()

    def _load_until(self, wanted: Locator) -> None:
        until = time.monotonic() + STATE_S
        while not wanted.count() and time.monotonic() < until:
            self.page.wait_for_timeout(200)
            self.page.reload()

    @contextmanager
    def _menu(self, name: str) -> Iterator[Locator]:
        menu = self.page.locator("details.menu", has=self.page.locator("summary", has_text=name))
        menu.locator("summary").click()
        yield menu
