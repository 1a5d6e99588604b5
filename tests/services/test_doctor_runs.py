"""``doctor`` on reconciliation: the worker, what waits for a person, platforms that were not read for long."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests import factories
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Account, Integration, Run
from webapp.services.doctor_runs import examine_runs
from webapp.services.system import beat

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def platform(app: object) -> Integration:
    """A platform that can be read, with one account; it is three days old."""
    integration = factories.make_integration(gateway="nx_play")
    factories.make_sale(package=factories.make_package(integration))
    db.session.execute(update(Account).values(status="active"))
    db.session.execute(update(Integration.__table__).values(created_at=ago(72)))
    db.session.commit()
    return integration


def ago(hours: float) -> Any:
    return utc_now() - timedelta(hours=hours)


def found() -> dict[str, tuple[str, str]]:
    seen = {one.name: (one.level, one.code) for one in examine_runs()}
    for one in examine_runs():
        told = explain(one.code, one.params)
        assert "{" not in told.cause + told.remedy, one
        assert told.remedy or one.level == "ok", one
    return seen


def add_run(integration: Integration, status: str, hours: float, **values: Any) -> None:
    at = ago(hours)
    ended = {"finished_at": at} if status == "done" else {}
    db.session.add(Run(integration_id=integration.id, mode="apply", status=status, started_at=at, **ended, **values))
    db.session.commit()


def live(hours: float) -> None:
    with db.engine.begin() as connection:
        beat(connection, "runs", ago(hours))


def test_a_hub_without_integrations_has_nothing_to_reconcile() -> None:
    assert found() == {
        "runs": ("ok", "doctor_runs_none"), "batches": ("ok", "doctor_batches_none"),
        "readings": ("ok", "doctor_readings_none"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "wanted"), [(None, "doctor_runs_silent"), (1, "doctor_runs_silent"), (0, "doctor_runs")]
)
def test_the_worker_is_missed_when_it_gives_no_sign_of_life(
    platform: Integration, hours: float | None, wanted: str
) -> None:
    if hours is not None:
        live(hours)
    assert found()["runs"] == ("ok" if wanted == "doctor_runs" else "warn", wanted)


def test_what_waits_for_a_person_is_counted_with_the_oldest(platform: Integration) -> None:
    add_run(platform, "staged", 2)
    add_run(platform, "staged", 30)
    assert found()["batches"] == ("warn", "doctor_batches")
    [batches] = [one for one in examine_runs() if one.name == "batches"]
    assert (batches.params["count"], batches.params["hours"], batches.params["id"]) == (2, 30, 2)
    add_run(platform, "paused", 1)
    assert found()["batches"] == ("warn", "doctor_run_paused")


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        ([], ("warn", "doctor_reading_never")),
        ([{"hours": 1, "complete": True}], ("ok", "doctor_readings")),
        ([{"hours": 60, "complete": True}], ("warn", "doctor_reading_old")),
        ([{"hours": 60, "complete": True}, {"hours": 1, "complete": False}], ("warn", "doctor_reading_old")),
    ],
)
def test_a_platform_that_was_not_read_whole_for_long_is_named(
    platform: Integration, readings: list[dict[str, Any]], wanted: tuple[str, str]
) -> None:
    for values in readings:
        add_run(platform, "done", **values)
    assert found()["readings"] == wanted
