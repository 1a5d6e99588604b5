"""The whole main job over real HTTP against the sandbox, for both gateways."""

import pytest

from tests.journeys.story import MARIA, Shop, open_shop, sell_to_maria, settle, the_account
from webapp.gateways.webhook import new_secret
from webapp.models import Account
from webapp.sandbox.client import Tenant
from webapp.services import customers, plans, subscriptions
from webapp.services.inputs import PlanInput, PlanPackageInput, SaleChange

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def nx_shop(app: object, nx: Tenant) -> Shop:
    return open_shop("nx_play", {"api_url": nx.url, "token": nx.token}, ("full", "basico"))


def operations(tenant: Tenant, since: int = 0) -> list[str]:
    reads = {"list_products", "check", "ping", "teste"}
    return [line["operation"] for line in tenant.ledger(since) if line["operation"] not in reads]


def test_nx_play_from_sale_to_cancel_makes_one_account_and_only_the_calls_needed(nx_shop: Shop, nx: Tenant) -> None:
    service = sell_to_maria(nx_shop)
    maria = nx.subscriber(email=MARIA.email)
    assert (maria["password"], maria["products"], maria["noggin"], maria["status"]) == (
        "001234",
        ["full"],
        True,
        "active",
    )
    assert the_account(service).status == "active"
    sale = subscriptions.get_service("S1234").packages[0]

    subscriptions.update_sale(sale.id, SaleChange(params={"usuario": "login_autenticacao"}))
    settle()
    assert nx.subscriber(email=MARIA.email)["password"] == "maria.login"

    subscriptions.update_sale(sale.id, SaleChange(params={"usuario": "login_autenticacao", "noggin": "false"}))
    settle()
    assert nx.subscriber(email=MARIA.email)["noggin"] is False

    subscriptions.set_status("S1234", "suspenso_debito", "título vencido")
    settle()
    assert nx.subscriber(email=MARIA.email)["status"] == "suspended"
    assert the_account(service).status == "suspended"

    subscriptions.set_status("S1234", "servico_habilitado")
    settle()
    assert nx.subscriber(email=MARIA.email)["status"] == "active"

    links = [PlanPackageInput(package_id=nx_shop.optional.id, mandatory=True)]
    other = plans.create_plan(PlanInput(description="Fibra menor", value=nx_shop.plan.value, packages=links))
    subscriptions.migrate_plan("S1234", other.id)
    settle()
    assert nx.subscriber(email=MARIA.email)["products"] == ["basico"]

    subscriptions.set_status("S1234", "cancelado", "saiu")
    settle()
    assert nx.live() == {}
    assert the_account(service).status == "cancelled"
    assert operations(nx) == ["create", "update", "update", "suspend", "enable", "update", "cancel"]
    assert nx.doubles() == {}


def test_outros_from_sale_to_cancel_sends_one_event_per_change_each_signed(app: object, hook: Tenant) -> None:
    secret = new_secret()
    hook.set_dials(secrets=[secret])
    shop = open_shop("outros", {"url": hook.hook_url, "segredo": secret, "loja": "42"}, ("generico", "generico"))
    since = hook.seq()
    service = sell_to_maria(shop)
    sale = subscriptions.get_service("S1234").packages[0]
    subscriptions.update_sale(sale.id, SaleChange(params={"usuario": "login_autenticacao", "noggin": "false"}))
    settle()
    for status in ("suspenso_debito", "servico_habilitado"):
        subscriptions.set_status("S1234", status)
        settle()
    links = [PlanPackageInput(package_id=shop.optional.id, mandatory=True)]
    other = plans.create_plan(PlanInput(description="Fibra menor", value=shop.plan.value, packages=links))
    subscriptions.migrate_plan("S1234", other.id)
    settle()
    subscriptions.set_status("S1234", "cancelado")
    settle()
    lines = hook.ledger(since)
    assert [(line["body"]["tipo"], line["status"]) for line in lines] == [
        ("cadastro", 200), ("alteracao", 200), ("suspender", 200), ("habilitar", 200), ("cancelar", 200),
        ("cadastro", 200), ("cancelar", 200),
    ]  # fmt: skip
    body = lines[0]["body"]
    assert body["loja"] == "42"
    assert body["cliente_servico"]["cliente"]["codigo_cliente"] == "1234"
    assert body["pacote"]["id_pacote"] == shop.mandatory.id
    assert {line["signature"] for line in lines} == {"ok"}
    assert len({line["webhook_id"] for line in lines}) == len(lines)
    assert the_account(service).status == "cancelled"


def test_suspended_then_paid_before_anything_was_sent_is_no_call(nx_shop: Shop, nx: Tenant) -> None:
    service = sell_to_maria(nx_shop)
    since = nx.seq()
    subscriptions.set_status("S1234", "suspenso_debito")
    subscriptions.set_status("S1234", "servico_habilitado")
    settle()
    assert operations(nx, since) == []
    account = the_account(service)
    assert account.status == "active"
    assert account.generation == account.applied_generation


def test_a_changed_email_leaves_the_frozen_login_alone(nx_shop: Shop, nx: Tenant) -> None:
    service = sell_to_maria(nx_shop)
    customers.upsert_customer("1234", MARIA.model_copy(update={"email": "nova@example.com"}))
    settle()
    assert nx.subscriber(external_id=nx.subscribers()[0]["external_id"])["email"] == MARIA.email
    assert the_account(service).login == MARIA.email


def test_a_cancelled_service_that_comes_back_gets_a_new_account(nx_shop: Shop, nx: Tenant) -> None:
    service = sell_to_maria(nx_shop)
    for status in ("cancelado", "servico_habilitado"):
        subscriptions.set_status("S1234", status)
        settle()
    assert operations(nx) == ["create", "cancel", "create"]
    assert len({line["key"] for line in nx.ledger(operation="create")}) == 2
    assert the_account(service).status == "active"
    assert Account.query.count() == 1
