"""History, phone numbers and states in words, in the reader's language."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests.fixtures.people import Browser, make_browser
from tests.web import world
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Event
from webapp.web import facts
from webapp.web.filters import phone
from webapp.web.labels import label


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
    db.session.commit()
    page = viewer.get(f"/customers/{here.customer_id}").text
    assert re.search(rf'hx-trigger="every {seconds}s"', page)


def test_the_sign_in_page_shows_a_log_in_only_in_the_demonstration(app: APIFlask) -> None:
    assert "demo-login" not in make_browser(app).get("/login").text
    app.config["DEMO_LOGIN"] = ("admin@example.com", "made-up-word")
    page = make_browser(app).get("/login").text
    assert "demonstração" in page
    assert "made-up-word" in page
