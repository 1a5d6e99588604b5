"""Attempts to make reconciliation cut off whom it should not, lose what was decided, or tell what is not so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, update

from tests.fixtures.people import Browser
from tests.journeys.crowd import OWING, package_of, sell_to_crowd
from tests.journeys.platforms import Recipe, integrate, use
from tests.services.helpers import make_integration
from tests.services.runs_helpers import drain, reconcile, step
from tests.services.test_run_proofs import drifted, without_find
from webapp import clock
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, Integration, Orphan, Run, RunItem, Service
from webapp.sandbox.client import Tenant
from webapp.services import epoch, keeps, runs
from webapp.services.pages import encode_cursor
from webapp.services.runs import rows, superseding
from webapp.services.runs.steering import pause_run, stop_run

Decide = Callable[[Run], None]


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


def losing(ids: list[int]) -> list[Difference]:
    """Return that these are shown active there, and shall not be."""
    before, after = {"state": "active"}, {"state": "suspended"}
    return [Difference(one, f"a{one}@example.com", Situation.STATE, Action.SUSPEND, before, after) for one in ids]


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
    part_approved: Run, decide: Decide, rest: str
) -> None:  # fmt: skip
    decide(part_approved)
    assert outcomes(part_approved) == {"waiting": 12, rest: 18}
    step()
    assert outcomes(part_approved) == {"queued": 10, "waiting": 2, rest: 18}


@pytest.mark.parametrize("decide", [None, reject])
def test_a_part_that_was_approved_can_be_stopped_and_paused(part_approved: Run, decide: Decide | None) -> None:
    if decide is not None:
        decide(part_approved)
    assert pause_run(part_approved.id).status == "paused"
    assert stop_run(part_approved.id, "enough").status == "stopped"
    assert "waiting" not in outcomes(part_approved)


@pytest.mark.parametrize("decide", [None, reject])
def test_a_part_that_was_approved_is_stopped_at_once(part_approved: Run, decide: Decide | None) -> None:
    if decide is not None:
        decide(part_approved)
    assert stop_run(part_approved.id, "enough").status == "stopped"
    assert "waiting" not in outcomes(part_approved)


def settle_queued(run: Run) -> None:
    """Have convergence be done with what was handed over: accepted, and not read back yet."""
    db.session.rollback()
    queued = select(RunItem.account_id).where(RunItem.run_id == run.id, RunItem.outcome == "queued")
    units = dump_units({ACCOUNT_UNIT: UnitState(state="suspended")})
    done = {"applied_generation": Account.generation, "due_at": None, "status": "suspended", "units": units}
    db.session.execute(update(Account).where(Account.id.in_(queued)).values(**done, applied_at=clock.utc_now()))
    db.session.commit()


def test_first_few_that_nobody_could_read_back_for_a_day_let_nothing_more_go(integration: Integration) -> None:
    run = look(integration, losing(ids_of(integration)[:30]))
    runs.approve_run(run.id, run.checksum)
    step()
    settle_queued(run)
    step()
    assert outcomes(run) == {"queued": 10, "waiting": 20}
    clock.move(timedelta(hours=25))
    step()
    assert runs.get_run(run.id).status == "paused"
    assert outcomes(run) == {"sent": 10, "waiting": 20}


def test_who_waits_in_a_paused_batch_does_not_go_by_itself_in_a_smaller_one(part_approved: Run) -> None:
    pause_run(part_approved.id)
    waiting = [item.account_id for item in part_approved.items if item.outcome == "staged"]
    other = Run(id=99, integration_id=part_approved.integration_id)
    assert superseding.must_ask(other, losing(waiting[:3]))


def test_two_integrations_of_one_platform_do_not_take_each_others_accounts_for_strangers(
    app: APIFlask, nx: Tenant
) -> None:  # fmt: skip
    key = use(Recipe("nx_twice"))
    first, second = integrate(key, nx), integrate(key, nx)
    sell_to_crowd(package_of(first), 6)
    sell_to_crowd(package_of(second), 6)
    drain()
    run = reconcile(first)
    assert (run.status, run.complete) == ("done", True)
    assert epoch.observing_afresh() is None
    assert db.session.scalar(select(func.count()).select_from(Orphan)) == 0


def test_keeps_that_are_lifted_in_small_parts_count_together_before_anything_was_sent(app: APIFlask) -> None:
    integration = make_integration(gateway="nx_play")
    services = sell_to_crowd(package_of(integration), 60)
    db.session.execute(update(Service).where(Service.id.in_(services)).values(status=OWING))
    units = dump_units({ACCOUNT_UNIT: UnitState(state="active")})
    kept = {"keep_content": "active", "keep_reason": "undo", "kept_at": clock.utc_now(), "units": units}
    db.session.execute(update(Account).values(applied_generation=1, due_at=None, status="active", **kept))
    db.session.commit()
    ids = ids_of(integration)
    assert keeps.lift_keeps(ids[:15], "seen") == []
    (staged,) = keeps.lift_keeps(ids[15:30], "seen")
    assert (staged.status, staged.counts["staged"]) == ("staged", 15)


def test_an_empty_list_with_a_friendly_face_proves_nothing_in_either_direction(app: APIFlask, nx: Tenant) -> None:
    run = drifted(nx, without_find())
    step()
    drain()
    nx.set_dials(list_fault="empty")
    step()
    step()
    assert outcomes(run) == {"queued": 6}


@pytest.mark.parametrize("values", [[{"a": 1}], [None], [True], [2**70], [1, 2]])
def test_places_in_lists_that_nobody_gave_out_begin_at_the_first_page(admin: Browser, values: list[object]) -> None:
    cursor = encode_cursor(values)
    for path in ("/runs", "/orphans", "/kept", "/transmissions", "/alerts"):
        assert admin.get(path, query_string={"cursor": cursor}).status_code == 200, path


@pytest.mark.parametrize("path", ["/runs/{}", "/orphans/{}"])
def test_numbers_that_no_row_can_have_are_refused_and_not_a_failure_of_ours(admin: Browser, path: str) -> None:
    assert admin.get(path.format(2**70)).status_code == 400


@pytest.mark.parametrize("path", ["/runs", "/orphans", "/kept", "/transmissions", "/customers", "/alerts"])
def test_filter_by_a_number_that_no_row_can_have_is_left_out_by_every_list(admin: Browser, path: str) -> None:
    answer = admin.get(path, query_string={"integration": 2**70})
    # Neither at work nor carried on by a link: the page shows what it filters by.
    assert (answer.status_code, str(2**70) in answer.text) == (200, False)
