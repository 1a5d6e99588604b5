"""Ends of accounts of nobody: asked for, approved by somebody else, taken back; each with the guard of one alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.bulk_jobs.scenes import ADMIN, carried_out, counts, lines, order
from tests.services.orphan_scenes import note, orphans, seen
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import BulkJob, Event, Orphan
from webapp.services import audit, bulk_jobs, epoch
from webapp.services.bulk_jobs.choosing import back
from webapp.services.errors import Conflict, Invalid, NotAllowed
from webapp.services.orphans import deciding

pytestmark = pytest.mark.usefixtures("app")
ONE, TWO = "one@example.com", "two@example.com"


def strangers(count: int, gateway: str = "nx_play", **values: object) -> list[Orphan]:
    integration = factories.make_integration(gateway=gateway, **values)
    note(integration, *(seen(f"nobody{number}@example.com") for number in range(count)))
    return [row for row in orphans() if row.integration_id == integration.id]


def done_by(who: str, kind: str, rows: list[Orphan], **how: object) -> BulkJob:
    with audit.acting_as(who):
        return carried_out(order(kind, rows), **how)


def test_end_of_many_waits_for_another_person_and_then_goes() -> None:
    first, second = strangers(2)
    job = done_by(ONE, "orphans_cancel", [first, second])
    assert counts(job) == ("done", 2, 0, 0)
    assert [(one.status, one.requested_by, one.decided_by, one.due_at) for one in orphans()] == [
        ("cancelling", ONE, "", None), ("cancelling", ONE, "", None),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="bulk_nothing"):
        done_by(ONE, "orphans_approve", [first, second])
    approved = done_by(TWO, "orphans_approve", [first, second])
    assert counts(approved) == ("done", 2, 0, 0)
    assert all(one.decided_by == TWO and one.due_at is not None for one in orphans())
    told = select(Event.action).where(Event.object_type == "orphan").order_by(Event.id)
    assert list(db.session.scalars(told)) == ["orphan.cancel"] * 2 + ["orphan.approve"] * 2


def test_even_one_asked_for_as_work_on_many_waits() -> None:
    (only,) = strangers(1)
    done_by(ONE, "orphans_cancel", [only])
    assert (only.status, only.decided_by) == ("cancelling", "")


def test_asking_and_approving_want_a_reason() -> None:
    (only,) = strangers(1)
    with audit.acting_as(ONE), pytest.raises(Invalid):
        carried_out(order("orphans_cancel", [only], reason=" "))
    assert only.status == "open"
    done_by(ONE, "orphans_cancel", [only])
    with audit.acting_as(TWO), pytest.raises(Invalid):
        carried_out(order("orphans_approve", [only], reason=""))
    db.session.refresh(only)
    assert only.decided_by == ""


def test_platform_that_cannot_end_or_is_only_observed_is_left_out() -> None:
    gone, held, free = (strangers(1)[0] for _number in range(3))
    gone.integration.gateway = "gone"
    db.session.commit()
    seen_before = bulk_jobs.preview(order("orphans_cancel", [gone, held, free]))
    codes = [group.left_out.code for group in seen_before.groups]
    assert (seen_before.ready, codes) == (2, ["gateway_missing"])
    epoch.begin_observing("hold")
    seen_now = bulk_jobs.preview(order("orphans_cancel", [held, free]))
    assert (seen_now.ready, [group.left_out.code for group in seen_now.groups]) == (0, ["hub_observes"])


def test_many_ends_want_their_number_from_an_administrator() -> None:
    rows = strangers(11)
    done_by(ONE, "orphans_cancel", rows)
    with audit.acting_as(TWO):
        wanted = order("orphans_approve", rows)
        shown = bulk_jobs.preview(wanted)
        assert (shown.losing, shown.cancels, bool(shown.hits)) == (11, 11, True)
        with pytest.raises(NotAllowed, match="bulk_administrator_needed"):
            bulk_jobs.start(wanted, shown.stamp)
        with pytest.raises(Invalid):
            bulk_jobs.start(wanted, shown.stamp, confirm=10, **ADMIN)
    assert not any(one.decided_by for one in orphans())
    assert counts(done_by(TWO, "orphans_approve", rows, confirm=11, **ADMIN)) == ("done", 11, 0, 0)


def test_wish_for_an_end_is_taken_back_unless_it_is_being_sent() -> None:
    first, second = strangers(2)
    job = done_by(ONE, "orphans_cancel", [first, second])
    second.lease_until = utc_now() + timedelta(minutes=1)
    db.session.commit()
    undo = carried_out(back(job.id))
    assert lines(undo) == {first.id: ("done", ""), second.id: ("failed", "orphan_busy")}
    assert [one.status for one in orphans()] == ["open", "cancelling"]


def test_taken_up_again_are_ignored_ones_and_those_whose_end_has_not_come() -> None:
    ignored, waits, is_open = strangers(3)
    deciding.ignore([ignored.id], "Test account")
    with audit.acting_as(ONE):
        deciding.cancel([waits.id], "Unknown")
    job = done_by(TWO, "orphans_reopen", [ignored, waits, is_open])
    assert lines(job) == {
        ignored.id: ("done", ""), waits.id: ("done", ""), is_open.id: ("skipped", "bulk_orphan_not_aside"),
    }  # fmt: skip
    assert {one.status for one in orphans()} == {"open"}
