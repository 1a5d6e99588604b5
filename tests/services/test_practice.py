"""The practice platform: real HTTP inside the process, kept in the database, removed without a trace of the real."""

import json
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from tests import factories
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.drain import converge
from webapp.models import Account, Customer, Integration, Package, Plan, Product, Service, Setting
from webapp.sandbox.wire import Request
from webapp.services import chain, subscriptions
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import CustomerInput, PlanPackageInput
from webapp.services.integrations import test_integration as try_integration
from webapp.services.practice import memory, removing
from webapp.services.practice.memory import answer, known_subscribers, setting_name
from webapp.services.practice.switching import find_practice, note_made, register_learner, switch_on
from webapp.services.products import sync_products

MARIA = CustomerInput(name="Maria da Silva", email="maria@example.com")
BODY = {"external_id": "x-1", "email": "a@example.com", "password": "segredo-1", "products": ["basico"]}


@pytest.fixture
def practice(app: APIFlask) -> Integration:
    """The platform, tested and with its products."""
    integration = switch_on("Prática")
    assert [step.ok for step in try_integration(integration.id)] == [True, True]
    sync_products(integration.id)
    return integration


@pytest.fixture
def maria(practice: Integration) -> Service:
    """Somebody who watches there."""
    package = factories.make_package(practice, product_codes=["basico"], integration_id=practice.id)
    plan = factories.make_plan(packages=[PlanPackageInput(package_id=package.id, mandatory=True).model_dump()])
    note_made(practice.id, plan_id=plan.id)
    service = register_learner(practice.id, plan.id, MARIA)
    converge()
    return service


def ask(integration_id: int, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    """Ask the platform itself, as the line does."""
    # A caller holds no transaction across a call.
    db.session.rollback()
    headers = {"idempotency-key": key} if key else {}
    sent = json.dumps(body).encode() if body is not None else b""
    got = answer(db.engine, integration_id, Request(method, path, headers, sent))
    return got.status, json.loads(got.body)


def states(integration_id: int) -> list[tuple[str, str]]:
    db.session.expire_all()
    return [(row["email"], row["status"]) for row in known_subscribers(integration_id)]


def test_a_subscriber_is_created_suspended_enabled_and_forgotten_when_cancelled(
    practice: Integration, maria: Service
) -> None:
    seen = [states(practice.id)]
    for status in ("suspenso_debito", "servico_habilitado", "cancelado"):
        subscriptions.set_status(maria.code, status)
        converge()
        seen.append(states(practice.id))
    assert seen == [[("maria@example.com", state)] for state in ("active", "suspended", "active")] + [[]]


def test_its_memory_never_learns_a_password_nor_a_name(practice: Integration, maria: Service) -> None:
    kept = db.session.get_one(Setting, setting_name(practice.id)).value
    assert maria.login not in kept
    assert "Maria" not in kept
    assert '"password": "*********"' in kept


def test_another_process_sees_the_same_platform_and_so_does_the_hub_after_a_restart(
    practice: Integration, maria: Service, settings: Settings
) -> None:
    practice_id = practice.id
    db.session.rollback()
    with create_app(settings, TESTING=True).app_context():
        assert [step.ok for step in try_integration(practice_id)] == [True, True]
        assert ask(practice_id, "GET", "/subscribers?email=maria@example.com")[1]["total"] == 1
        db.session.remove()
        db.engine.dispose()


def test_the_same_key_twice_makes_one_subscriber(practice: Integration) -> None:
    answers = [ask(practice.id, "POST", "/subscribers", BODY, key="k1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 201
    assert len(known_subscribers(practice.id)) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/subscribers", {**BODY, "password": "12345"}, 422),
        ("POST", "/subscribers", [1], 422),
        ("POST", "/nothing", {}, 404),
        ("GET", "/subscribers?page=x", None, 422),
    ],
)
def test_what_a_platform_refuses_leaves_its_memory_alone(
    practice: Integration, method: str, path: str, body: Any, status: int
) -> None:
    assert ask(practice.id, method, path, body)[0] == status
    assert known_subscribers(practice.id) == []


def test_a_base_that_is_sold_it_by_mistake_stops_at_its_capacity(
    practice: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_SUBSCRIBERS", 2)
    made = [ask(practice.id, "POST", "/subscribers", {**BODY, "email": f"p{n}@example.com"})[0] for n in range(3)]
    assert made == [201, 201, 402]


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_removal_takes_what_was_made_for_it_and_nothing_real(practice: Integration, maria: Service) -> None:
    sold = db.session.scalars(select(Package).where(Package.integration_id == practice.id)).one()
    real = factories.make_service(plan=factories.make_plan(factories.make_package()))
    factories.make_sale(real, sold)
    db.session.commit()
    converge()
    before = {model: count(model) for model in (Customer, Service, Account, Package, Plan, Product)}
    gone = removing.remove_practice(practice.id)
    after = {model: count(model) for model in before}
    assert (gone.accounts, gone.packages, gone.learners) == (2, 1, 1)
    lost = {model.__name__: before[model] - after[model] for model in before}
    assert lost == {"Customer": 1, "Service": 1, "Account": 2, "Package": 1, "Plan": 1, "Product": 7}
    assert [row.service_id for row in db.session.scalars(select(Account))] == [real.id]
    assert db.session.get(Setting, setting_name(practice.id)) is None
    db.session.rollback()
    chain.seal()
    assert chain.verify(db.engine).first is None
    assert find_practice() is None
    assert switch_on("again").id == practice.id


def test_a_real_platform_is_never_removed(app: APIFlask) -> None:
    real = factories.make_integration()
    with pytest.raises(NotFound):
        removing.remove_practice(real.id)
    assert db.session.get_one(Integration, real.id).active


def test_removal_waits_for_a_call_under_way_and_then_says_so(
    practice: Integration, maria: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "PATIENCE_S", 0.0)
    account = db.session.scalars(select(Account)).one()
    account.lease_until = removing.clock.utc_now().replace(year=2090)
    db.session.commit()
    with pytest.raises(Conflict, match="practice_busy"):
        removing.remove_practice(practice.id)
    assert count(Account) == 1
    assert not db.session.get_one(Integration, practice.id).active
