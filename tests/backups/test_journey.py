"""A backup is made while accounts are being created, put back after more happened, adopted, and the hub goes on:
nothing is lost and nobody gets anything twice, by the platform's own ledger."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from tests.backups.conftest import Run, settings_in
from tests.journeys.crowd import OWING, accounts_of, drain, package_of, sell_to_crowd, set_statuses, statuses
from tests.journeys.platforms import connect
from tests.journeys.test_restore import approve, read_and_plan, writes
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Integration, Package
from webapp.sandbox.client import Tenant
from webapp.schema import migrate_database
from webapp.services import accounts, epoch
from webapp.services.backups import making

PEOPLE, OWE = 60, 10


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "instance")


@pytest.fixture
def selling(settings: Settings) -> Iterator[APIFlask]:
    app = create_app(settings, TESTING=True)
    with app.app_context():
        migrate_database(db.engine)
        epoch.check_at_start()
        yield app
        db.session.remove()
        db.engine.dispose()


def work(app: APIFlask) -> None:
    with app.app_context():
        drain()
        db.session.remove()


@pytest.mark.parametrize("kind", ["key", "lookup"])
def test_backup_made_under_load_is_restored_and_adopted_and_nothing_is_lost_or_sent_twice(
    selling: APIFlask, settings: Settings, nx: Tenant, run: Run, kind: str
) -> None:
    integration = connect(nx, kind)
    package_id, integration_id = package_of(integration).id, integration.id
    services = sell_to_crowd(db.session.get_one(Package, package_id), PEOPLE)
    db.session.remove()
    engine = threading.Thread(target=work, args=(selling,))
    engine.start()
    file = making.make_now().file
    db.session.remove()
    engine.join()
    set_statuses(services[:OWE], OWING, accounts.NEGATIVE)
    assert drain() == 0
    db.session.remove()
    db.engine.dispose()
    since = nx.seq()
    result = run("restore", file, "--yes")
    assert result.exit_code == 0, result.output
    with create_app(settings, TESTING=True).app_context():
        epoch.check_at_start()
        assert epoch.observing() is not None
        set_statuses(services[:OWE], OWING, accounts.NEGATIVE)
        plan = read_and_plan()
        assert writes(nx, since) == []
        assert approve(plan) == []
        assert drain() == 0
        assert not {"create", "cancel", "suspend"} & set(writes(nx, since))
        integration = db.session.get_one(Integration, integration_id)
        assert statuses(integration) == {"active": PEOPLE - OWE, "suspended": OWE}
        assert nx.doubles() == {}
        assert {one.remote_ids["id"] for one in accounts_of(integration)} == {row["id"] for row in nx.subscribers()}
        db.session.remove()
        db.engine.dispose()
