"""Both documents that people learn the hub from, journey by journey in a real browser, at a desk and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.administrator import SIGNING_SECRET, Carried
from tests.journeys.browser import CHROMIUM, NARROW, WIDE
from tests.journeys.shop import Shop, open_shop
from webapp.sandbox.client import SandboxProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PREMIUM, STANDARD = "1 APP PREMIUM", "1 APP STANDART"


@pytest.fixture(scope="module", params=[WIDE, NARROW], ids=["desk", "phone"])
def furnished(
    request: pytest.FixtureRequest, browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """From the set-up link to packages and plans, as the documents tell it."""
    platform = sandbox.tenant(f"documents-{request.param}")
    with open_shop(browser, tmp_path_factory.mktemp("hub"), platform, width=request.param) as shop:
        connect_as_told(shop)
        shop.admin.test_and_synchronise("NxPlay")
        shop.at.sees("Parece ser um teste da plataforma.")
        make_package_as_told(shop)
        shop.admin.make_package(STANDARD, "10,00", "NxPlay", "PLANO BASICO basico")
        make_plans(shop)
        yield shop


@pytest.fixture
def shop(furnished: Shop) -> Shop:
    """The same hub for all; each journey begins at the dashboard with customers of its own."""
    furnished.at.begin_anew()
    return furnished


def connect_as_told(shop: Shop) -> None:
    """Parameters as rows with plus and minus, one of them misspelt as on the document's picture."""
    shop.admin.begin_integration("NX Play", "NxPlay")
    shop.at.tick("Habilitar/Suspender Assinaturas")
    shop.admin.add_parameter(0, "apUrl", shop.platform.url)
    shop.admin.add_parameter(1, "de mais", "x")
    shop.at.stir("Remover o parâmetro 2")
    shop.at.press_in_vain("Salvar")
    shop.at.sees("O gateway não conhece o parâmetro apUrl; provavelmente você quis dizer api_url.")
    shop.at.fill(free__0__name="api_url")
    shop.admin.add_parameter(1, "token", shop.platform.token)
    shop.at.press("Salvar")
    shop.at.sees("A integração foi salva.")
    expect(shop.at.field("param-api_url")).to_have_value(shop.platform.url)


def make_package_as_told(shop: Shop) -> None:
    """Value and composition, then the products, then DICI."""
    shop.admin.begin_package(PREMIUM, "30,00")
    shop.admin.compose(0, "Streaming", "25,00")
    shop.at.sees("faltam R$ 5,00")
    shop.at.stir("Lançar o que falta em uma linha")
    expect(shop.at.field("composition-1-value")).to_have_value("5,00")
    shop.at.fill(composition__1__description="Suporte")
    shop.at.tab("Integração")
    shop.admin.give_products("NxPlay", "Plano Full full")
    shop.at.tab("DICI")
    expect(shop.at.field("dici_type").locator("option:checked")).to_have_text("Não declarar (SVA)")
    shop.admin.save("O pacote foi salvo.")


def make_plans(shop: Shop) -> None:
    shop.admin.make_plan("Fibra 300", "79,90")
    shop.admin.make_plan("Fibra 600", "99,90", [Carried(PREMIUM, mandatory=True), Carried(STANDARD)])
    shop.admin.make_plan("Fibra 900", "129,90", [Carried(STANDARD, mandatory=True)])
    shop.admin.make_plan("Fibra Fechada", "59,90", [Carried(STANDARD)], locked=True)


def test_package_added_by_the_three_dots_makes_an_account_and_usuario_changes_its_password(shop: Shop) -> None:
    seller, email = shop.seller, "maria@example.com"
    seller.register("1234", "Maria da Conceição", "529.982.247-25", email)
    seller.add_service("Fibra 300", "S1")
    seller.open_packages("S1")
    seller.begin_sale(PREMIUM)
    expect(shop.at.field("param-email")).to_have_value(email)
    shop.at.choose(param__noggin="Desligado")
    expect(seller.preview()).to_contain_text("de login_autenticacao, 8 caracteres")
    shop.at.press("Vender o pacote")
    seller.until("Ativa", watching=True)
    known = shop.platform.subscriber(email=email)
    assert (known["products"], known["password"]) == (["full"], "s1.login")
    assert (known["noggin"], known["paramount"]) == (False, True)

    seller.change_sale(PREMIUM)
    shop.at.sees("A plataforma tem a conta com este e-mail, por isso ele não pode mais mudar.")
    shop.at.choose(param__usuario="codigo_cliente")
    expect(seller.preview()).to_contain_text("completada com zeros à esquerda até 6")
    seller.save_sale()
    seller.until("Ativa")
    assert shop.platform.subscriber(email=email)["password"] == "001234"
    shop.at.secrets.append("001234")
    shop.at.act(seller.sale(PREMIUM), "Histórico")
    expect(shop.at.row("Pacote vendido alterado")).to_contain_text("usuario = codigo_cliente")
    shop.admin.look_at_transmission("Maria da Conceição", "Criar", "Authorization: Bearer ***")
    shop.admin.reconcile("NxPlay")


def test_packages_of_a_plan_come_along_and_follow_a_migration_and_can_be_removed_later(shop: Shop) -> None:
    seller, email = shop.seller, "joao@example.com"
    seller.register("2001", "João Pereira", "390.533.447-05", email)
    seller.begin_service("Fibra 600", "S2")
    expect(seller.offered(PREMIUM)).to_be_disabled()
    expect(seller.offered(STANDARD)).to_be_checked()
    seller.offered(STANDARD).uncheck()
    shop.at.sees("Plano R$ 99,90 + pacotes R$ 30,00 = R$ 129,90 por mês")
    seller.save_service()
    seller.until("Ativa")
    assert shop.platform.subscriber(email=email)["products"] == ["full"]

    moving = seller.begin_migration("S2", "Fibra 900")
    expect(moving.locator(".offer-line", has_text=PREMIUM)).to_contain_text("veio com o plano anterior")
    expect(moving.locator(".offer-line", has_text=STANDARD)).to_contain_text("obrigatório no novo plano")
    expect(moving.locator(".effect")).to_contain_text("Plano Full → PLANO BASICO")
    seller.migrate("Fibra 900")
    seller.until("Ativa")
    assert shop.platform.subscriber(email=email)["products"] == ["basico"]

    seller.open_packages("S2")
    seller.remove(STANDARD, "não quer mais", "No plano, este pacote é obrigatório.")
    seller.until("Cancelada")
    assert is_gone(shop, email)


def is_gone(shop: Shop, email: str) -> bool:
    """Tell whether the platform had an account with that e-mail and has it no more."""
    return [row["status"] for row in shop.platform.subscribers(email=email)] == ["cancelled"]


def test_debt_suspends_payment_enables_and_the_end_cancels_the_account(shop: Shop) -> None:
    seller, email = shop.seller, "ana@example.com"
    seller.register("3001", "Ana Souza", "111.444.777-35", email)
    seller.add_service("Fibra 600", "S3")
    seller.until("Ativa")
    for entry, button, state, there in (
        ("Suspender", "Suspender o serviço", "Suspensa", "suspended"),
        ("Habilitar", "Habilitar o serviço", "Ativa", "active"),
    ):
        seller.set_status("S3", entry, button)
        seller.until(state)
        assert shop.platform.subscriber(email=email)["status"] == there
    seller.set_status("S3", "Cancelar o serviço", "Cancelar o serviço", "mudou de cidade")
    shop.at.sees("Este cliente não tem serviço ativo.")
    show_ended_services(shop)
    seller.until("Cancelada")
    assert is_gone(shop, email)


def show_ended_services(shop: Shop) -> None:
    shop.page.get_by_role("link", name="Exibir todos").first.click()
    shop.at.settle()


def test_new_holder_gets_an_account_and_the_old_one_loses_theirs(shop: Shop) -> None:
    seller, old, new = shop.seller, "rita@example.com", "paulo@example.com"
    there = seller.register("4001", "Rita Lima", "168.995.350-09", old)
    seller.add_service("Fibra 600", "S4")
    seller.until("Ativa")
    shop.at.act(seller.card("S4"), "Troca de titularidade")
    shop.at.follow("Cadastrar o novo titular")
    shop.at.fill(code="4002", name="Paulo Lima", document="862.883.667-57", email=new)
    shop.at.press("Salvar")
    shop.at.sees("Serviço S4: de Rita Lima para Paulo Lima")
    shop.at.fill(code="S4b", reason="separação")
    shop.at.press("Trocar a titularidade")
    shop.at.sees("O serviço agora é de Paulo Lima")
    seller.until("Ativa")
    assert sorted(shop.platform.subscriber(email=new)["products"]) == ["basico", "full"]
    shop.at.open(there)
    show_ended_services(shop)
    seller.until("Cancelada")
    assert is_gone(shop, old)


def test_package_that_the_plan_locks_out_is_explained_where_it_is_missed(shop: Shop) -> None:
    seller = shop.seller
    seller.register("5001", "Bruno Alves", "714.287.938-60", "bruno@example.com")
    seller.begin_service("Fibra Fechada", "S5")
    seller.offered(STANDARD).uncheck()
    seller.save_service()
    seller.open_packages("S5")
    shop.at.follow("Adicionar pacote")
    expect(shop.page.locator(".choice")).to_have_count(1)
    notice = shop.page.get_by_role("note").filter(has_text="Um pacote não aparece?")
    expect(notice).to_contain_text("Travar Pacotes")
    shop.at.follow("Fibra Fechada", notice)
    expect(shop.page.locator("h1")).to_have_text("Fibra Fechada")


def test_second_integration_allows_one_package_and_takes_the_password_from_its_own_field(shop: Shop) -> None:
    admin, seller, email = shop.admin, shop.seller, "carla@example.com"
    admin.connect("NxPlay Único", single=True, usuario="cpf_cnpj")
    admin.test_and_synchronise("NxPlay Único")
    admin.make_package("ÚNICO FULL", "35,00", "NxPlay Único", "5 USUARIOS FULL")
    admin.make_package("ÚNICO PLUS", "25,00", "NxPlay Único", "3 USUARIOS PLUS")
    seller.register("6001", "Carla Dias", "935.411.347-80", email)
    seller.add_service("Fibra 300", "S6")
    seller.open_packages("S6")
    seller.sell("ÚNICO FULL")
    seller.until("Ativa")
    known = shop.platform.subscriber(email=email)
    assert (known["products"], known["password"]) == (["full5"], "93541134780")
    shop.at.follow("Adicionar pacote")
    shop.page.locator("summary", has_text="oferecido").click()
    expect(shop.page.locator(".reasons li", has_text="ÚNICO PLUS")).to_contain_text("Pacote Único")


def test_any_receiver_of_webhooks_gets_the_sale_signed(shop: Shop) -> None:
    admin, seller, nx = shop.admin, shop.seller, shop.platform
    nx.set_dials(secrets=[SIGNING_SECRET])
    admin.connect_receiver("Livros", loja="42")
    admin.test_and_synchronise("Livros")
    expect(shop.at.row("Produto genérico")).to_have_count(1)
    admin.make_package("CLUBE DO LIVRO", "12,00", "Livros", "Produto genérico")
    seller.register("7001", "Davi Rocha", "153.509.460-56", "davi@example.com")
    seller.add_service("Fibra 300", "S7")
    seller.open_packages("S7")
    seller.sell("CLUBE DO LIVRO")
    seller.until("Ativa")
    [event] = nx.ledger(tipo="cadastro")
    assert event["signature"] == "ok"
    assert event["body"]["loja"] == "42"
    assert event["body"]["cliente_servico"]["cliente"]["email_principal"] == "davi@example.com"
