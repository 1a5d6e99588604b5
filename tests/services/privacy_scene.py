"""One person with everything that the hub comes to hold on somebody, and a search through every table."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Text, cast, select

from tests import factories
from tests.journeys.crowd import package_of
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.jobs.drain import converge
from webapp.models import (
    Customer,
    Integration,
    Run,
    RunItem,
    SourceHint,
    SourceLink,
    SourcePull,
    SourcePullItem,
    SourceRow,
)
from webapp.sandbox.client import Tenant
from webapp.services import lookups, subscriptions
from webapp.services.alerts import raise_alert
from webapp.services.orphans.noting import note_seen
from webapp.services.privacy import erasing

# What no table may say any more. All made up.
NAME, CPF, EMAIL, PHONE = "Zulmira Quaresma", "52998224725", "zulmira@example.com", "5511912340000"
ADDRESS, LOGIN, CODE, CONTRACT = "Rua das Capivaras, 77", "zulmira-ppp", "ERP-8801", "CT-8801"
CANARIES = (NAME, "zulmira", CPF, EMAIL, PHONE, "11912340000", ADDRESS, LOGIN, CODE, CONTRACT)


@dataclass(frozen=True)
class Person:
    """The person, by ids."""

    customer_id: int
    service_id: int
    integration: Integration

    def erase(self, *, cancel: bool = True) -> int:
        """Ask for the erasure and have everything carried out; returns its id."""
        asked = erasing.request_erasure(self.customer_id, "Pedido por escrito", [self.service_id] if cancel else [])
        self.go_on()
        return asked.id

    def go_on(self) -> None:
        """Let platforms and erasures come as far as they can, as the hub's own tasks do."""
        for _round in range(3):
            db.session.rollback()
            converge(until_idle=True, patience_s=1.0)
            clock.move(timedelta(minutes=2))
            erasing.advance_all(clock.utc_now())
            lookups.look_up_marked()


def make_person(tenant: Tenant) -> Person:
    """Sell a package to a person on NX Play, and leave traces of them in every table that may hold some."""
    platform = factories.make_integration(gateway="nx_play", params={"api_url": tenant.url, "token": tenant.token})
    plan = factories.make_plan(package_of(platform))
    customer = factories.make_customer(CODE, name=NAME, document=CPF, email=EMAIL, phone=PHONE)
    service = factories.make_service(customer, plan, CONTRACT, login=LOGIN, address=ADDRESS)
    db.session.rollback()
    converge(until_idle=True, patience_s=1.0)
    subscriptions.set_status(CONTRACT, "suspenso_debito", f"{NAME} deve")
    person = Person(customer.id, service.id, platform)
    person.go_on()
    _traces(person)
    return person


def found_in_database() -> dict[str, set[str]]:
    """Return table and column -> which canaries stand there, in clear, over the whole schema."""
    db.session.rollback()
    found: dict[str, set[str]] = {}
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            said = [str(one).lower() for one in db.session.scalars(select(cast(column, Text))) if one is not None]
            hits = {canary for canary in CANARIES if any(canary.lower() in one for one in said)}
            if hits:
                found[f"{table.name}.{column.name}"] = hits
    db.session.rollback()
    return found


def _traces(person: Person) -> None:
    source = factories.make_source()
    now = clock.utc_now()
    pull = SourcePull(source_id=source.id, mode="full", status="done", started_at=now, finished_at=now)
    run = Run(integration_id=person.integration.id, mode="apply", status="done", started_at=now, finished_at=now)
    db.session.add_all([pull, run])
    db.session.flush()
    account = erasing.outlook(person.customer_id).standings[0].account
    payload = {"customer": {"code": CODE, "name": NAME, "document": CPF, "email": EMAIL}, "service": {"code": CONTRACT}}
    example = {"account_id": account.id, "login": EMAIL, "name": NAME}
    run.radius = {"count": 1, "examples": [example, {"account_id": 0, "login": "other@example.com", "name": "Outra"}]}
    db.session.add_all([
        SourceRow(pull_id=pull.id, position=1, payload=payload),
        SourcePullItem(pull_id=pull.id, position=1, customer_code=CODE, service_code=CONTRACT, name=NAME,
                       changes=[{"what": "update_customer", "after": EMAIL}], outcome="applied"),
        SourceHint(source_id=source.id, digest="d", refs=[{"customer_code": CODE}], received_at=now, due_at=now,
                   done_at=now),
        RunItem(run_id=run.id, account_id=account.id, login=EMAIL, situation="state", action="suspend",
                outcome="proven", kept={"login": EMAIL}),
    ])  # fmt: skip
    link(source.id, person.customer_id)
    raise_alert("account_blocked", "account", account.id, NAME, {"login": EMAIL})
    db.session.commit()
    seen = Observed(EMAIL, RemoteState.SUSPENDED, {"id": "foreign-1"}, document=CPF)
    note_seen(person.integration.id, [seen], run.id, now, complete=False)


def link(source_id: int, customer_id: int) -> None:
    """Say that a source names the customer ``CODE``."""

    row = SourceLink(source_id=source_id, kind="customer", external=CODE, local_id=customer_id, seen_at=clock.utc_now())
    db.session.add(row)


def customer_of(person: Person) -> Customer:
    """Return the person's row as it is now."""
    db.session.rollback()
    return db.session.get_one(Customer, person.customer_id, populate_existing=True)
