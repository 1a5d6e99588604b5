"""A person is erased: first on the platforms, then here, and no trace is left."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.privacy_scene import (
    ADDRESS,
    CODE,
    CONTRACT,
    CPF,
    EMAIL,
    NAME,
    customer_of,
    found_in_database,
    make_person,
)
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Attempt, Erasure, Event, Orphan, Run, Service, ServicePackage
from webapp.models.account import PARKED
from webapp.sandbox.client import Tenant
from webapp.services import chain, subscriptions, transfers
from webapp.services.errors import Conflict, Invalid
from webapp.services.hub import current_hub
from webapp.services.privacy import anonymising, erasing
from webapp.services.privacy.platforms import Stage
from webapp.services.transactions import begin
from webapp.services.transfers import TransferInput

pytestmark = pytest.mark.usefixtures("app")


def test_an_erasure_is_proven_on_the_platform_and_leaves_no_trace_in_any_table(nx: Tenant) -> None:
    person = make_person(nx)
    db.session.rollback()
    chain.seal()
    before = found_in_database()
    # Else the search would prove nothing.
    assert {"customer.name", "event.after", "source_row.payload", "run.radius", "orphan.login"} <= before.keys()
    person.erase()
    assert [one["status"] for one in nx.subscribers()] == ["cancelled"]
    assert found_in_database() == {}
    erasure = db.session.scalars(select(Erasure)).one()
    assert (erasure.status, erasure.progress["platforms"]) == ("done", {str(person.integration.id): {"proven": 1}})
    db.session.rollback()
    chain.seal()
    report = chain.verify()
    assert (report.first, report.erased > 0) == (None, True)


def test_a_service_handed_over_to_somebody_else_says_no_more_whose_it_was(nx: Tenant) -> None:
    person = make_person(nx)
    other = factories.make_customer("2", name="Quem ficou")
    handed = TransferInput(
        customer_id=other.id, code="CT-2", on=current_hub().today(), reason=f"De {NAME}", login="outra-ppp"
    )  # fmt: skip
    transfers.transfer_service(db.session.get_one(Service, person.service_id), handed)
    person.erase(cancel=False)
    # The house is the other one's now.
    assert {said for hits in found_in_database().values() for said in hits} <= {ADDRESS}
    assert Service.query.filter_by(code="CT-2").one().customer.name == "Quem ficou"


def test_what_accounting_needs_stays_without_a_name(nx: Tenant) -> None:
    person = make_person(nx)
    sold = db.session.scalars(select(ServicePackage.value)).one()
    person.erase()
    service = db.session.get_one(Service, person.service_id, populate_existing=True)
    customer = customer_of(person)
    assert (service.status, service.plan_id is not None, service.password) == ("cancelado", True, None)
    assert (db.session.scalars(select(ServicePackage.value)).one(), customer.erased_at is not None) == (sold, True)
    calls = db.session.execute(select(Attempt.operation, Attempt.outcome, Attempt.request)).all()
    assert {(row.operation, row.outcome) for row in calls} >= {("create", "ok"), ("cancel", "ok")}
    assert {row.request for row in calls} == {None}
    radius = next(filter(None, db.session.scalars(select(Run.radius))))
    assert [one["name"] for one in radius["examples"]] == ["Outra"]
    kept = db.session.scalars(select(Event).where(Event.action == "customer.erasure")).one()
    assert kept.reason == "Pedido por escrito"


def test_an_open_orphan_of_the_person_loses_the_name_and_keeps_the_id_by_which_it_can_be_ended(nx: Tenant) -> None:
    make_person(nx).erase()
    orphan = db.session.scalars(select(Orphan)).one()
    assert (orphan.status, orphan.login, orphan.document, orphan.remote_ids) == ("open", "", "", {"id": "foreign-1"})


@pytest.mark.parametrize(
    ("named", "reason", "problems"),
    [(False, "asked", ["cancel"]), (True, " ", ["reason"]), (False, "", ["reason", "cancel"])],
)
def test_a_contract_that_goes_on_must_be_named_and_a_reason_given(
    named: bool, reason: str, problems: list[str]
) -> None:
    service = factories.make_service()
    with pytest.raises(Invalid) as caught:
        erasing.request_erasure(service.customer_id, reason, [service.id] if named else [])
    db.session.rollback()
    assert [one.field for one in caught.value.problems] == problems
    assert (db.session.get_one(Service, service.id).status, Erasure.query.count()) == ("servico_habilitado", 0)


def test_it_waits_while_the_platform_is_away_and_goes_on_when_it_is_back(nx: Tenant) -> None:
    person = make_person(nx)
    nx.set_dials(status=503)
    person.erase()
    assert (customer_of(person).name, Erasure.query.one().status) == (NAME, "waiting")
    nx.clear_dials()
    for _day in range(3):
        person.go_on()
        clock.move(timedelta(days=1))
    person.go_on()
    assert (found_in_database(), nx.subscribers()[0]["status"]) == ({}, "cancelled")


def test_an_account_in_doubt_waits_for_a_person_who_may_finish_without_proof(nx: Tenant) -> None:
    person = make_person(nx)
    person.go_on()
    asked = erasing.request_erasure(person.customer_id, "asked", [person.service_id])
    park(person.customer_id)
    erasing.advance_all(clock.utc_now())
    outlook = erasing.outlook(person.customer_id)
    assert (outlook.waits_for_person, customer_of(person).name) == (True, NAME)
    with pytest.raises(Invalid):
        erasing.finish_without_proof(asked.id, " ")
    erasing.finish_without_proof(asked.id, "Confirmado por telefone com a plataforma")
    kept: dict[str, Any] = db.session.get_one(Erasure, asked.id).kept
    assert kept["unproven"] == {str(person.integration.id): {"person": 1}}
    assert found_in_database() == {}


def test_a_request_that_is_taken_back_leaves_the_customer_and_lets_sources_bring_them() -> None:
    service = factories.make_service()
    asked = erasing.request_erasure(service.customer_id, "asked", [service.id])
    with pytest.raises(Conflict):
        erasing.request_erasure(service.customer_id, "again", [])
    erasing.withdraw(asked.id, "Mudou de ideia")
    erasing.advance_all(clock.utc_now())
    assert (Erasure.query.one().status, db.session.get_one(Service, service.id).status) == ("withdrawn", "cancelado")
    assert factories.make_customer(service.customer.code, name="Ainda aqui").erased_at is None


def test_a_service_that_goes_on_again_meanwhile_keeps_the_person_and_their_accounts(nx: Tenant) -> None:
    person = make_person(nx)
    asked = erasing.request_erasure(person.customer_id, "asked", [person.service_id])
    subscriptions.set_status(CONTRACT, "servico_habilitado", "O contrato continua")
    person.go_on()
    park(person.customer_id)
    with pytest.raises(Conflict, match="erasure_services_live"):
        erasing.finish_without_proof(asked.id, "Confirmado por telefone")
    db.session.rollback()
    assert not erasing.advance(asked.id, clock.utc_now())
    erasing.complete(asked.id)
    assert (customer_of(person).name, Account.query.one().status) == (NAME, PARKED)


def test_an_erasure_that_has_begun_is_not_taken_back_and_one_that_was_taken_back_does_not_begin(
    nx: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_person(nx)
    asked = erasing.request_erasure(person.customer_id, "asked", [person.service_id])
    with monkeypatch.context() as killed:
        killed.setattr(anonymising, "_own_rows", lambda *_all: 1 / 0)
        person.go_on()
    assert customer_of(person).erased_at is None
    with pytest.raises(Conflict, match="erasure_over"):
        erasing.withdraw(asked.id, "Mudou de ideia")
    person.go_on()
    assert (found_in_database(), Erasure.query.one().status) == ({}, "done")
    service = factories.make_service(factories.make_customer("2", name="Fica"))
    other = erasing.request_erasure(service.customer_id, "asked", [service.id])
    erasing.withdraw(other.id, "Mudou de ideia")
    # As the round of another process that looked a moment before.
    erasing.complete(other.id)
    db.session.rollback()
    assert service.customer.name == "Fica"


def test_a_crash_in_the_middle_is_made_up_for_by_the_next_round(nx: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person(nx)
    real, calls = begin, []

    def dies(*, reads_only: bool) -> None:
        calls.append(reads_only)
        if len(calls) == 9:
            raise KeyboardInterrupt
        real(reads_only=reads_only)

    asked = erasing.request_erasure(person.customer_id, "asked", [person.service_id])
    park(person.customer_id, status="cancelled")
    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.privacy.anonymising.begin", dies)
        with pytest.raises(KeyboardInterrupt):
            erasing.complete(asked.id)
    assert found_in_database() != {}
    person.go_on()
    assert (found_in_database(), Erasure.query.one().status) == ({}, "done")


def test_what_is_left_of_a_person_takes_no_data_and_no_service_any_more(nx: Tenant) -> None:
    person = make_person(nx)
    person.erase()
    customer = customer_of(person)
    with pytest.raises(Conflict) as caught:
        factories.make_customer(customer.code)
    assert caught.value.code == "customer_erased"
    with pytest.raises(Conflict):
        factories.make_service(customer)
    assert {CODE, CONTRACT, CPF, EMAIL}.isdisjoint({customer.code, customer.document, customer.email})


@pytest.mark.parametrize(
    ("status", "due", "stage"),
    [("parked", False, Stage.PERSON), ("blocked", False, Stage.PERSON), ("blocked", True, Stage.GOING),
     ("pending", True, Stage.GOING), ("active", False, Stage.GOING), ("cancelled", False, Stage.NEVER)],
)  # fmt: skip
def test_where_an_account_stands_is_told_by_its_row(status: str, due: bool, stage: Stage) -> None:
    factories.make_sale()
    account = Account.query.one()
    account.status, account.due_at = status, clock.utc_now() if due else None
    if status == "cancelled":
        account.applied_generation = account.generation
    db.session.commit()
    found = erasing.outlook(account.service.customer_id).standings
    assert [one.stage for one in found] == [stage]


def park(customer_id: int, status: str = PARKED) -> None:
    """Leave the account of a person as a doubt leaves it."""
    account = erasing.outlook(customer_id).standings[0].account
    account.status, account.due_at, account.applied_generation = status, None, account.generation
    account.observed, account.observed_at = "absent", clock.utc_now()
    db.session.commit()
