"""Where nothing changed, ten reconciliations of every bundled gateway plan nothing and send nothing."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from tests.journeys.crowd import drain
from tests.journeys.idle_platforms import PLATFORMS, Platform, Scene, settled
from webapp import clock
from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.contract import Operation
from webapp.models import Integration, Run, RunItem
from webapp.services import lookups, probes, runs
from webapp.services.hub import current_hub

RUNS = 10
AS_SOLD = ["active", "suspended", "active", "cancelled", "active"]


@pytest.fixture(params=PLATFORMS, ids=lambda platform: platform.key)
def scene(request: pytest.FixtureRequest, app: object) -> Iterator[Scene]:
    platform: Platform = request.param
    with settled(platform) as scene:
        # Older than any platform's read lag: what was just changed is not compared.
        clock.move(timedelta(hours=2))
        yield scene


def test_every_bundled_gateway_stands_here() -> None:
    assert {platform.key for platform in PLATFORMS} == set(registry.bundled())


def test_ten_idle_runs_plan_nothing_and_change_nothing(scene: Scene) -> None:
    before, stood = len(scene.changes), scene.statuses
    compared = _run_ten_times(scene.integration)
    drain()
    found = db.session.scalars(select(Run).where(Run.integration_id == scene.integration.id)).all()
    assert (len(found), {run.status for run in found}) == (RUNS, {"done"})
    assert [line.situation for line in db.session.scalars(select(RunItem))] == []
    assert (len(scene.changes), scene.statuses) == (before, stood)
    assert [run.counts.get("compared", 0) > 0 for run in found] == compared
    assert [status.replace("waiting_user", "active") for status in stood] == AS_SOLD


def _run_ten_times(integration: Integration) -> list[bool]:
    """Reconcile as this platform allows; returns of each run whether it can compare anybody."""
    traits = registry.get_gateway(integration.gateway).traits
    if traits.can(Operation.LIST) or not traits.can(Operation.FIND):
        for _ in range(RUNS):
            db.session.rollback()
            runs.start_run(integration.id, "apply")
            clock.move(timedelta(hours=1))
        return [traits.can(Operation.LIST)] * RUNS
    for _ in range(RUNS // 2):
        _sample(integration)
        _spend_a_night(integration)
    return [True] * RUNS


def _sample(integration: Integration) -> None:
    run = runs.request_run(integration.id, "plan", reading="sample")
    runs.work(run.id)


def _spend_a_night(integration: Integration) -> None:
    db.session.execute(update(Integration.__table__).values(probe_nights=1, probe_from="01:00", probe_until="06:00"))
    db.session.commit()
    local = clock.utc_now().astimezone(ZoneInfo(current_hub().settings.timezone))
    night = (local + timedelta(days=1)).replace(hour=5, minute=58, second=30, microsecond=0)
    clock.move(night - local)
    for _ in range(3):
        probes.refresh_applied(clock.utc_now())
        lookups.look_up_marked()
        probes.probe_due(clock.utc_now())
        clock.move(timedelta(minutes=1))
