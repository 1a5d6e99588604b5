"""What an administrator does with the hub: connect a platform, read its products, make packages and plans."""

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.journeys.browser import Visitor
from webapp.sandbox.client import Tenant

EMAIL, PASSWORD = "admin@example.com", "uma senha bem comprida"
NO_DRIFT = "Nenhuma divergência."
SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Carried:
    """A package that comes with a plan."""

    package: str
    mandatory: bool = False


class Administrator:
    """Every method is one thing that is done on the screen, with or without JavaScript."""

    def __init__(self, visitor: Visitor, platform: Tenant) -> None:
        self.at = visitor
        self.page = visitor.page
        self.platform = platform
        visitor.secrets += [platform.token, PASSWORD, SIGNING_SECRET]

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

    def begin_integration(self, gateway: str, description: str) -> None:
        self.at.go("Plataformas de Conteúdo")
        self.at.follow("Adicionar")
        with self.page.expect_navigation():
            self.page.locator(".choice", has_text=gateway).click()
        self.at.fill(description=description)

    def connect(self, description: str = "NxPlay", *, single: bool = False, usuario: str = "") -> None:
        """Connect NX Play by its own fields; its products are not read yet."""
        self.begin_integration("NX Play", description)
        self.at.fill(param__api_url=self.platform.url, param__token=self.platform.token)
        self.at.tick("Pacote Único", single)
        self.at.tick("Habilitar/Suspender Assinaturas")
        if usuario:
            self.at.choose(param__usuario=usuario)
        self.save("A integração foi salva.")

    def connect_receiver(self, description: str, **free: str) -> None:
        """Connect a receiver of webhooks, with parameters of any name."""
        self.begin_integration("Outros", description)
        self.at.fill(param__url=self.platform.hook_url)
        for place, (name, value) in enumerate(free.items()):
            self.add_parameter(place, name, value)
        # Last, because a form that is shown again keeps what was typed a moment ago, secrets too.
        self.at.fill(param__segredo=SIGNING_SECRET)
        self.save("A integração foi salva.")

    def add_parameter(self, place: int, name: str, value: str) -> None:
        """Press the plus and fill in the row that appears."""
        self.at.stir("Adicionar parâmetro")
        self.at.fill(**{f"free__{place}__name": name, f"free__{place}__value": value})

    def test_and_synchronise(self, integration: str) -> None:
        """As in HubSoft: the action of the list; a success leads on to the products."""
        self.at.go("Plataformas de Conteúdo")
        self.at.act(self.at.row(integration), "Testar / Sincronizar")
        self.at.sees("A plataforma responde e aceita as credenciais.")
        self.at.press("Sincronizar os produtos")
        self.at.sees("Total de produtos")

    def begin_package(self, description: str, value: str) -> None:
        self.at.go("Pacotes")
        self.at.follow("Adicionar")
        self.at.fill(description=description, value=value)

    def make_package(self, description: str, value: str, integration: str, product: str) -> None:
        self.begin_package(description, value)
        self.compose(0, "Streaming", value)
        self.at.tab("Integração")
        self.give_products(integration, product)
        self.save("O pacote foi salvo.")

    def compose(self, place: int, description: str, value: str) -> None:
        """Fill in a line of the composition that is there, or add one."""
        if not self.at.field(f"composition__{place}__description").count():
            self.at.stir("Adicionar linha")
        self.at.fill(**{f"composition__{place}__description": description, f"composition__{place}__value": value})

    def give_products(self, integration: str, *products: str) -> None:
        self.at.choose(integration_id=integration)
        group = self.page.locator("main fieldset", has_text=f"Produtos de {integration}").first
        for product in products:
            group.locator("label", has_text=product).first.locator("input").check()

    def make_plan(self, description: str, value: str, carried: Sequence[Carried] = (), *, locked: bool = False) -> None:
        self.at.go("Serviços/Planos")
        self.at.follow("Adicionar")
        self.at.fill(description=description, value=value, technology="Fibra", contract_months="12")
        self.at.tab("Pacotes")
        for place, each in enumerate(carried):
            self.carry(place, each)
        self.at.tick("Travar Pacotes", locked)
        self.save("O plano foi salvo.")

    def carry(self, place: int, carried: Carried) -> None:
        """Press the plus, choose a package, and set whether it is mandatory."""
        self.at.stir("Adicionar pacote")
        self.at.choose(**{f"packages__{place}__package_id": carried.package})
        self.at.field(f"packages__{place}__mandatory").set_checked(carried.mandatory)

    def save(self, message: str) -> None:
        self.at.press("Salvar")
        self.at.sees(message)

    def reconcile(self, integration: str) -> None:
        self.at.go("Reconciliações")
        self.page.locator("select[name=integration_id]").select_option(label=integration)
        self.at.press("Planejar e aplicar agora")
        self.at.awaits(self.page.get_by_text(NO_DRIFT), renews=True)

    def look_at_transmission(self, customer: str, operation: str, *masked: str) -> None:
        """Every attempt is listed, and each can be opened, with its secrets masked."""
        self.at.go("Transmissões")
        with self.page.expect_response("**/transmissions?tab=done*"):
            self.page.locator("main").get_by_role("link", name="Concluídas").click()
        row = self.at.row(customer).filter(has_text=operation)
        expect(row).to_have_count(1)
        self.at.settle()
        self.at.look()
        with self.page.expect_navigation():
            row.locator("td a").first.click()
        for text in masked:
            self.at.sees(text)
        self.at.look()
