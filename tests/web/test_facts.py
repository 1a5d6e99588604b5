"""History, phone numbers and states in words, in the reader's language."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask_babel import force_locale
from sqlalchemy import select, update

from tests.conventions.modules import read
from tests.fixtures.people import Browser, make_browser
from tests.web import world
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Account, Event, Integration
from webapp.models.run import STATUSES
from webapp.services.audit import MASK
from webapp.web import facts
from webapp.web.filters import phone
from webapp.web.history_words import kind_of_action
from webapp.web.labels import label
from webapp.web.labels_facts import FACT
from webapp.web.labels_history import EVENT, OBJECT
from webapp.web.labels_runs import COUNT

CALLED = ("create", "update", "suspend", "enable", "cancel", "resend_activation", "notify")
KINDS = "integration|product|package|plan|customer|service|sale|account|run|import|token|operator|recipe"
ACTION = re.compile(rf"(?:{KINDS})\.[a-z_]+")


@pytest.fixture
def portuguese(app: APIFlask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("5511915809806", "+55 (11) 91580-9806"),
        ("11987654321", "(11) 98765-4321"),
        ("1132654321", "(11) 3265-4321"),
        ("+55 11 91580-9806", "+55 (11) 91580-9806"),
        ("0800 123", "0800 123"),
        ("", "–"),
    ],
)
def test_phone_is_written_as_in_brazil_and_anything_else_is_left_alone(given: str, shown: str) -> None:
    assert phone(given) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("account", "active", "Ativa"),
        ("account", "suspended", "Suspensa"),
        ("account", "cancelled", "Cancelada"),
        ("content", "suspended", "Suspensa"),
        ("right", "suspended", "Suspenso"),
        ("service", "cancelado", "Cancelado"),
        ("outcome", "ok", "Concluída"),
        ("outcome", "not_found", "Não encontrada"),
        ("run", "done", "Concluída"),
    ],
)
@pytest.mark.usefixtures("portuguese")
def test_a_state_agrees_with_what_it_is_said_of(kind: str, value: str, shown: str) -> None:
    assert str(label(kind, value).text) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("document", "52998224725", "529.982.247-25"),
        ("phone", "11987654321", "(11) 98765-4321"),
        ("value", "30.00", "R$\xa030,00"),
        ("value", "a secret", "a secret"),
        ("starts_on", "2026-11-22", "22/11/2026"),
        ("unit", "8:generico", "generico"),
        ("remote_ids", {"id": "sub_1"}, "sub_1"),
        ("packages", ["A", "B"], "A, B"),
        ("exists", False, "Não"),
        ("params", {"noggin": "false"}, "noggin = false"),
        ("email", "", "–"),
    ],
)
@pytest.mark.usefixtures("portuguese")
def test_a_fact_is_written_as_people_write_it(name: str, value: Any, shown: str) -> None:
    assert facts.fact(name, value) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("params", {"token": "*** (new)"}, "token = *** (new)"),
        ("billing_kind", "free", "Free of charge"),
        ("dici_type", "stfc", "Fixed telephony (STFC)"),
        ("download_kbps", 500_000, "500 Mbps"),
        ("upload_kbps", 512, "0.512 Mbps"),
        ("contract_months", 1, "1 month"),
        ("contract_months", 12, "12 months"),
        ("contract_months", 0, "No fixed term"),
        ("reconcile_interval_s", 3600, "1 hour"),
        ("composition", ["TV (other) 29.90", "free text"], "TV (Other) R$29.90; free text"),
        ("dici", {"medium": "fibra", "speed_mbps": None}, "Medium: fibra"),
        ("status_rules", {"suspenso_debito": "keep"}, "Suspended for debt = As it is"),
        ("integration_id", 3, "Integration 3"),
        ("packages", [{"package_id": 8, "mandatory": True}], "Package 8 (mandatory)"),
        ("packages", [{"package_id": 8, "params": {"noggin": "false"}}], "Package 8 (optional; noggin = false)"),
        ("integration.failed", ["credentials"], "Credentials accepted"),
        ("token.expires_at", "2026-11-22T15:00:00+00:00", "11/22/26 12:00:00\u202fPM"),
        ("details", {"P1": {"name": ["A", "B"]}}, "P1: Name A → B"),
        ("code", "PK1", "PK1"),
    ],
)
@pytest.mark.usefixtures("portuguese")
def test_a_fact_of_the_catalogue_is_written_in_words(name: str, value: Any, shown: str) -> None:
    with force_locale("en"):
        assert facts.fact(name, value) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("system", "Sintonia"), ("cli", "Comando"), ("token:erp", "Token erp"), ("ana@example.com", "ana@example.com"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("portuguese")
def test_whoever_acted_is_named(name: str, shown: str) -> None:
    assert facts.actor(name) == shown


@pytest.mark.usefixtures("portuguese")
def test_a_call_that_went_well_says_no_more_than_its_name() -> None:
    event = Event(action="account.suspend", before=None, after={"outcome": "ok", "unit": "account"})
    assert facts.changes(event) == []
    doubtful = Event(action="account.cancel", before=None, after={"outcome": "gone", "unit": "8:generico"})
    assert [change.after for change in facts.changes(doubtful)] == [str(label("outcome", "gone").text), "generico"]


@pytest.mark.usefixtures("portuguese")
def test_a_change_shows_before_and_after() -> None:
    event = Event(action="service.status", before={"status": "servico_habilitado"}, after={"status": "suspenso_debito"})
    (change,) = facts.changes(event)
    assert (change.before, change.after) == ("Serviço Habilitado", "Suspenso por débito")


@pytest.mark.usefixtures("portuguese")
def test_only_what_differs_of_many_params_is_told() -> None:
    before, after = {"params": {"url": "a", "token": MASK}}, {"params": {"url": "b", "token": MASK}}
    (change,) = facts.changes(Event(object_type="integration", action="integration.update", before=before, after=after))
    assert (change.before, change.after) == ("url = a", "url = b")


@pytest.mark.usefixtures("portuguese")
def test_a_code_is_a_reason_where_something_stopped_and_a_code_elsewhere() -> None:
    paused = Event(object_type="integration", action="integration.paused", after={"code": "auth_refused"})
    (change,) = facts.changes(paused)
    assert (change.name, change.after) == ("Motivo", explain("auth_refused").cause)
    (change,) = facts.changes(Event(object_type="package", action="package.update", after={"code": "auth_refused"}))
    assert (change.name, change.after) == ("Código", "auth_refused")


@pytest.mark.usefixtures("portuguese")
def test_counts_of_a_reconciliation_that_are_nought_are_not_told() -> None:
    run = Event(object_type="run", action="run.done", after={"code": None, "listed": 187, "staged": 0, "missing": 2})
    assert [change.after for change in facts.changes(run)] == ["187", "2"]


def test_everything_that_the_history_records_has_a_name() -> None:
    found = set(recorded())
    assert {"plan.update", "integration.paused", "run.done", "account.create"} <= found
    assert sorted(found - EVENT.keys()) == []
    assert {kind_of_action(action) for action in EVENT} <= OBJECT.keys()


def recorded() -> Iterator[str]:
    """Yield every action that the program writes: words of its source, and what it puts together."""
    yield from (f"account.{operation}" for operation in CALLED)
    yield from (f"run.{status}" for status in STATUSES if status not in ("running", "rejected"))
    for module in read("webapp/services"):
        logged = {id(node.args[0]) for node in ast.walk(module.tree) if isinstance(node, ast.Call) and is_log(node)}
        words = (node for node in ast.walk(module.tree) if isinstance(node, ast.Constant) and id(node) not in logged)
        yield from (word.value for word in words if isinstance(word.value, str) and ACTION.fullmatch(word.value))


def is_log(call: ast.Call) -> bool:
    return bool(call.args) and ast.unparse(call.func).startswith("log.")


@pytest.mark.usefixtures("app")
def test_every_fact_that_a_use_case_keeps_has_a_name() -> None:
    world.build()
    kept = {name for row in db.session.scalars(select(Event)) for name in {**(row.before or {}), **(row.after or {})}}
    assert {"contract_months", "billing_kind", "dici_type", "follow_status"} <= kept
    assert sorted(kept - FACT.keys() - COUNT.keys()) == []


def test_an_account_whose_service_waits_is_not_called_pending_and_is_not_polled(app: APIFlask, viewer: Browser) -> None:
    here = world.build()
    values = {"status": "pending", "due_at": None, "error_code": None}
    db.session.execute(update(Account).where(Account.id == here.account_id).values(**values))
    db.session.commit()
    page = viewer.get(f"/customers/{here.customer_id}").text
    assert "Aguardando o serviço" in page
    assert "data-polls" not in page
    assert "Aguardando o serviço" in viewer.get("/").text


@pytest.mark.parametrize(("status", "seconds"), [("pending", 2), ("active", 2)])
def test_an_account_whose_call_is_due_is_polled(status: str, seconds: int, app: APIFlask, viewer: Browser) -> None:
    here = world.build()
    values = {"status": status, "due_at": utc_now(), "error_code": None}
    db.session.execute(update(Account).where(Account.id == here.account_id).values(**values))
    db.session.execute(update(Integration).values(paused_code=None, paused_until=None))
    db.session.commit()
    page = viewer.get(f"/customers/{here.customer_id}").text
    assert re.search(rf'hx-trigger="every {seconds}s"', page)


def test_the_sign_in_page_shows_a_log_in_only_in_the_demonstration(app: APIFlask) -> None:
    assert "demo-login" not in make_browser(app).get("/login").text
    app.config["DEMO_LOGIN"] = ("admin@example.com", "made-up-word")
    page = make_browser(app).get("/login").text
    assert "demonstração" in page
    assert "made-up-word" in page


def test_list_that_a_fact_names_is_called_as_its_page(portuguese: None) -> None:
    assert facts.fact("saved_view.table", "customers") == "Clientes"
    assert facts.fact("table.table", "gone") == "gone"
