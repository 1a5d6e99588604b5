"""A key that is lost or another one: nothing is sent with garbage, somebody is told, and all goes on afterwards."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.journeys.crowd import drain, package_of, sell_to_crowd, statuses
from tests.journeys.platforms import connect
from webapp import keys
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Alert, Attempt, IntegrationParam
from webapp.sandbox.client import Tenant
from webapp.services import alerts, secrets, watchdogs
from webapp.services.doctor_secrets import examine_secrets
from webapp.services.errors import Conflict
from webapp.services.hub import Hub
from webapp.services.privacy import erasing, reapply, salt
from webapp.vault import Vault, VaultError

WRONG = {"another key of that name": {"k1": b"x" * 32}, "no key of that name": {"k7": b"x" * 32}}


@pytest.mark.parametrize("wrong", WRONG)
def test_lost_key_sends_nothing_tells_somebody_and_given_back_lets_all_go_on(
    app: APIFlask, settings: Settings, nx: Tenant, wrong: str
) -> None:
    integration = connect(nx, "key")
    sell_to_crowd(package_of(integration), 3)
    path, since = settings.instance / "encryption.keys", nx.seq()
    keys.write(path, WRONG[wrong])
    app.extensions["sintonia"] = Hub(settings, Vault(WRONG[wrong], path))
    drain(patience_s=1)
    assert nx.ledger(since) == []
    assert db.session.scalars(select(Attempt)).all() == []
    watchdogs.watch(utc_now())
    assert ("secret_closed", integration.id) in {(one.code, one.object_id) for one in alerts.open_alerts(9)}
    assert [finding.code for finding in examine_secrets()] == ["doctor_secrets_closed"]
    keys.write(path, settings.encryption_keys)
    drain()
    watchdogs.watch(utc_now())
    assert statuses(integration) == {"active": 3}
    assert db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))).all() == []


def test_key_lost_for_good_lets_nobody_in_until_somebody_gives_up_to_know_erased_people(
    app: APIFlask, settings: Settings
) -> None:
    gone = factories.make_customer("1")
    erasing.request_erasure(gone.id, "asked")
    assert erasing.advance_all(utc_now()) == 1
    going = factories.make_customer("2")
    document = going.document
    erasing.request_erasure(going.id, "asked")
    with pytest.raises(Conflict, match="marks_open"):
        secrets.give_up_marks()
    fresh = {"k9": b"x" * 32}
    keys.write(settings.instance / "encryption.keys", fresh)
    app.extensions["sintonia"] = Hub(settings, Vault(fresh, settings.keys_file))
    secrets.check_keys()
    with pytest.raises(VaultError):
        factories.make_customer("3")
    assert secrets.give_up_marks() == 1
    factories.make_customer("3")
    with pytest.raises(Conflict, match="erased_person"):
        factories.make_customer("4", document=document)
    db.session.rollback()
    assert reapply.reapply_erasures() == 0
    assert salt.find_salt()
    assert [finding.code for finding in examine_secrets()] == ["doctor_secrets"]


@pytest.mark.usefixtures("app")
def test_secrets_swapped_between_two_platforms_open_for_neither_and_nothing_is_sent(nx: Tenant) -> None:
    first, second = connect(nx, "key"), connect(nx, "lookup")
    sell_to_crowd(package_of(first), 1)
    sell_to_crowd(package_of(second), 1)
    rows = db.session.scalars(select(IntegrationParam).where(IntegrationParam.sealed.is_not(None))).all()
    one, other = (next(row for row in rows if row.integration_id == owner.id) for owner in (first, second))
    one.sealed, other.sealed = other.sealed, one.sealed
    db.session.commit()
    since = nx.seq()
    drain(patience_s=1)
    assert nx.ledger(since) == []
    watchdogs.watch(utc_now())
    assert [alert.code for alert in alerts.open_alerts(9)] == ["secret_closed"] * 2
