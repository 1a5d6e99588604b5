"""Every form once in a browser that runs no JavaScript: what it saves, its plus and minus, its previews."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.administrator import SIGNING_SECRET, Carried
from tests.journeys.browser import CHROMIUM, WIDE
from tests.journeys.shop import Shop, open_shop
from webapp.sandbox.client import SandboxProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PREMIUM, STANDARD, BOOKS = "1 APP PREMIUM", "1 APP STANDART", "CLUBE DO LIVRO"


@pytest.fixture(scope="module")
def furnished(browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two platforms, three packages, two plans: all of it through the forms, none of it with JavaScript."""
    platform = sandbox.tenant("forms-plain")
    with open_shop(browser, tmp_path_factory.mktemp("hub"), platform, width=WIDE, scripted=False) as shop:
        shop.admin.connect()
        shop.admin.test_and_synchronise("NxPlay")
        shop.admin.connect_receiver("Livros", loja="42")
        shop.admin.test_and_synchronise("Livros")
        shop.admin.make_package(PREMIUM, "30,00", "NxPlay", "Plano Full full")
        shop.admin.make_package(STANDARD, "10,00", "NxPlay", "PLANO BASICO basico")
        shop.admin.make_package(BOOKS, "12,00", "Livros", "Produto genérico")
        shop.admin.make_plan("Fibra 300", "79,90", [Carried(STANDARD)])
        shop.admin.make_plan("Fibra 600", "99,90", [Carried(PREMIUM, mandatory=True), Carried(STANDARD)])
        yield shop


@pytest.fixture
def shop(furnished: Shop) -> Shop:
    """The same hub for all; each test works on things of its own."""
    furnished.at.begin_anew()
    return furnished


def test_integration_form_changes_the_gateway_and_keeps_its_rows(shop: Shop) -> None:
    shop.admin.begin_integration("NX Play", "Cursos")
    shop.admin.add_parameter(0, "escola", "7")
    shop.admin.add_parameter(1, "de mais", "x")
    shop.at.press("Remover o parâmetro 2")
    shop.at.choose(gateway="Outros")
    shop.at.press("Trocar o gateway")
    shop.at.sees("Estes são os campos de Outros; nada foi salvo ainda.")
    expect(shop.at.field("description")).to_have_value("Cursos")
    expect(shop.at.field("free-0-value")).to_have_value("7")
    shop.at.fill(param__url=shop.platform.hook_url, param__segredo=SIGNING_SECRET)
    shop.admin.save("A integração foi salva.")
    shop.at.press("Gerar um novo endereço")
    shop.at.sees("O endereço de callback é novo")
    shop.at.fill(description="Cursos livres")
    shop.admin.save("A integração foi salva.")
    expect(shop.at.field("free-0-value")).to_have_value("7")


def test_integration_is_inactivated_found_by_the_filter_and_reactivated(shop: Shop) -> None:
    shop.admin.connect("NxPlay de reserva")
    shop.at.go("Plataformas de Conteúdo")
    shop.at.act(shop.at.row("NxPlay de reserva"), "Inativar")
    shop.at.sees("A integração foi inativada.")
    shop.page.get_by_label("Ativo", exact=True).select_option(label="Inativos")
    shop.page.get_by_role("searchbox").fill("reserva")
    shop.at.press("Buscar")
    shop.at.sees("Total de integrações: 1")
    shop.at.act(shop.at.row("NxPlay de reserva"), "Reativar")
    shop.at.sees("A integração foi ativada.")


def test_product_is_typed_by_hand_changed_hidden_and_inactivated(shop: Shop) -> None:
    shop.at.go("Plataformas de Conteúdo")
    shop.at.act(shop.at.row("NxPlay"), "Produtos")
    shop.at.follow("Adicionar produto")
    shop.at.fill(code="kids", name="Kids")
    shop.admin.save("O produto foi salvo.")
    shop.at.act(shop.at.row("Kids"), "Visualizar / Editar")
    shop.at.fill(description="Para crianças")
    shop.admin.save("O produto foi salvo.")
    for name, message in (
        ("Ocultar", "O produto está oculto"), ("Mostrar de novo", "O produto voltou a ser mostrado."),
        ("Inativar", "O produto foi inativado."), ("Reativar", "O produto foi reativado."),
    ):  # fmt: skip
        show_all(shop, "Ocultos" if name == "Mostrar de novo" else "Todos")
        shop.at.act(shop.at.row("Para crianças"), name)
        shop.at.sees(message)


def show_all(shop: Shop, which: str = "Todos") -> None:
    """Set the filter Ativo of a list."""
    shop.page.get_by_label("Ativo", exact=True).select_option(label=which)
    shop.at.press("Buscar")


def test_package_form_adds_and_drops_lines_and_declares_to_dici(shop: Shop) -> None:
    shop.admin.begin_package("TV", "50,00")
    shop.admin.compose(0, "Canais", "40,00")
    shop.admin.compose(1, "Engano", "1,00")
    shop.at.press("Remover a linha 2")
    shop.at.press("Lançar o que falta em uma linha")
    shop.at.fill(composition__1__description="Suporte", accountant_note="conferido")
    shop.admin.give_products("NxPlay", "3 USUARIOS PLUS")
    shop.at.choose(dici_type="TV por assinatura (SeAC)", dici_medium="Fibra óptica", dici_product_kind="Outros")
    shop.at.fill(dici_technology="GPON")
    shop.admin.save("O pacote foi salvo.")
    shop.at.go("Pacotes")
    shop.at.act(shop.at.row("TV"), "Visualizar / Editar")
    expect(shop.at.field("composition-1-value")).to_have_value("10,00")
    expect(shop.at.field("dici_technology")).to_have_value("GPON")
    shop.at.go("Pacotes")
    for name, message in (("Inativar", "O pacote foi inativado."), ("Reativar", "O pacote foi reativado.")):
        show_all(shop)
        shop.at.act(shop.at.row("TV"), name)
        shop.at.sees(message)


def test_plan_form_adds_and_drops_packages_presets_params_and_is_cloned(shop: Shop) -> None:
    shop.at.go("Serviços/Planos")
    shop.at.follow("Adicionar")
    shop.at.fill(description="Fibra Família", value="149,90", download_kbps="600000", upload_kbps="300000")
    shop.admin.carry(0, Carried(PREMIUM, mandatory=True))
    shop.admin.carry(1, Carried(BOOKS))
    shop.at.press("Mostrar parâmetros e somas dos pacotes escolhidos")
    shop.at.sees("R$ 191,90")
    shop.at.press("Remover o pacote 2")
    shop.page.locator("summary", has_text="Parâmetros deste pacote").click()
    shop.page.locator("select[id$='param-usuario']").select_option(label="cpf_cnpj")
    shop.admin.save("O plano foi salvo.")
    shop.at.act(shop.at.row("Fibra Família"), "Clonar")
    expect(shop.at.field("packages-0-mandatory")).to_be_checked()
    expect(shop.page.locator("select[id$='param-usuario']")).to_have_value("cpf_cnpj")
    shop.admin.save("O plano foi salvo.")
    for name, message in (("Inativar", "O plano foi inativado"), ("Reativar", "O plano foi reativado")):
        show_all(shop)
        shop.at.act(shop.at.row("Cópia de Fibra Família"), name)
        shop.at.sees(message)


def test_two_people_who_edit_one_plan_choose_between_both_versions(shop: Shop) -> None:
    shop.admin.make_plan("Fibra Dupla", "100,00")
    shop.at.go("Serviços/Planos")
    shop.at.act(shop.at.row("Fibra Dupla"), "Visualizar / Editar")
    other = shop.page.context.new_page()
    other.goto(shop.page.url)
    other.locator("#value").fill("120,00")
    with other.expect_navigation():
        other.locator(".save-bar .btn-primary").click()
    other.close()
    shop.at.fill(technology="GPON")
    with shop.page.expect_navigation():
        shop.page.locator(".save-bar .btn-primary").click()
    assert shop.page.locator("#conflict fieldset").count() == 2
    # Chromium says of every refusal that it was one.
    shop.at.watch.troubles[:] = [text for text in shop.at.watch.troubles if "status of 409" not in text]
    expect(shop.page.locator("[name='keep-value'][value=theirs]")).to_be_checked()
    expect(shop.page.locator("[name='keep-technology'][value=mine]")).to_be_checked()
    with shop.page.expect_navigation():
        shop.page.locator("#conflict .save-bar .btn-primary").click()
    shop.at.sees("O plano foi salvo.")
    shop.at.act(shop.at.row("Fibra Dupla"), "Visualizar / Editar")
    expect(shop.at.field("value")).to_have_value("120,00")
    expect(shop.at.field("technology")).to_have_value("GPON")


def test_stored_secret_is_removed_by_its_tick(shop: Shop) -> None:
    shop.admin.connect_receiver("Troca de segredo")
    shop.at.go("Plataformas de Conteúdo")
    shop.at.act(shop.at.row("Troca de segredo"), "Visualizar / Editar")
    shop.at.fill(param__segredo_anterior="whsec_b2xkIHNlY3JldCBvZiBhIHRlc3Q=")
    shop.admin.save("A integração foi salva.")
    with shop.page.expect_navigation():
        shop.page.locator("[name='clear-param-segredo_anterior']").check()
        shop.page.locator("#integration-form .save-bar .btn-primary").click()
    expect(shop.page.locator("[name='clear-param-segredo_anterior']")).to_have_count(0)


def test_plan_is_readjusted_and_its_contracts_renewed_after_a_preview(shop: Shop) -> None:
    shop.admin.make_plan("Fibra Contrato", "100,00")
    shop.seller.register("8100", "Célia Prado", "245.678.912-10", "celia@example.com")
    shop.seller.add_service("Fibra Contrato", "P1")
    shop.at.go("Serviços/Planos")
    shop.at.act(shop.at.row("Fibra Contrato"), "Reajustar Valores")
    shop.at.fill(percent="5,5")
    shop.at.press("Mostrar o que acontece")
    expect(shop.page.locator("#readjust .facts")).to_contain_text("R$ 105,50")
    shop.at.fill(reason="IPCA")
    shop.at.press("Reajustar Valores")
    shop.at.sees("O plano foi reajustado")
    shop.at.act(shop.at.row("Fibra Contrato"), "Renovar Vigência Contratual")
    shop.at.fill(until=in_two_years(), months="6")
    shop.at.press("Mostrar o que acontece")
    expect(shop.at.row("P1")).to_contain_text("Célia Prado")
    shop.at.press("Renovar Vigência Contratual")
    shop.at.sees("1 contrato foi renovado.")


def in_two_years() -> str:
    """A day by which every contract of twelve months has ended."""
    return (date.today() + timedelta(days=730)).isoformat()


def test_customer_is_changed_and_found_by_the_search(shop: Shop) -> None:
    shop.seller.register("8200", "Maria da Conceição", "321.654.987-91", "conceicao@example.com")
    shop.at.follow("Editar")
    shop.at.fill(name="Maria das Dores", phone="11912345678")
    shop.admin.save("O cliente foi salvo.")
    shop.at.go("Clientes")
    shop.page.get_by_role("searchbox").fill("dores")
    shop.at.press("Buscar")
    expect(shop.page.locator("main tbody tr")).to_have_count(1)
    shop.at.act(shop.at.row("Maria das Dores"), "Adicionar serviço")
    shop.at.sees("Novo serviço")


def test_new_service_shows_the_packages_of_its_plan_and_is_edited_afterwards(shop: Shop) -> None:
    seller, email = shop.seller, "dario@example.com"
    seller.register("8300", "Dario Nunes", "456.123.789-55", email)
    seller.begin_service("Fibra 300", "P3")
    expect(seller.offered(STANDARD)).to_be_checked()
    shop.at.choose(plan_id="Fibra 600")
    shop.at.press("Mostrar os pacotes do plano")
    expect(seller.offered(PREMIUM)).to_be_disabled()
    seller.offered(STANDARD).uncheck()
    shop.at.fill(password="senha-pppoe-1")
    seller.save_service()
    seller.until("Ativa")
    assert shop.platform.subscriber(email=email)["products"] == ["full"]
    shop.at.act(seller.card("P3"), "Editar: endereço, vencimento, pausa")
    shop.page.get_by_text("Pausa e isenção").click()
    shop.at.fill(address="Rua das Flores, 10", due_day="21", pause_from="2090-01-10", pause_until="2090-01-20")
    seller.save_service()
    expect(seller.card("P3")).to_contain_text("Rua das Flores, 10")
    seller.until("Ativa")


def test_sale_form_previews_and_adds_and_drops_rows_and_the_package_is_removed(shop: Shop) -> None:
    seller, email = shop.seller, "elisa@example.com"
    seller.register("8400", "Elisa Prado", "987.321.654-55", email)
    seller.add_service("Fibra 300", "P4")
    seller.open_packages("P4")
    shop.at.follow("Adicionar pacote")
    shop.page.get_by_role("searchbox").fill("livro")
    shop.at.press("Filtrar")
    expect(shop.page.locator(".choice")).to_have_count(1)
    with shop.page.expect_navigation():
        shop.page.locator(".choice", has_text=BOOKS).click()
    shop.admin.add_parameter(0, "cor", "azul")
    shop.admin.add_parameter(1, "de mais", "x")
    shop.at.press("Remover o parâmetro 2")
    expect(seller.preview()).to_contain_text("Livros")
    shop.at.press("Vender o pacote")
    seller.until("Ativa")
    seller.change_sale(BOOKS)
    shop.at.fill(value="9,90", free__0__value="verde")
    seller.save_sale()
    seller.until("Ativa")
    shop.at.act(seller.sale(BOOKS), "Reenviar")
    seller.until("Ativa")
    seller.remove(BOOKS, "não leu")
    shop.at.sees("1 pacote foi removido")
    seller.until("Cancelada")
    [sale] = [sale for sale in shop.platform.sales().values() if client(sale)["email_principal"] == email]
    assert (sale["status"], sale["event"]["parametros"]) == ("cancelled", {"cor": "verde"})


def client(sale: dict[str, Any]) -> dict[str, Any]:
    return dict(sale["event"]["cliente_servico"]["cliente"])


def test_service_is_suspended_enabled_migrated_and_handed_over(shop: Shop) -> None:
    seller, email = shop.seller, "fabio@example.com"
    seller.register("8500", "Fábio Teles", "741.852.963-55", email)
    seller.add_service("Fibra 300", "P5")
    seller.until("Ativa")
    shop.at.act(seller.card("P5"), "Suspender")
    shop.at.tick("Suspenso a pedido do cliente")
    shop.at.press("Mostrar o que acontece")
    expect(shop.page.locator(".effect")).to_contain_text("Suspender")
    shop.at.press("Suspender o serviço")
    seller.until("Suspensa")
    seller.set_status("P5", "Habilitar", "Habilitar o serviço")
    seller.until("Ativa")

    seller.begin_migration("P5", "Fibra 600")
    seller.offered(STANDARD).uncheck()
    shop.at.press("Migrar para Fibra 600")
    shop.at.sees("Você alterou a escolha, por isso nada foi feito ainda.")
    seller.migrate("Fibra 600")
    seller.until("Ativa")
    assert shop.platform.subscriber(email=email)["products"] == ["full"]

    seller.register("8501", "Gilda Teles", "852.963.741-00", "gilda@example.com")
    shop.at.go("Clientes")
    shop.at.follow("Fábio Teles")
    shop.at.act(seller.card("P5"), "Troca de titularidade")
    shop.page.get_by_role("searchbox").fill("gilda")
    shop.at.press("Buscar")
    shop.at.follow("Escolher Gilda Teles")
    shop.at.fill(code="P5b")
    shop.at.press("Trocar a titularidade")
    seller.until("Ativa")
    assert shop.platform.subscriber(email="gilda@example.com")["products"] == ["full"]
    shop.admin.reconcile("NxPlay")


def test_history_is_filtered_by_what_happened_by_whom_and_by_day(shop: Shop) -> None:
    shop.admin.make_plan("Fibra Histórica", "10,00")
    shop.at.go("Histórico")
    asked = shop.page.locator("form.list-filters")
    asked.get_by_text("Mais filtros", exact=True).click()
    asked.locator("[name=action]").select_option(label="Plano cadastrado")
    asked.locator("[name=q]").fill("Histórica")
    asked.locator("[name=since]").fill("2020-01-01")
    shop.at.press("Buscar", asked)
    expect(shop.page.locator("#history-list tbody tr")).to_have_count(1)
    asked.locator("[name=until]").fill("2020-01-02")
    shop.at.press("Buscar", asked)
    shop.at.sees("Nada foi encontrado no histórico.")
    shop.at.follow("Limpar tudo", shop.page.locator("#history-list .empty-state"))
    expect(shop.at.row("Fibra Histórica")).to_have_count(1)
