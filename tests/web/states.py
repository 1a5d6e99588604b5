"""A small provider with something in every state that a page can show; on top of ``world``."""

from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests import factories
from tests.web import (
    activation_states,
    agenda_states,
    alert_states,
    audit_states,
    backup_states,
    bulk_states,
    channel_states,
    first_run_states,
    invoice_states,
    measure_states,
    orphan_states,
    people_states,
    privacy_states,
    pull_states,
    recipe_states,
    reconciliation_states,
    report_states,
    run_states,
    seat_states,
    sign_in_states,
    source_states,
    system_states,
    table_states,
    token_states,
    why_states,
    world,
)
from webapp.clock import utc_now
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, Attempt, Entitlement, Integration, Package, Plan, Product, Run, Service
from webapp.services import integrations, marks, packages, plans, subscriptions
from webapp.services.inputs import DiciInput

NOWHERE = {"host": "nx.example.com"}


@dataclass(frozen=True)
class States(world.World):
    """Ids of what there is, for addresses."""

    streaming_id: int = 0
    inactive_id: int = 0
    missing_id: int = 0
    hidden_id: int = 0
    declared_id: int = 0
    streaming_package_id: int = 0
    locked_id: int = 0
    full_customer_id: int = 0
    full_service_id: int = 0
    ended_service_id: int = 0
    bare_service_id: int = 0
    full_sale_id: int = 0
    done_run_id: int = 0
    failed_run_id: int = 0
    token_id: int = 0
    revoked_token_id: int = 0
    narrow_token_id: int = 0
    source_id: int = 0
    new_source_id: int = 0
    sgp_id: int = 0
    sheet_id: int = 0
    gone_source_id: int = 0
    erp_id: int = 0
    list_id: int = 0
    columns_pull_id: int = 0
    preview_pull_id: int = 0
    staged_pull_id: int = 0
    held_pull_id: int = 0
    done_pull_id: int = 0
    failed_pull_id: int = 0
    dry_pull_id: int = 0
    running_pull_id: int = 0
    channel_id: int = 0
    failed_channel_id: int = 0
    approval_token: str = ""
    used_token: str = ""
    why_customer_id: int = 0
    why_account_id: int = 0
    bare_customer_id: int = 0
    orphan_id: int = 0
    unknown_orphan_id: int = 0
    waiting_orphan_id: int = 0
    held_orphan_id: int = 0
    ignored_orphan_id: int = 0
    staged_run_id: int = 0
    own_run_id: int = 0
    applying_run_id: int = 0
    undone_run_id: int = 0
    undo_run_id: int = 0
    held_run_id: int = 0
    undoable_run_id: int = 0
    paused_run_id: int = 0
    running_run_id: int = 0
    sample_run_id: int = 0
    expired_run_id: int = 0
    rejected_run_id: int = 0
    customer_channel_id: int = 0
    waiting_person_id: int = 0
    stuck_person_id: int = 0
    erased_person_id: int = 0

    def ids(self) -> dict[str, int]:
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return (
            known
            | people_states.IDS
            | sign_in_states.IDS
            | bulk_states.IDS
            | table_states.IDS
            | agenda_states.IDS
            | invoice_states.IDS
        )


def build() -> States:
    """Make it all: what ``world`` has, and a customer with two services on two platforms in trouble."""
    here = world.build()
    streaming = factories.make_integration(gateway="nx_play", description="NX Play", single_package=True)
    products = _products(streaming)
    package = factories.make_package(streaming, product_codes=["full"], integration_id=streaming.id)
    plan = _locked_plan(package, here.package_id)
    service, ended = _two_services(plan, db.session.get_one(Plan, here.plan_id))
    declared_id = _declared(streaming)
    _age(products)
    found = {
        "streaming_id": streaming.id, "inactive_id": _inactive(), "missing_id": products["gone"].id,
        "hidden_id": products["teste"].id, "declared_id": declared_id, "streaming_package_id": package.id,
        "locked_id": plan.id, "full_customer_id": service.customer_id, "full_service_id": service.id,
        "ended_service_id": ended.id, "bare_service_id": factories.make_service(login="").id,
        "full_sale_id": _sale_of(service, package), "done_run_id": _run(streaming, "done", complete=True),
        "failed_run_id": _run(streaming, "failed", error_code="connect_timeout", error_params=NOWHERE),
    }  # fmt: skip
    _accounts(service)
    _accounts(ended)
    db.session.commit()
    recipe_states.build()
    found |= token_states.build(streaming.id)
    found |= asdict(source_states.build([service, ended]))
    alert_states.build(streaming.id, streaming.description)
    found |= pull_states.build(service.id)
    found |= orphan_states.build(streaming.id, service.id)
    reconciliation_states.build(streaming.id, here.account_id)
    found |= run_states.build(here.account_id)
    found |= channel_states.build()
    found |= activation_states.build(here.account_id)
    found |= why_states.build(found["erp_id"])
    backup_states.build()
    report_states.build()
    seat_states.build()
    agenda_states.build()
    invoice_states.build()
    found |= privacy_states.build(here.package_id)
    measure_states.build(streaming.id, here.integration_id)
    db.session.commit()
    return States(**here.ids(), **found)


def after_set_up(here: States) -> None:
    """Add what belongs to somebody who may sign in, and the mark that the first sale of any hub leaves."""
    marks.keep_marks(db.session.connection())
    db.session.commit()
    channel_states.make_links(here.staged_run_id, here.channel_id)
    people_states.build()
    sign_in_states.after_set_up()
    audit_states.build()
    bulk_states.build()
    why_states.add_bulk_line(here.why_account_id)
    first_run_states.build()
    system_states.build()
    table_states.build()


def grow(here: States, count: int) -> None:
    """Add so many of everything that pages list, on the same customer, service and platform too."""
    integration, plan = db.session.get_one(Integration, here.integration_id), db.session.get_one(Plan, here.plan_id)
    account, full = db.session.get_one(Account, here.account_id), db.session.get_one(Service, here.full_service_id)
    full.plan.lock_packages = False
    db.session.commit()
    recipe_states.grow(count)
    token_states.grow(count)
    alert_states.grow(count)
    channel_states.grow(count)
    activation_states.grow(count)
    backup_states.grow(count)
    system_states.grow(count)
    reconciliation_states.grow(here.streaming_id, here.account_id, count)
    orphan_states.grow(here.streaming_id, count)
    pull_states.grow(here.erp_id, here.staged_pull_id, here.preview_pull_id, here.full_service_id, count)
    run_states.grow(here.staged_run_id, here.account_id, count)
    measure_states.grow(here.streaming_id, count)
    why_states.grow(here.why_customer_id, here.why_account_id, count)
    people_states.grow(count)
    bulk_states.grow(count)
    privacy_states.grow(here.full_customer_id, count)
    brought: list[Service] = []
    for _number in range(count):
        factories.make_product(db.session.get_one(Integration, here.streaming_id))
        factories.make_sale(full, factories.make_package(integration))
        brought.append(factories.make_service(full.customer, plan))
        factories.make_service(plan=plan, status="suspenso_debito")
        factories.make_integration()
        factories.make_plan()
        db.session.add(_attempt(account, "ok"))
        _run(integration, "done", complete=True)
    db.session.commit()
    source_states.grow(here.source_id, brought, count)


def _products(streaming: Integration) -> dict[str, Product]:
    return {
        code: factories.make_product(streaming, code=code, name=name, description="Filmes e séries")
        for code, name in (("full", "Plano Full"), ("basico", "Plano Básico"), ("gone", "Plano Antigo"),
                           ("teste", "Produto de teste"))
    }  # fmt: skip


def _age(made: dict[str, Product]) -> None:
    """Let the platform's list change after packages were made of it."""
    made["gone"].missing_since = utc_now() - timedelta(days=3)
    made["basico"].active = False
    made["teste"].hidden = True
    db.session.commit()


def _inactive() -> int:
    integration = factories.make_integration(description="Clube de Livros")
    return integrations.set_integration_active(integration.id, False, reason="Contrato encerrado").id


def _declared(streaming: Integration) -> int:
    dici = DiciInput(type="scm", technology="Fibra", medium="fibra", product_kind="internet", speed_mbps=500)
    composition = [
        {"description": "Streaming", "kind": "sva", "value": Decimal("20.00")},
        {"description": "Acesso", "kind": "scm", "value": Decimal("9.90")},
    ]
    package = factories.make_package(
        streaming, product_codes=["gone"], integration_id=streaming.id, composition=composition, dici=dici,
        accountant_note="conferido em junho",
    )  # fmt: skip
    packages.set_package_active(factories.make_package().id, False)
    return package.id


def _locked_plan(package: Package, other_id: int) -> Plan:
    links = [{"package_id": package.id, "mandatory": True, "params": {"noggin": "true"}}, {"package_id": other_id}]
    plans.set_plan_active(factories.make_plan().id, False)
    return factories.make_plan(
        packages=links, lock_packages=True, contract_months=12, technology="Fibra", download_kbps=600_000,
        upload_kbps=300_000, description="Fibra 600 Mega + Streaming",
    )  # fmt: skip


def _two_services(plan: Plan, other: Plan) -> tuple[Service, Service]:
    customer = factories.make_customer(name="Maria da Conceição Araújo dos Santos")
    full = factories.make_service(
        customer, plan, value=Decimal("119.90"), due_day=10, billing_method="Boleto", billing_kind="postpaid",
        suspension_profile="Padrão", contract_ends_on=date(2027, 1, 31), sold_on=date(2026, 1, 10),
        address="Rua das Flores, 10, Centro, Cidade Exemplo", pause_from=date(2026, 12, 20),
        pause_until=date(2027, 1, 5), no_suspend_until=date(2027, 3, 1), no_suspend_reason="Acordo com o cliente",
    )  # fmt: skip
    ended = factories.make_service(customer, other)
    subscriptions.set_status(ended.code, "suspenso_debito", "Título vencido")
    return full, ended


def _sale_of(service: Service, package: Package) -> int:
    return next(sale.id for sale in service.packages if sale.package_id == package.id)


def _accounts(service: Service) -> None:
    """One works and has its log-in frozen; the other waits for a person's answer."""
    troubles = iter(("", "parked", "waiting_user"))
    for account in db.session.scalars(select(Account).where(Account.service_id == service.id).order_by(Account.id)):
        trouble = next(troubles)
        account.login, account.due_at = "maria@example.com", None
        account.login_key, account.login_frozen_at = account.login, utc_now()
        account.remote_ids, account.status = {"id": "nx-1"}, trouble or "active"
        account.desired, account.observed, account.observed_at = "active", "active", utc_now()
        account.units = dump_units({ACCOUNT_UNIT: UnitState("active", payload="sent")})
        account.applied_generation, account.applied_at = account.generation, utc_now()
        if trouble == "parked":
            account.error_kind, account.error_code, account.error_at = "unknown", "answer_timeout", utc_now()
            account.error_params = {"host": "nx.example.com", "seconds": 30}
        db.session.add(_attempt(account, "unknown" if trouble else "ok"))
        db.session.add_all([] if trouble else _rights(account))


def _rights(account: Account) -> list[Entitlement]:
    return [
        Entitlement(account_id=account.id, service_package_id=sale.id, product_id=product.id, desired="active",
                    applied="active")
        for sale in account.service.packages if sale.package.integration_id == account.integration_id
        for product in sale.package.products
    ]  # fmt: skip


def _attempt(account: Account, outcome: str) -> Attempt:
    return Attempt(
        integration_id=account.integration_id, account_id=account.id, operation="create", key=f"k-{account.id}",
        started_at=utc_now(), finished_at=utc_now(), outcome=outcome, http_status=201, latency_ms=180,
        request={"method": "POST", "url": "http://127.0.0.1:9/v1/subscribers", "headers": {"Authorization": "***"}},
        response={"status": 201, "body": '{"id": "nx-1"}'},
    )  # fmt: skip


def _run(integration: Integration, status: str, **values: Any) -> int:
    run = Run(
        integration_id=integration.id, mode="plan", status=status, trigger="schedule", started_at=utc_now(),
        finished_at=utc_now(), counts={"listed": 12, "expected": 12}, **values,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    return run.id
