"""Attempts to make reconciliation cut off whom it should not, lose what was decided, or tell what is not so."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from tests.journeys.crowd import package_of, sell_to_crowd
from tests.services.helpers import make_integration
from tests.services.runs_helpers import step
from webapp import clock
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, Integration, Run
from webapp.services import runs
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict
from webapp.services.runs import rows
from webapp.services.runs.steering import pause_run, stop_run

ANA, BIA = "ana@example.com", "bia@example.com"


@pytest.fixture
def integration(app: APIFlask) -> Integration:
    """Forty people with a settled account each, all believed suspended."""
    integration = make_integration(gateway="nx_play")
    sell_to_crowd(package_of(integration), 40)
    units = dump_units({ACCOUNT_UNIT: UnitState(state="suspended")})
    settled = {"generation": 1, "applied_generation": 1, "due_at": None, "status": "suspended", "desired": "suspended"}
    db.session.execute(update(Account).values(units=units, **settled))
    db.session.commit()
    return integration


def losing(ids: list[int], action: Action = Action.SUSPEND) -> list[Difference]:
    """Return that these are shown active there, and shall not be."""
    before, after = {"state": "active"}, {"state": "suspended"}
    return [Difference(one, f"a{one}@example.com", Situation.STATE, action, before, after) for one in ids]


def ids_of(integration: Integration) -> list[int]:
    return list(db.session.scalars(select(Account.id).order_by(Account.id)))


def look(integration: Integration, differences: list[Difference]) -> Run:
    db.session.rollback()
    run = runs.record_part(integration.id, differences, "look", "event", clock.utc_now())
    assert run is not None
    return run


def outcomes(run: Run) -> dict[str, int]:
    db.session.rollback()
    found = rows.outcome_counts(run.id)
    db.session.rollback()
    return found


@pytest.fixture
def part_approved(integration: Integration) -> Run:
    """A batch of thirty of which twelve were let go and wait for their turn."""
    run = look(integration, losing(ids_of(integration)[:30]))
    return runs.approve_run(run.id, run.checksum, rows.held_ids(run.id)[:12])


def reject(run: Run) -> None:
    runs.reject_run(run.id, "the rest is wrong")


def lapse(run: Run) -> None:
    clock.move(timedelta(hours=73))
    runs.expire_due(clock.utc_now())


@pytest.mark.parametrize(("decide", "rest"), [(reject, "rejected"), (lapse, "lapsed")])
def test_what_was_approved_goes_on_when_the_rest_is_refused_or_lapses(
    part_approved: Run, decide: object, rest: str
) -> None:  # fmt: skip
    decide(part_approved)  # type: ignore[operator]
    assert outcomes(part_approved) == {"waiting": 12, rest: 18}
    step()
    assert outcomes(part_approved) == {"queued": 10, "waiting": 2, rest: 18}


@pytest.mark.parametrize("decide", [None, reject])
def test_a_part_that_was_approved_can_be_stopped_and_paused(part_approved: Run, decide: object) -> None:
    if decide is not None:
        decide(part_approved)  # type: ignore[operator]
    assert pause_run(part_approved.id).status == "paused"
    assert stop_run(part_approved.id, "enough").status == "stopped"
    assert "waiting" not in outcomes(part_approved)


@pytest.mark.parametrize("decide", [None, reject])
def test_a_part_that_was_approved_is_stopped_at_once(part_approved: Run, decide: object) -> None:
    if decide is not None:
        decide(part_approved)  # type: ignore[operator]
    assert stop_run(part_approved.id, "enough").status == "stopped"
    assert "waiting" not in outcomes(part_approved)
