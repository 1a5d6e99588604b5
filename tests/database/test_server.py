"""How the hub finds a PostgreSQL, says what is wrong with it, and goes on after it was away."""

import secrets
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from apiflask import APIFlask
from click import ClickException
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError

from tests import factories
from tests.fixtures import postgres_server as server
from tests.fixtures.people import signed_in
from webapp import create_app
from webapp.commands.program import explained
from webapp.config import ConfigError, load_settings
from webapp.database import engine_options, prepare
from webapp.database.server import admit
from webapp.database.trouble import retry_after_s, trouble
from webapp.database.unfit import Unfit
from webapp.database_url import for_libpq, normal, reaching, shown
from webapp.extensions import db
from webapp.models import Customer
from webapp.schema import check_known, migrate_database, migrating


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+psycopg"])
def test_address_is_taken_in_every_usual_spelling_and_shown_without_its_password(tmp_path: Path, spelling: str) -> None:
    given = f"{spelling}://hub:p%40ss@db.example.com:5433/sintonia?sslmode=verify-full"
    url = load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_DATABASE_URL": given}).database_url
    assert url == "postgresql+psycopg://hub:p%40ss@db.example.com:5433/sintonia?sslmode=verify-full"
    assert for_libpq(url) == url.replace("+psycopg", "")
    assert shown(url) == "postgresql://hub@db.example.com:5433/sintonia"


@pytest.mark.parametrize(
    "given",
    ["mysql://hub:s3cret@host/db", "postgresql://hub:s3cret@host", "hub:s3cret@host/db", "postgresql+asyncpg://h/d"],
)
def test_address_that_cannot_work_is_refused_with_the_name_of_the_setting(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_DATABASE_URL": given})
    assert "SINTONIA_DATABASE_URL: " in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_what_the_address_says_of_a_connection_counts_more_than_our_own() -> None:
    url = normal("postgresql://h/d?connect_timeout=3&options=-c%20lock_timeout%3D1000")
    args = reaching(url)
    assert "connect_timeout" not in args
    assert args["options"].endswith("-c lock_timeout=1000")
    assert args["keepalives"] == 1


def test_connection_waits_for_nobody_for_ever_but_a_migration_does(postgres_app: APIFlask) -> None:
    with db.engine.connect() as connection:
        found = {name: connection.execute(text(f"show {name}")).scalar() for name in PATIENCE}
    assert found == PATIENCE
    with migrating(db.engine):
        assert check_known(db.engine)
    with db.engine.connect() as connection:
        assert connection.execute(text("show lock_timeout")).scalar() == PATIENCE["lock_timeout"]


PATIENCE = {"lock_timeout": "30s", "statement_timeout": "10min", "idle_in_transaction_session_timeout": "10min"}


@pytest.mark.parametrize(
    ("version", "encoding", "code"), [(120018, "UTF8", "database_too_old"), (160002, "LATIN1", "database_encoding")]
)
def test_server_that_does_not_fit_is_refused_at_every_connection(version: int, encoding: str, code: str) -> None:
    told = SimpleNamespace(server_version=version, parameter_status=lambda _name: encoding)
    with pytest.raises(Unfit) as refusal:
        admit(SimpleNamespace(info=told), None)
    assert trouble(OperationalError("", None, refusal.value)) == code


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql+psycopg://hub@127.0.0.1:1/db?connect_timeout=2", "database_refused"),
        ("postgresql+psycopg://hub@no-such-host.invalid/db?connect_timeout=2", "database_host"),
        ("", "database_unknown"),
    ],
    ids=["nobody", "no_host", "no_database"],
)
def test_reason_why_a_server_lets_nobody_in_is_known(url: str, code: str) -> None:
    url = url or server.url_of("there_is_none")
    engine = create_engine(url, **engine_options(url))
    with pytest.raises(OperationalError) as failure:
        engine.connect()
    assert trouble(failure.value) == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('FATAL:  password authentication failed for user "hub"', "database_password"),
        ('FATAL:  autenticação do tipo senha falhou para usuário "hub"', "database_password"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "hub"', "database_door"),
        ('server certificate for "a" does not match host name "b"', "database_tls"),
        ("FATAL:  the database system is starting up", "database_starting"),
        ("FATAL:  sorry, too many clients already", "database_busy"),
        ("server closed the connection unexpectedly", "database_away"),
        ("consuming input failed: SSL connection has been closed unexpectedly", "database_away"),
        ("consuming input failed: SSL SYSCALL error: EOF detected", "database_away"),
    ],
)
def test_words_of_a_server_that_gives_no_code_are_understood(said: str, code: str) -> None:
    assert trouble(OperationalError("", None, psycopg.OperationalError(said))) == code
    assert retry_after_s(code) > 0


def test_user_that_may_make_no_tables_is_told_what_to_do(tmp_path: Path) -> None:
    """As whoever is not the owner finds it on PostgreSQL 15 and newer."""
    name = f"weak_{secrets.token_hex(6)}"
    server.command(f"CREATE DATABASE {name}", f"CREATE ROLE {name} LOGIN")
    url = make_url(server.url_of(name)).set(username=name).render_as_string(hide_password=False)
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_DATABASE_URL": url}))
    with app.app_context():
        with pytest.raises(ClickException, match="OWNER TO"), explained():
            migrate_database(db.engine)
        db.engine.dispose()
    server.command(f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def test_failure_tells_the_statement_and_no_value_of_the_row(postgres_app: APIFlask) -> None:
    factories.make_customer("C1", document="52998224725")
    db.session.add(Customer(code="C1", name="Fulana de Tal", name_folded="fulana", document="11144477735"))
    with pytest.raises(IntegrityError) as failure:
        db.session.flush()
    told = f"{failure.value} {failure.value.orig} {failure.value.__cause__}"
    assert "INSERT INTO customer" in told
    assert "duplicate key" in told
    assert not [word for word in ("C1", "Fulana", "11144477735") if word in told]


def test_pages_and_the_session_go_on_when_the_server_was_started_anew(postgres_app: APIFlask) -> None:
    admin = signed_in(postgres_app, "admin")
    assert admin.get("/customers").status_code == 200
    db.session.execute(text("select 1"))
    server.command(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null"
    )
    # Whoever was in the middle of it is told; the next one finds a new connection.
    with pytest.raises(OperationalError) as failure:
        db.session.execute(text("select 1"))
    assert trouble(failure.value) == "database_away"
    db.session.rollback()
    assert db.session.scalar(text("select 1")) == 1
    assert admin.get("/customers").status_code == 200
    db.session.rollback()


def test_engine_of_a_hub_looks_at_its_server_with_every_connection(tmp_path: Path) -> None:
    url = server.url_of()
    engine = create_engine(url, **engine_options(url, 10))
    prepare(engine, tmp_path)
    with engine.connect() as connection:
        assert connection.execute(text("show application_name")).scalar() == "sintonia"
    assert engine.pool.size() == 10  # type: ignore[attr-defined]
    engine.dispose()
