"""Without a mouse, at one hub: the first run, a list of customers, and a package that is sold and on the platform."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.administrator import EMAIL, PASSWORD, Administrator
from tests.journeys.browser import CHROMIUM, STATE_S, WIDE, serving, visit
from tests.journeys.keyboard import Typist
from tests.journeys.seller import Seller
from tests.journeys.shop import SETUP_LINK, Shop
from webapp.sandbox.client import SandboxProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]


STEPS = (
    "Usar a plataforma de prática", "Testar agora", "Ler os produtos", "Criar o pacote", "Criar o plano",
    "Cadastrar e criar a conta",
)  # fmt: skip
LIST = "Clientes da filial\nCódigo;Nome;CPF;Plano;Status\n77;Ana Planilha;52998224725;Fibra Lista;Ativo"


@pytest.fixture(scope="module")
def begun(
    browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shop, Typist]]:
    """A new hub through whose first steps somebody went by keys alone."""
    platform = sandbox.tenant("keyboard")
    with (
        serving(tmp_path_factory.mktemp("hub"), "serve", "--port", "0", wanted=SETUP_LINK) as found,
        visit(browser, found[1], width=WIDE) as visitor,
    ):
        typist = Typist(visitor)
        visitor.open(found[0])
        take_first_steps(typist)
        yield Shop(visitor, Administrator(visitor, platform), Seller(visitor), platform), typist


def take_first_steps(typist: Typist) -> None:
    """Each page has one thing to do; Enter in the last field sends a form."""
    typist.write(email=EMAIL, password=PASSWORD, again=PASSWORD)
    typist.open_with()
    typist.skip_menu()
    typist.write(name="Nova Fibra")
    typist.open_with()
    for step in STEPS:
        typist.follow(step)


def test_first_run_ends_with_an_account_by_keys_alone(begun: tuple[Shop, Typist]) -> None:
    page = begun[1].page
    expect(page.get_by_role("heading", name="Maria já pode assistir")).to_be_visible(timeout=STATE_S * 1000)


def test_list_is_uploaded_mapped_and_applied_by_keys_alone(begun: tuple[Shop, Typist]) -> None:
    typist = begun[1]
    begun[0].at.begin_anew()
    typist.reach("Fontes")
    typist.open_with()
    typist.follow("Importar uma planilha")
    typist.skip_menu()
    typist.write(description="Lista")
    typist.open_with()
    upload(typist)
    typist.follow("Comparar com o que há aqui")
    pull = typist.page.url
    wait_for(typist, "Aplicar este arquivo")
    typist.follow("Diga o que significam")
    typist.follow("Criar 1 plano que falta")
    begun[0].at.open(pull)
    typist.follow("Comparar de novo")
    wait_for(typist, "Aplicar este arquivo")
    typist.follow("Aplicar este arquivo")
    wait_for(typist, "Enviar outro arquivo")
    typist.follow("Ana Planilha")
    typist.at.sees("Fibra Lista")


def upload(typist: Typist) -> None:
    """Enter on the field opens the window in which the system lets a file be chosen."""
    typist.skip_menu()
    # The browser has to know that we choose instead of its window; it learns so while we walk to the field.
    with typist.page.expect_file_chooser() as chooser:
        typist.reach(id="file")
        typist.keys("Enter")
    chooser.value.set_files({"name": "lista.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    typist.reach("Enviar o arquivo")
    typist.open_with()


def wait_for(typist: Typist, name: str) -> None:
    """Wait until the page shows it by itself."""
    shown = typist.page.locator("main").get_by_text(name, exact=True).filter(visible=True)
    expect(shown.first).to_be_visible(timeout=STATE_S * 1000)


def test_package_is_made_and_sold_by_keys_alone(begun: tuple[Shop, Typist]) -> None:
    shop, typist = begun
    furnish(shop)
    sign_in(typist)
    make_package(typist)
    register(typist)
    add_service(typist)
    open_menu_of_service(typist)
    sell(typist)
    shop.seller.until("Ativa", watching=True)
    assert shop.platform.subscriber(email="maria@example.com")["products"] == ["full"]


def furnish(shop: Shop) -> None:
    """A platform is connected and a plan is there; whoever did that, with a mouse, has signed out."""
    shop.at.begin_anew()
    shop.admin.connect()
    shop.admin.test_and_synchronise("NxPlay")
    shop.admin.make_plan("Fibra 300", "79,90")
    shop.admin.sign_out()


def sign_in(typist: Typist) -> None:
    """The first field has the focus already."""
    typist.write(email=EMAIL, password=PASSWORD)
    typist.open_with()
    typist.at.sees("Painel")


def make_package(typist: Typist) -> None:
    """Through the side menu; the tabs of the form are changed by the arrows, a box is ticked by Space."""
    typist.reach("Pacotes")
    typist.open_with()
    typist.follow("Adicionar")
    typist.skip_menu()
    typist.reach("Geral")
    typist.write(description="1 APP PREMIUM", value="30,00")
    typist.reach("Geral", back=True)
    typist.keys("ArrowRight")
    expect(typist.page.get_by_role("tab", name="Integração")).to_be_focused()
    typist.choose("integration_id", "NxPlay")
    typist.reach("Plano Full full")
    typist.keys("Space")
    typist.reach("Salvar")
    typist.open_with()
    typist.at.sees("O pacote foi salvo.")


def register(typist: Typist) -> None:
    """Enter in the last field saves."""
    typist.reach("Clientes")
    typist.open_with()
    typist.follow("Adicionar cliente")
    typist.skip_menu()
    typist.write(code="1234", name="Maria da Conceição", document="529.982.247-25", email="maria@example.com")
    typist.open_with()
    typist.at.sees("O cliente foi salvo.")


def add_service(typist: Typist) -> None:
    typist.follow("Adicionar serviço")
    typist.skip_menu()
    typist.write(code="S1234")
    typist.choose("plan_id", "Fibra 300")
    typist.write(login="maria.login")
    typist.open_with()
    typist.at.sees("O serviço foi salvo.")


def open_menu_of_service(typist: Typist) -> None:
    """Enter opens the three dots, Escape closes them, Enter opens them again; Tab goes through what they hold."""
    menu = typist.page.locator("#service-list details.menu")
    typist.skip_menu()
    typist.reach("Ações do serviço S1234")
    typist.keys("Enter")
    expect(menu).to_have_attribute("open", "")
    typist.reach("Pacotes")
    typist.keys("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    typist.keys("Enter")
    typist.reach("Pacotes")
    typist.open_with()
    typist.at.sees("Pacotes do serviço S1234")


def sell(typist: Typist) -> None:
    typist.follow("Adicionar pacote")
    typist.skip_menu()
    typist.reach("Filtrar:")
    typist.page.keyboard.type("premium")
    typist.reach("1 APP PREMIUM")
    typist.open_with()
    typist.skip_menu()
    typist.choose("param-noggin", "Desligado")
    expect(typist.page.locator("#preview")).to_contain_text("Criar")
    typist.reach("Vender o pacote")
    typist.open_with()
    typist.at.sees("O pacote foi vendido")
