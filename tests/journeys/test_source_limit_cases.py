"""How many may lose content by readings of an ERP: D21 to D26, from a fake ERP to a fake platform over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.journeys.crowd import drain, package_of
from tests.journeys.erp_world import ENDED, OWES, PAYS, World, open_world
from tests.journeys.platforms import integrate
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert, RunItem, SourceMapping
from webapp.sandbox.client import Erp, SandboxProcess, Tenant
from webapp.services import source_mapping, source_pulls, subscriptions
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict
from webapp.services.runs.undo import undo_pull

ANA, BIA = "ana@example.com", "bia@example.com"
# As many as may lose content in a day are more than the twenty that any provider may lose.
BASE, WAVE = 210, 22
DAY = 0.10


@pytest.fixture(scope="module")
def erp_world(
    sandbox: SandboxProcess, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("limits-erp")
    erp, platform = sandbox.erp("limits"), sandbox.tenant("nx-limits")
    with open_world(folder, empty_database, erp, platform, "hubsoft", people=BASE) as world:
        yield world


@pytest.fixture
def pulls(erp_world: World) -> World:
    """An ERP and a platform in step; what was done to bring them there does not count for the day."""
    erp_world.restore()
    clock.move(clock.timedelta(days=2))
    # Its clock goes on as ours does.
    erp_world.erp.set_dials(clock_ahead_days=2)
    erp_world.mark()
    return erp_world


def paying(world: World, count: int, start: int = 20) -> list[int]:
    return world.people[start : start + count]


def wave(world: World, status: str = OWES, count: int = WAVE) -> int:
    """Let so many owe, or end, and read the ERP; returns the pull that waits."""
    world.erp.change({"ids": paying(world, count)}, status=status)
    pull = world.pull()
    world.settle()
    assert pull is not None
    assert (pull.status, world.calls()) == ("staged", [])
    assert "pull_staged" in world.alerts()
    return pull.id


def approve_pull(world: World, pull_id: int) -> None:
    db.session.rollback()
    source_pulls.approve_pull(pull_id, source_pulls.get_pull(pull_id).checksum)
    source_pulls.work(pull_id)
    world.settle()


def test_d21_pulls_that_drip_four_percent_stop_when_the_day_is_spent(pulls: World) -> None:
    step = round(BASE * 0.04)
    for number in range(10):
        pulls.erp.change({"ids": paying(pulls, step, 20 + number * step)}, status=OWES)
        pulls.pull()
        pulls.settle()
    suspended = pulls.calls()
    assert set(suspended) == {"suspend"}
    assert step < len(suspended) <= BASE * DAY
    assert "pull_staged" in pulls.alerts()


def test_d22_d26_a_wave_of_an_erp_goes_with_one_approval_and_comes_back_whole_but_for_who_changed_since(
    pulls: World,
) -> None:
    pull_id = wave(pulls)
    approve_pull(pulls, pull_id)
    assert pulls.calls() == ["suspend"] * WAVE
    assert "pull_staged" not in pulls.alerts()
    subscriptions.set_status(pulls.code(paying(pulls, 1)[0]), PAYS)
    pulls.settle()
    pulls.mark()
    [undo] = undo_pull(pull_id, "the ERP was wrong")
    undo_id = undo.id
    pulls.settle()
    assert outcomes(undo_id) == {"proven": WAVE - 1, "skipped": 1}
    assert pulls.calls() == ["enable"] * (WAVE - 1)


def test_d23_eight_people_of_an_erp_of_whom_three_owe_ask_nobody(app: object, erp: Erp, nx: Tenant) -> None:
    source_id = small_erp(erp, nx)
    erp.change({"ids": [row["id"] for row in erp.services()][:3]}, status=OWES)
    since = nx.seq()
    assert source_pulls.work(source_pulls.request_pull(source_id).id) is not None
    drain(patience_s=1)
    assert [line["operation"] for line in nx.ledger(since, kind="nx")].count("suspend") == 3
    assert open_alerts() == []


def test_d24_a_wave_of_an_erp_that_changed_after_it_was_seen_cannot_be_approved(pulls: World) -> None:
    pull_id = wave(pulls)
    seen = source_pulls.get_pull(pull_id).checksum
    subscriptions.set_status(pulls.code(paying(pulls, 1)[0]), OWES)
    with pytest.raises(Conflict, match="pull_changed"):
        source_pulls.approve_pull(pull_id, seen)
    pulls.settle()
    # The one who was suspended by hand, and nobody else.
    assert pulls.calls() == ["suspend"]


def test_d25_who_read_the_erp_cannot_approve_that_services_end(pulls: World) -> None:
    with acting_as(ANA):
        pull_id = wave(pulls, ENDED, 12)
        with pytest.raises(Conflict, match="second_operator_needed"):
            approve_pull(pulls, pull_id)
    db.session.rollback()
    assert pulls.calls() == []
    with acting_as(BIA):
        approve_pull(pulls, pull_id)
    assert pulls.calls() == ["cancel"] * 12


def outcomes(run_id: int) -> dict[str, int]:
    """Return how many lines there are of each outcome."""
    db.session.rollback()
    rows = db.session.execute(select(RunItem.outcome, func.count()).where(RunItem.run_id == run_id).group_by("outcome"))
    return {row.outcome: row[1] for row in rows}


def open_alerts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))))


def small_erp(erp: Erp, platform: Tenant) -> int:
    """Return a source of eight people who all have their content."""
    package = package_of(integrate("nx_play", platform))
    erp.people(8, plain=True)
    source_id = factories.make_source(kind="hubsoft", params=erp.hubsoft_params()).id
    source_pulls.work(source_pulls.request_pull(source_id, dry_run=True).id)
    source_mapping.create_missing_plans(source_id)
    words = db.session.scalars(select(SourceMapping.external).where(SourceMapping.kind == "package")).all()
    source_mapping.save_mapping(source_id, {("package", word): str(package.id) for word in words})
    for _ in range(2):
        db.session.rollback()
        source_pulls.work(source_pulls.request_pull(source_id).id)
        drain(patience_s=1)
    assert open_alerts() == []
    return source_id
