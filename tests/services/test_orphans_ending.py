"""Accounts that nobody here made: ignored or ended by people, and by nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.journeys.platforms import integrate
from tests.services.orphan_scenes import account_of, buyer, live, note, seen, shown, status
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Attempt, Event, Integration, Orphan
from webapp.sandbox.client import Tenant
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.orphans import note_seen
from webapp.services.orphans.cancelling import work_due
from webapp.services.orphans.deciding import ALONE_PER_DAY, approve_cancel, cancel, ignore, reopen

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def there(app: object) -> Integration:
    """A platform that nobody answers for."""
    return factories.make_integration(gateway="nx_play")


@pytest.fixture
def strangers(app: object, nx: Tenant) -> tuple[Integration, list[Orphan]]:
    """Three people on the platform whom nobody here made, as a whole reading showed them."""
    integration = integrate("nx_play", nx)
    return integration, note(integration, *(shown(row) for row in nx.add_foreign(3)))


def approved(rows: list[Orphan]) -> list[int]:
    """Ask for the end as one person and approve it as another."""
    ids = [one.id for one in rows]
    with acting_as("one@example.com"):
        cancel(ids, "Nobody knows them")
    with acting_as("two@example.com"):
        approve_cancel(ids)
    return ids


def writes(tenant: Tenant, since: int = 0) -> list[str]:
    return [line["operation"] for line in tenant.ledger(since, kind="nx") if line["operation"] in ("cancel", "suspend")]


def test_several_end_only_after_a_second_person_and_are_read_back(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    _, rows = strangers
    ids = [one.id for one in rows]
    with acting_as("one@example.com"):
        assert cancel(ids, "Nobody knows them").waits
        work_due(utc_now())
        assert writes(nx) == []
        with pytest.raises(Conflict, match="orphan_second_operator"):
            approve_cancel(ids)
    with acting_as("two@example.com"):
        approve_cancel(ids)
    work_due(utc_now())
    assert [status(one) for one in rows] == ["cancelled"] * 3
    assert writes(nx) == ["cancel"] * 3
    assert nx.live() == {}
    calls = db.session.scalars(select(Attempt).where(Attempt.unit == f"orphan:{ids[0]}").order_by(Attempt.id)).all()
    assert [(one.operation, one.outcome, one.account_id) for one in calls] == [
        ("find", "found", None), ("cancel", "ok", None), ("find", "not_found", None)]  # fmt: skip
    events = db.session.scalars(select(Event.action).where(Event.object_id == ids[0], Event.object_type == "orphan"))
    assert list(events) == ["orphan.cancel", "orphan.approve", "orphan.sent", "orphan.cancelled"]


def test_one_at_a_time_needs_nobody_else_until_there_were_too_many_that_day(there: Integration) -> None:
    rows = note(there, *(seen(f"p{number}@example.com") for number in range(ALONE_PER_DAY + 1)))
    waits = [cancel([one.id], "Unknown").waits for one in rows]
    assert waits == [False] * ALONE_PER_DAY + [True]


def test_one_that_is_gone_already_is_closed_without_a_call_that_ends_anything(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    _, [one, *_] = strangers
    nx.delete([one.remote_ids["id"]])
    cancel([one.id], "Unknown")
    work_due(utc_now())
    assert (status(one), writes(nx)) == ("gone", [])


def test_one_that_became_ours_is_never_ended(strangers: tuple[Integration, list[Orphan]], nx: Tenant) -> None:
    integration, [one, *_] = strangers
    cancel([one.id], "Unknown")
    live(account_of(buyer(integration), integration), "other@example.com", id=one.remote_ids["id"])
    work_due(utc_now())
    assert (status(one), writes(nx)) == ("adopted", [])


def test_another_account_with_the_same_log_in_is_not_ended_in_its_place(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    _, [one, *_] = strangers
    nx.delete([one.remote_ids["id"]])
    nx.add_subscriber(email=one.login, name="Somebody Else", external_id="other-1")
    cancel([one.id], "Unknown")
    work_due(utc_now())
    assert (status(one), one.error_code, one.due_at, writes(nx)) == (
        "cancelling", "orphan_another_there", None, [])  # fmt: skip
    reopen([one.id])
    assert (status(one), one.error_code) == ("open", None)


def test_a_cancel_without_an_answer_is_looked_up_and_counts_once(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    _, [one, *_] = strangers
    nx.set_dials(operations=["cancel"], reset="after", fail_next=1)
    cancel([one.id], "Unknown")
    work_due(utc_now())
    assert (status(one), one.tries, one.error_code is not None) == ("cancelling", 1, True)
    assert writes(nx) == ["cancel"]
    clock.move(timedelta(minutes=1))
    work_due(utc_now())
    assert (status(one), writes(nx)) == ("cancelled", ["cancel"])


def test_a_platform_that_is_down_or_paused_gets_no_call_and_nothing_is_lost(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    integration, [one, *_] = strangers
    cancel([one.id], "Unknown")
    integration.paused_code = "auth_stopped"
    db.session.commit()
    since = nx.seq()
    assert work_due(utc_now()) == 0
    integration.paused_code = None
    db.session.commit()
    nx.set_dials(status=503, fail_next=1)
    work_due(utc_now())
    assert (status(one), writes(nx, since)) == ("cancelling", [])
    clock.move(timedelta(minutes=1))
    work_due(utc_now())
    assert status(one) == "cancelled"


def test_one_that_is_still_shown_after_its_cancel_is_brought_to_a_person(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    _, [one, *_] = strangers
    # It says yes and does nothing.
    nx.set_dials(operations=["cancel"], status=200, body={}, when="before")
    cancel([one.id], "Unknown")
    for _number in range(6):
        work_due(utc_now())
        clock.move(timedelta(minutes=5))
    assert (status(one), one.error_code, one.due_at) == ("cancelling", "orphan_still_there", None)
    assert writes(nx) == ["cancel"]


def test_a_reading_that_began_before_the_end_does_not_bring_it_back_and_a_later_one_does(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    integration, rows = strangers
    one, began = rows[0], utc_now()
    clock.move(timedelta(seconds=5))
    cancel([one.id], "Unknown")
    work_due(utc_now())
    observed = Observed(one.login, RemoteState.ACTIVE, dict(one.remote_ids), one.reference)
    note_seen(integration.id, [observed], 1, began)
    assert status(one) == "cancelled"
    assert note(integration, observed)[0].status == "open"


def test_what_was_decided_meanwhile_is_refused_as_a_whole(there: Integration) -> None:
    rows = note(there, seen("a@example.com"), seen("b@example.com"))
    ignore([rows[0].id], "Test account")
    with pytest.raises(Conflict, match="orphan_changed"):
        cancel([one.id for one in rows], "Unknown")
    with pytest.raises(Invalid):
        ignore([rows[1].id], " ")
    with pytest.raises(NotFound):
        reopen([999])
    with pytest.raises(Conflict, match="orphan_none_chosen"):
        reopen([])
    assert [status(one) for one in rows] == ["ignored", "open"]


def test_a_whole_reading_that_shows_it_no_more_proves_its_end_before_we_ask(
    strangers: tuple[Integration, list[Orphan]], nx: Tenant
) -> None:
    integration, [one, *_] = strangers
    nx.set_dials(operations=["find"], status=503, fail_after=1)
    cancel([one.id], "Unknown")
    work_due(utc_now())
    assert (status(one), writes(nx)) == ("cancelling", ["cancel"])
    note(integration)
    assert (status(one), one.due_at) == ("cancelled", None)
