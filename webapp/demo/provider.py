"""Fills a hub with a made-up provider: two platforms, packages, plans and customers."""

from collections.abc import Callable
from decimal import Decimal

from webapp.demo.people import Person
from webapp.models import Integration, Plan
from webapp.services.customers import upsert_customer
from webapp.services.inputs import (
    CompositionInput,
    CustomerInput,
    IntegrationInput,
    PackageInput,
    PlanInput,
    PlanPackageInput,
    SaleInput,
    ServiceInput,
)
from webapp.services.integrations import create_integration, test_integration
from webapp.services.packages import create_package
from webapp.services.plans import create_plan
from webapp.services.products import sync_products
from webapp.services.subscriptions import set_status, upsert_service

Progress = Callable[[int, int], None]
# Every so many customers one that shows something: debt, an end, a wait.
IN_DEBT, ENDED, WAITING = 9, 31, 23
WAITS, PAYS = "aguardando_instalacao", "servico_habilitado"


def fill(nx_url: str, nx_token: str, hook_url: str, hook_secret: str, people: list[Person], progress: Progress) -> None:
    """Make the provider, everybody paying; the engine then makes the accounts.

    Args:
        people: the customers.
        progress: called with done and total.
    """
    streaming = _integration("nx_play", "NX Play", {"api_url": nx_url, "token": nx_token})
    books = _integration("outros", "Clube de Livros", {"url": hook_url, "segredo": hook_secret})
    plans = _plans(streaming, books)
    for number, person in enumerate(people, 1):
        _customer(number, person, plans[number % len(plans)])
        progress(number, len(people))


def _integration(gateway: str, description: str, params: dict[str, str]) -> Integration:
    data = IntegrationInput(gateway=gateway, description=description, params=params)
    integration = create_integration(data)
    test_integration(integration.id)
    sync_products(integration.id)
    return integration


def _plans(streaming: Integration, books: Integration) -> list[Plan]:
    standard = _package("1 APP STANDARD", "STANDARD", "10.00", streaming, "basico")
    premium = _package("1 APP PREMIUM", "PREMIUM", "30.00", streaming, "full")
    library = _package("LIVROS", "LIVROS", "9.90", books, "generico")
    return [
        _plan("Fibra 300 Mega", "99.90", 300_000, [(standard, True)]),
        _plan("Fibra 600 Mega + Streaming", "129.90", 600_000, [(premium, True), (library, False)]),
        _plan("Fibra 1 Giga Família", "179.90", 1_000_000, [(premium, True), (library, True)]),
    ]


def _package(description: str, code: str, value: str, integration: Integration, product: str) -> int:
    line = CompositionInput(description="Serviço de valor adicionado", kind="sva", value=Decimal(value))
    data = PackageInput(
        description=description, code=code, value=Decimal(value), composition=[line],
        integration_id=integration.id, product_codes=[product],
    )  # fmt: skip
    return create_package(data).id


def _plan(description: str, value: str, download_kbps: int, packages: list[tuple[int, bool]]) -> Plan:
    return create_plan(
        PlanInput(
            description=description, value=Decimal(value), technology="Fibra", download_kbps=download_kbps,
            upload_kbps=download_kbps // 2,
            packages=[PlanPackageInput(package_id=one, mandatory=mandatory) for one, mandatory in packages],
        )
    )  # fmt: skip


def _customer(number: int, person: Person, plan: Plan) -> None:
    data = CustomerInput(name=person.name, document=person.document, email=person.email, phone=person.phone)
    upsert_customer(person.code, data)
    service = ServiceInput(
        customer_code=person.code, plan_id=plan.id, packages=_sales(number, plan), login=person.login,
        status=WAITS if number % WAITING == 0 else PAYS,
    )  # fmt: skip
    upsert_service(f"S{person.code}", service)


def live_a_month(people: list[Person]) -> None:
    """Let some fall into debt and some leave, so that suspensions and cancellations are seen."""
    for number, person in enumerate(people, 1):
        if number % ENDED == 0:
            set_status(f"S{person.code}", "cancelado", "Mudou-se")
        elif number % IN_DEBT == 0 and number % WAITING:
            set_status(f"S{person.code}", "suspenso_debito", "Título vencido")


def _sales(number: int, plan: Plan) -> list[SaleInput] | None:
    """Half of those who may choose do without the optional package."""
    optional = [link for link in plan.packages if not link.mandatory]
    if not optional or number % 2:
        return None
    return []
