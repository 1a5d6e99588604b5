"""Actions on accounts, packages, plans and accounts of nobody: done, left out, failed, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.bulk_jobs.scenes import accounts, carried_out, counts, lines, order
from tests.services.orphan_scenes import buyer, note, seen
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Orphan, Package, Plan
from webapp.services import bulk_jobs, lookup_marks
from webapp.services.bulk_jobs.choosing import back
from webapp.services.errors import Conflict

# It can neither be asked about one account nor be told twice.
HUBISP = {"api_url": "http://127.0.0.1:9", "token": "a-token"}
pytestmark = pytest.mark.usefixtures("app")


def set_of(account: Account, **values: object) -> None:
    for name, value in values.items():
        setattr(account, name, value)
    db.session.commit()


def test_try_now_brings_forward_what_waits_or_was_refused() -> None:
    waits, refused, parked, busy, idle = accounts(factories.make_integration(), 5)
    later = utc_now() + timedelta(hours=5)
    set_of(waits, status="pending", due_at=later, tries=3, priority=0)
    set_of(refused, status="blocked")
    set_of(parked, status="parked")
    set_of(busy, status="blocked", lease_until=later)
    job = carried_out(order("accounts_try", [waits, refused, parked, busy, idle]))
    assert lines(job) == {
        waits.id: ("done", ""), refused.id: ("done", ""), parked.id: ("skipped", "account_parked"),
        busy.id: ("failed", "account_busy"), idle.id: ("skipped", "bulk_nothing_waits"),
    }  # fmt: skip
    assert waits.due_at is not None
    assert waits.due_at <= utc_now()
    # Who paid just now keeps the way free; the other stands behind single changes.
    assert (waits.tries, waits.priority, refused.status, refused.priority) == (3, 0, "pending", 6)


def test_resend_sends_the_state_once_more_and_never_what_was_ended_or_is_in_doubt() -> None:
    live, ended, parked = accounts(factories.make_integration(), 3)
    set_of(ended, status="cancelled")
    set_of(parked, status="parked")
    before = live.generation
    job = carried_out(order("accounts_resend", [live, ended, parked]))
    assert counts(job) == ("done", 1, 2, 0)
    assert (live.generation, live.status) == (before + 1, "pending")
    assert parked.status == "parked"


def test_inactive_platform_is_told_nothing_and_the_lines_say_so() -> None:
    integration, other = factories.make_integration(), factories.make_integration()
    off, on = accounts(integration, 1)[0], accounts(other, 1)[0]
    integration.active = False
    db.session.commit()
    job = carried_out(order("accounts_resend", [off, on]))
    assert lines(job) == {off.id: ("failed", "integration_inactive"), on.id: ("done", "")}


def test_look_asks_only_platforms_that_can_be_asked_and_only_so_many_at_a_time() -> None:
    asked = accounts(factories.make_integration(gateway="nx_play"), 2)
    deaf = accounts(factories.make_integration(), 1)
    job = carried_out(order("accounts_look", [*asked, *deaf], table="accounts_pending"))
    assert counts(job) == ("done", 2, 1, 0)
    assert {one.account_id for one in lookup_marks.waiting()} == {one.id for one in asked}
    assert lookup_marks.room() == lookup_marks.AT_ONCE // 2 - 2


def test_let_go_on_takes_up_only_doubts_that_the_hub_can_clear_up_itself() -> None:
    asked = accounts(factories.make_integration(gateway="nx_play"), 1, "parked")[0]
    nobody = accounts(factories.make_integration(gateway="hubisp", params=HUBISP), 1, "parked")[0]
    active = accounts(factories.make_integration(gateway="nx_play"), 1)[0]
    units = dict(asked.units)
    job = carried_out(order("accounts_go_on", [asked, nobody, active]))
    assert lines(job)[asked.id] == ("done", "")
    assert (asked.status, asked.units) == ("pending", units)
    assert lines(job)[nobody.id] == ("skipped", "bulk_person_must_say")
    assert lines(job)[active.id] == ("skipped", "bulk_not_parked")


@pytest.mark.parametrize(
    ("kind", "make"), [("packages_active", factories.make_package), ("plans_active", factories.make_plan)]
)
def test_packages_and_plans_are_taken_off_the_offer_and_put_back(kind: str, make: object) -> None:
    first, second, off = (make() for _number in range(3))  # type: ignore[operator]
    off.active = False
    db.session.commit()
    job = carried_out(order(kind, [first, second, off], active="off"))
    assert counts(job) == ("done", 2, 1, 0)
    second.active = True
    db.session.commit()
    undo = carried_out(back(job.id))
    assert lines(undo) == {first.id: ("done", ""), second.id: ("skipped", "bulk_back_already")}
    model = Package if kind == "packages_active" else Plan
    assert [row.active for row in db.session.scalars(select(model).order_by(model.id))][:3] == [True, True, False]


def test_account_of_nobody_is_adopted_only_where_its_owner_is_told_exactly() -> None:
    integration = factories.make_integration(gateway="nx_play")
    owner = buyer(integration, "ana@example.com")
    exact, weak, unknown = note(
        integration, seen("other@example.com", document=owner.customer.document),
        seen(buyer(integration, "bia@example.com").customer.email), seen("nobody@example.com"),
    )  # fmt: skip
    job = carried_out(order("orphans_adopt", [exact, weak, unknown]))
    assert lines(job) == {
        exact.id: ("done", ""), weak.id: ("skipped", "bulk_guess_weak"), unknown.id: ("skipped", "bulk_guess_weak"),
    }  # fmt: skip
    assert db.session.get_one(Orphan, exact.id).status == "adopted"


def test_set_aside_is_taken_up_again() -> None:
    first, second = note(factories.make_integration(gateway="nx_play"), seen("a@example.com"), seen("b@example.com"))
    job = carried_out(order("orphans_ignore", [first, second], reason="Test accounts"))
    assert {row.status for row in db.session.scalars(select(Orphan))} == {"ignored"}
    assert first.reason == "Test accounts"
    carried_out(back(job.id))
    assert {row.status for row in db.session.scalars(select(Orphan))} == {"open"}
    with pytest.raises(Conflict, match="bulk_nothing"):
        bulk_jobs.start(back(job.id))
