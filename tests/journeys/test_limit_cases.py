"""How many may lose content by readings of a platform: D21 to D26, judged by its ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.journeys.crowd import OWING, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.platform_world import PEOPLE, PlatformWorld, open_platform_world
from tests.journeys.platforms import integrate
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert, Integration, RunItem
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.services import runs
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict
from webapp.services.runs.undo import undo_run

ANA, BIA = "ana@example.com", "bia@example.com"
DAY = 0.10


@pytest.fixture(scope="module")
def run_world(
    sandbox: SandboxProcess, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlatformWorld]:
    folder = tmp_path_factory.mktemp("limits-runs")
    with open_platform_world(folder, empty_database, sandbox.tenant("nx-run-limits")) as world:
        yield world


@pytest.fixture
def world(run_world: PlatformWorld) -> PlatformWorld:
    """A platform in step, whose integration has no floor: so few are many."""
    run_world.restore()
    clock.move(clock.timedelta(hours=26))
    db.session.execute(update(Integration).values(limit_floor=0))
    db.session.commit()
    run_world.mark()
    return run_world


def test_d21_runs_that_drip_four_percent_stop_when_the_day_is_spent(world: PlatformWorld) -> None:
    for number in range(10):
        world.platform.enable(world.owing[2 * (number % 4) : 2 * (number % 4) + 2])
        world.read()
    assert set(world.calls()) == {"suspend"}
    assert 2 < world.calls()["suspend"] <= PEOPLE * DAY
    assert "run_staged" in world.alerts()


def test_d22_d26_a_wave_of_a_run_goes_with_one_approval_and_comes_back_whole_but_for_who_changed_since(
    world: PlatformWorld,
) -> None:
    world.platform.enable(world.owing[:5])
    run = world.read()
    assert (run.status, world.calls(), set(world.alerts())) == ("staged", {}, {"run_staged"})
    run_id = runs.approve_run(run.id, run.checksum).id
    drain(patience_s=1)
    assert (outcomes(run_id), world.calls(), world.alerts()) == ({"proven": 5}, {"suspend": 5}, {})
    world.pay(world.owing[0])
    drain(patience_s=1)
    world.mark()
    undo_id = undo_run(run_id, "a wrong list").id
    drain(patience_s=1)
    assert outcomes(undo_id) == {"proven": 4, "skipped": 1}
    assert world.calls() == {"enable": 4}


def test_d23_eight_people_of_a_platform_of_whom_three_owe_ask_nobody(app: object, nx: Tenant) -> None:
    integration = integrate("nx_play", nx)
    services = sell_to_crowd(package_of(integration), 8)
    drain(patience_s=1)
    set_statuses(services[:3], OWING)
    drain(patience_s=1)
    nx.enable([row["id"] for row in nx.subscribers()])
    clock.move(clock.timedelta(hours=25))
    since = nx.seq()
    db.session.rollback()
    runs.start_run(integration.id, "apply")
    drain(patience_s=1)
    assert [line["operation"] for line in nx.ledger(since, kind="nx")].count("suspend") == 3
    assert open_alerts() == []


def test_d24_a_wave_of_a_run_that_changed_after_it_was_seen_cannot_be_approved(world: PlatformWorld) -> None:
    world.platform.enable(world.owing[:5])
    run = world.read()
    run_id, seen = run.id, run.checksum
    world.pay(world.owing[0])
    drain(patience_s=1)
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run_id, seen)
    db.session.rollback()
    drain(patience_s=1)
    assert world.calls().get("suspend", 0) == 0


def test_d25_who_asked_for_a_run_cannot_approve_that_accounts_end(world: PlatformWorld) -> None:
    world.end(world.owing[:4])
    drain(patience_s=1)
    clock.move(clock.timedelta(hours=25))
    world.platform.enable(world.owing[:4])
    world.mark()
    with acting_as(ANA):
        run = world.read()
        assert (run.status, world.calls()) == ("staged", {})
        with pytest.raises(Conflict, match="second_operator_needed"):
            runs.approve_run(run.id, run.checksum)
    db.session.rollback()
    with acting_as(BIA):
        runs.approve_run(run.id, run.checksum)
    drain(patience_s=1)
    assert world.calls() == {"cancel": 4}


def outcomes(run_id: int) -> dict[str, int]:
    """Return how many lines there are of each outcome."""
    db.session.rollback()
    rows = db.session.execute(select(RunItem.outcome, func.count()).where(RunItem.run_id == run_id).group_by("outcome"))
    return {row.outcome: row[1] for row in rows}


def open_alerts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))))
