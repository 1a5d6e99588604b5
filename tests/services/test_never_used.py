"""Who never used what was sold: seen at log-ins and check-outs, told anew, and whether it helped."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.bulk_jobs.scenes import carried_out, order
from tests.services.activation_scene import make_account, switched_on
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, CustomerMessage, Integration
from webapp.models.account import ACTIVE, WAITING_USER
from webapp.services.never_used import first_use, listing

pytestmark = pytest.mark.usefixtures("app")


def unused(**filters: str) -> list[int]:
    db.session.expire_all()
    return [row.id for row in db.session.scalars(listing.unused_rows(filters))]


def test_who_waits_for_the_checkout_stands_there_after_seven_days_until_it_is_done() -> None:
    account = make_account(WAITING_USER)
    first_use.watch_checkouts()
    assert unused() == []
    clock.move(timedelta(days=8))
    assert unused() == [account.id]
    account.status = ACTIVE
    db.session.commit()
    assert first_use.watch_checkouts() == 1
    assert db.session.get_one(Account, account.id).first_used_at is not None
    assert unused() == []


def test_platform_that_does_not_tell_is_named_and_its_accounts_are_not_accused() -> None:
    account = make_account(ACTIVE, gateway="outros")
    clock.move(timedelta(days=8))
    assert unused() == []
    assert account.integration.description in listing.telling().silent


def test_first_log_in_that_a_platform_asks_about_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account(ACTIVE, gateway="outros", email="ana@example.com")
    asking = select(Integration.id).where(Integration.id == account.integration_id)
    monkeypatch.setattr(listing, "asking_at_login", lambda: asking)
    clock.move(timedelta(days=8))
    assert unused() == [account.id]
    first_use.note([account.id])
    seen = db.session.get_one(Account, account.id).first_used_at
    assert seen is not None
    clock.move(timedelta(days=1))
    first_use.note([account.id])
    assert db.session.get_one(Account, account.id).first_used_at == seen
    assert unused() == []


def test_telling_anew_makes_one_message_a_day_and_its_result_is_counted() -> None:
    switched_on()
    first, second = make_account(WAITING_USER), make_account(WAITING_USER)
    clock.move(timedelta(days=8))
    job = carried_out(order("never_used_tell", [first, second], table="never_used"))
    assert db.session.query(CustomerMessage).count() == 2
    first_use.note([first.id])
    (result,) = listing.results()
    assert (result.job_id, result.told, result.used, result.over) == (job.id, 2, 1, False)


def test_no_cost_on_record_is_no_cost_said() -> None:
    make_account(WAITING_USER)
    heading = listing.heading({"days": "7"}, clock.utc_now().date(), costed=True)
    assert (heading.cost, heading.messages_on) == (None, False)
