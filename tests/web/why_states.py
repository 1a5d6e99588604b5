"""One customer with a service in every situation of the chain, and a timeline with a line of every table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests import factories
from tests.web import pull_states
from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    BulkJob,
    BulkLine,
    Customer,
    Entitlement,
    Event,
    Package,
    Run,
    RunItem,
    Service,
    Source,
    SourceLink,
    SourcePullItem,
)
from webapp.models.operator import VIEWER
from webapp.services import subscriptions
from webapp.services.hub import current_hub

PLACES = (
    Place("why", "/customers/{full_customer_id}/why", "why"),
    Place("why-everything", "/customers/{why_customer_id}/why", "why"),
    Place("why-read-only", "/customers/{why_customer_id}/why", "why", role=VIEWER),
    Place("why-account", "/accounts/{why_account_id}/why", "why"),
    Place("why-no-service", "/customers/{bare_customer_id}/why", "why"),
    Place("customer-everything", "/customers/{why_customer_id}", "services"),
    Place("customer-no-service", "/customers/{bare_customer_id}", "services"),
    Place("timeline", "/customers/{why_customer_id}/timeline", "timeline"),
    Place("timeline-of-account", "/customers/{why_customer_id}/timeline?about=account-{why_account_id}", "timeline"),
    Place("timeline-second", "/customers/{why_customer_id}/timeline?size=10&kind=people", "timeline"),
    Place("timeline-none", "/customers/{bare_customer_id}/timeline?kind=alerts", "timeline"),
)
FRAGMENTS = (
    "/fragments/customers/{why_customer_id}/why",
    "/fragments/customers/{why_customer_id}/why?account={why_account_id}",
)
Prepare = Callable[[Service, Account | None], None]


def build(source_id: int) -> dict[str, int]:
    """Make them, and return their ids by name."""
    integration = factories.make_integration(gateway="nx_play", description="NX Play da filial")
    package = factories.make_package(integration, description="Filmes e séries")
    customer = factories.make_customer(name="MARIA DAS DORES SILVA", email="maria.dores@example.com")
    bare = factories.make_customer(name="João Sem Serviço")
    plan = factories.make_plan(package, description="Fibra 300 Mega")
    services = [_service(customer, plan, package, prepare) for prepare in SITUATIONS]
    account = account_of(services[0])
    _from_source(services[1], source_id)
    _unsold(customer)
    add_lines(customer, services[0], account, source_id)
    db.session.commit()
    return {"why_customer_id": customer.id, "why_account_id": account.id, "bare_customer_id": bare.id}


def grow(customer_id: int, account_id: int, count: int) -> None:
    """Add so many lines to the timeline, from every table."""
    customer, account = db.session.get_one(Customer, customer_id), db.session.get_one(Account, account_id)
    source_id = db.session.scalars(select(Source.id).limit(1)).one()
    for _number in range(count):
        add_lines(customer, account.service, account, source_id)
        add_bulk_line(account_id)
    db.session.commit()


def account_of(service: Service) -> Account:
    """Return the account of a service."""
    return db.session.scalars(select(Account).where(Account.service_id == service.id)).one()


def settle(account: Account, state: str = "active", **values: Any) -> None:
    """Let the platform have accepted everything; ``values`` say what is otherwise."""
    now = utc_now()
    account.status, account.due_at, account.applied_generation = "active", None, account.generation
    account.applied_at, account.desired = now - timedelta(hours=2), "active"
    account.login = account.login_key = f"maria{account.id}@example.com"
    right = db.session.scalars(select(Entitlement).where(Entitlement.account_id == account.id)).one_or_none()
    if right is None:
        sale = account.service.packages[0]
        right = Entitlement(
            account_id=account.id, service_package_id=sale.id, product_id=sale.package.products[0].id, desired="active"
        )
        db.session.add(right)
    right.applied = state
    for name, value in values.items():
        setattr(account, name, value)
    db.session.commit()


def _service(customer: Customer, plan: Any, package: Package, prepare: Prepare) -> Service:
    # On this platform the e-mail is the log-in, so each service has one of its own.
    email = f"maria.{prepare.__name__.strip('_')}@example.com"
    sold = [{"package_id": package.id, "params": {"email": email}}]
    service = factories.make_service(customer, plan, packages=sold)
    prepare(service, account_of(service))
    db.session.commit()
    return service


def _seen(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account, observed="active", observed_at=utc_now() - timedelta(minutes=10))


def _in_debt(service: Service, account: Account | None) -> None:
    assert account is not None
    subscriptions.set_status(service.code, "suspenso_debito", "Título vencido")
    settle(account, "suspended", status="suspended", desired="suspended")


def _blocked(_service: Service, account: Account | None) -> None:
    _trouble(account, "blocked", "rejected", "password_too_short", {"field": "codigo_cliente", "minimum": 6})
    assert account is not None
    account.error_field = "senha_autenticacao"


def _refused(_service: Service, account: Account | None) -> None:
    _trouble(account, "blocked", "rejected", "platform_rejected", {"message": "CPF already in use"})


def _parked(_service: Service, account: Account | None) -> None:
    _trouble(account, "parked", "unknown", "doubtful_create", {})


def _retrying(_service: Service, account: Account | None) -> None:
    _trouble(account, "pending", "unavailable", "connect_timeout", {"host": "nx.example.com"})
    assert account is not None
    account.due_at = utc_now() + timedelta(minutes=5)


def _waiting(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account, "pending_user", status="waiting_user")


def _missing(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account, missing_since=utc_now() - timedelta(hours=1))


def _elsewhere(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account, observed="suspended", observed_at=utc_now())


def _stuck(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account, "suspended", status="suspended")


def _later(service: Service, account: Account | None) -> None:
    assert account is not None
    account.due_at = None
    service.packages[0].starts_on = current_hub().today() + timedelta(days=10)


def _held(_service: Service, account: Account | None) -> None:
    assert account is not None
    settle(account)
    run = Run(integration_id=account.integration_id, mode="apply", status="staged", started_at=utc_now(), complete=True)
    run.items = [RunItem(account_id=account.id, situation="state", action="enable", outcome="staged")]
    db.session.add(run)


# None that is just being sent: the page would look again while somebody measures it.
SITUATIONS: tuple[Prepare, ...] = (
    _seen, _in_debt, _blocked, _refused, _parked, _retrying, _waiting, _missing, _elsewhere, _stuck, _later, _held,
)  # fmt: skip


def _trouble(account: Account | None, status: str, kind: str, code: str, params: dict[str, Any]) -> None:
    assert account is not None
    account.status, account.error_kind, account.error_code, account.error_params = status, kind, code, params
    account.error_at, account.due_at, account.tries = utc_now() - timedelta(minutes=3), None, 2
    account.login = account.login_key = f"maria{account.id}@example.com"


def _from_source(service: Service, source_id: int) -> None:
    seen_at = utc_now() - timedelta(minutes=20)
    db.session.add(
        SourceLink(source_id=source_id, kind="service", external=f"w{service.id}", local_id=service.id, seen_at=seen_at)
    )


def _unsold(customer: Customer) -> None:
    factories.make_service(customer, factories.make_plan(lock_packages=True, description="Fibra travada"))
    factories.make_service(customer, factories.make_plan(description="Fibra livre"))
    taken_off = factories.make_service(customer, factories.make_plan(factories.make_package(description="Livros")))
    subscriptions.remove_sale(taken_off.packages[0].id, reason="Pediu")
    empty = factories.make_package(description="Vazio")
    factories.make_service(customer, factories.make_plan(empty))
    empty.product_links.clear()


def add_lines(customer: Customer, service: Service, account: Account, source_id: int) -> None:
    """Add a line of every table but the transmissions and the jobs."""
    now = utc_now()
    pull_id = _pull(source_id)
    run = Run(integration_id=account.integration_id, mode="apply", status="done", started_at=now, complete=True)
    run.items = [RunItem(account_id=account.id, situation="state", action="suspend", outcome="lapsed",
                         cause="cause_status_alone", cause_params={"status": "suspenso_debito"})]  # fmt: skip
    db.session.add(run)
    integration_id = account.integration_id
    db.session.add_all([
        Alert(code="reconcile_overdue", params={"hours": 30}, level="warn", object_type="integration",
              object_id=integration_id, label="NX Play da filial", opened_at=now, last_at=now, closed_at=now),
        Event(at=now, actor="platform", action="account.hint", object_type="account", object_id=account.id,
              after={"integration": "NX Play da filial"}),
        Event(at=now, actor="source:ERP da capital", action="service.status", object_type="service",
              object_id=service.id, before={"status": "suspenso_debito"}, after={"status": "servico_habilitado"}),
        SourcePullItem(pull_id=pull_id, position=1, customer_code=customer.code, service_code=service.code,
                       name=customer.name, direction="negative", outcome="staged",
                       changes=[{"what": "status", "direction": "negative", "field": "status", "package_id": None,
                                 "before": "servico_habilitado", "after": "cancelado"}]),
    ])  # fmt: skip


def add_bulk_line(account_id: int) -> None:
    """Add a job that left this account out."""
    job = BulkJob(kind="accounts_resend", table_name="accounts_stuck", status="done", requested_by="admin@example.com",
                  created_at=utc_now(), reason="Depois da queda")  # fmt: skip
    db.session.add(job)
    db.session.flush()
    line = {"outcome": "skipped", "code": "account_parked", "params": {"login": "maria@example.com"}}
    db.session.add(BulkLine(bulk_job_id=job.id, subject_id=account_id, **line))
    db.session.commit()


def _pull(source_id: int) -> int:
    source = db.session.get_one(Source, source_id)
    pull = pull_states.make_pull(source, status="staged", counts={})
    return pull.id
