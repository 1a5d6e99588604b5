"""What the machine found once, step by step: each was a fault of the product."""

from datetime import timedelta

import pytest

from tests.machine.desk import Desk
from tests.machine.judge import Judge
from tests.machine.world import KINDS, World


@pytest.mark.parametrize("kind", KINDS)
def test_account_that_a_restored_copy_would_end_is_not_made_again_when_its_package_is_sold_anew(
    world: World, kind: str
) -> None:
    world.begin(kind)
    desk, judge = Desk(world), Judge(world, 3)
    somebody = world.model.people["a1@example.com"]
    desk.package(somebody, "TV")
    world.backup()
    world.restore(0)
    desk.adopt()
    world.step(world.cycles)
    desk.package(somebody, "XT")
    world.step(world.cycles)
    judge.look()
    assert [one.id for one in world.platform.live(somebody.email)] == ["sub_0002"]
    # A person is asked, or it goes on by itself; then it stands there as it shall.
    desk.answer(somebody.email)
    world.pass_time(timedelta(minutes=5))
    world.step(world.work)
    judge.look()
    [there] = world.platform.live(somebody.email)
    assert (there.id, there.row["status"], there.row["products"]) == ("sub_0002", "active", ["extra"])


def test_account_that_a_restored_copy_would_end_is_ended_once_a_person_said_that_it_is_there(world: World) -> None:
    world.begin("blind")
    desk = Desk(world)
    somebody = world.model.people["a1@example.com"]
    desk.package(somebody, "TV")
    world.backup()
    world.restore(0)
    desk.adopt()
    world.step(world.work)
    account = world.accounts()[somebody.email]
    assert (account.status, account.error_code) == ("parked", "restored_unknown")
    desk.lift()
    for run in desk.runs_in("staged"):
        desk.approve(run.id)
    desk.answer(somebody.email)
    world.step(world.work)
    assert world.platform.live(somebody.email) == []
