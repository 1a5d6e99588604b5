"""SQLite as the hub uses it: durable, strict, without lock upgrades; and column types that refuse."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from tests.factories import make_customer, make_package, make_sale, make_service
from webapp import create_app, database
from webapp.clock import utc_now
from webapp.config import ConfigError, Settings
from webapp.extensions import db
from webapp.models import Account, Integration, ServicePackage, Setting


def pragma(name: str) -> object:
    return db.session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.usefixtures("app")
def test_every_connection_is_durable_and_checks_foreign_keys() -> None:
    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
    assert db.session.scalar(select(func.sqlite_version())) >= "3.51.3"


def test_sqlite_that_can_damage_the_file_is_refused_in_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SQLITE_FLOOR", (99, 0, 0))
    with pytest.raises(ConfigError) as caught:
        create_app(settings)
    assert "99.0.0 is safe" in caught.value.problems[0]


@pytest.mark.usefixtures("app")
def test_a_connection_whose_commit_fails_goes_back_without_the_lock() -> None:
    with db.engine.connect() as connection:
        connection.exec_driver_sql("pragma defer_foreign_keys = on")
        connection.exec_driver_sql("insert into setting (name, value) values ('a', 'b')")
        driver = connection.connection.driver_connection
        connection.execute(insert(ServicePackage.__table__).values(service_id=9, package_id=9, value=1, params={}))
        with pytest.raises(IntegrityError):
            connection.commit()
        assert driver.in_transaction
    assert not driver.in_transaction
    with db.engine.begin() as other:
        assert other.exec_driver_sql("select count(*) from setting where name = 'a'").scalar() == 0


def test_readers_that_then_write_never_meet_a_busy_snapshot(app: APIFlask) -> None:
    with db.engine.begin() as connection:
        connection.execute(Setting.__table__.insert().values(name="count", value="0"))
    engine, failures = db.engine, []

    def add_many() -> None:
        try:
            for _ in range(40):
                with engine.begin() as connection:
                    value = connection.scalar(select(Setting.value).where(Setting.name == "count"))
                    connection.execute(update(Setting.__table__).values(value=str(int(value) + 1)))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=add_many) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert db.session.scalar(select(Setting.value).where(Setting.name == "count")) == "200"


@pytest.mark.usefixtures("app")
def test_a_second_account_for_one_service_on_one_integration_cannot_be_stored() -> None:
    sale = make_sale()
    integration = db.session.scalars(select(Integration)).one()
    db.session.add(Account(integration_id=integration.id, service_id=sale.service_id))
    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "statement",
    [
        "update account set status = 'resting'",
        "update account set applied_generation = generation + 1",
        "update package_product set integration_id = 99",
        "update service set pause_from = null, pause_until = '2026-01-01'",
        "update service set no_suspend_until = '2026-01-01', no_suspend_reason = ''",
        "update service_package set value = -1",
        "update integration_param set value = 'plain', sealed = 'k1.x'",
    ],
)
def test_wrong_states_are_refused_by_the_database_itself(statement: str) -> None:
    make_sale(make_service(make_customer()), make_package())
    with pytest.raises(IntegrityError):
        db.session.execute(text(statement))


@pytest.mark.usefixtures("app")
def test_money_is_exact_and_half_a_cent_is_refused() -> None:
    package = make_package(value=Decimal("19.90"))
    db.session.expire(package)
    assert package.value == Decimal("19.90")
    package.value = Decimal("0.005")
    with pytest.raises(StatementError):
        db.session.flush()


@pytest.mark.usefixtures("app")
def test_times_come_back_in_utc_and_a_time_without_zone_is_refused() -> None:
    sale = make_sale()
    sale.removed_at = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=-3)))
    db.session.commit()
    assert (sale.removed_at, sale.removed_at.tzinfo) == (datetime(2026, 1, 1, 12, tzinfo=UTC), UTC)
    sale.removed_at = utc_now().replace(tzinfo=None)
    with pytest.raises(StatementError):
        db.session.flush()
