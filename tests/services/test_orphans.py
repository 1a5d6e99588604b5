"""Accounts that nobody here made: noted, guessed about, adopted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.journeys.crowd import drain, package_of
from tests.journeys.platforms import integrate
from tests.services.orphan_scenes import (
    ANA,
    BIA,
    account_of,
    buyer,
    found_alert,
    live,
    note,
    orphans,
    seen,
    shown,
    status,
)
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Account, Integration, Orphan, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services import alerts, runs, subscriptions
from webapp.services.errors import Conflict
from webapp.services.marks import keep_marks
from webapp.services.orphans import note_seen
from webapp.services.orphans.adopting import Adopted, adopt
from webapp.services.orphans.deciding import ignore
from webapp.services.orphans.outlook import outlooks, stamp_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def there(app: object) -> Integration:
    """A platform that nobody answers for."""
    return factories.make_integration(gateway="nx_play")


# What readings show.


def test_what_a_reading_shows_is_noted_once_and_told_in_one_alert(there: Integration) -> None:
    first = note(there, seen("a@example.com"), seen("b@example.com", document="529.982.247-25", products=("full",)))
    again = note(there, seen("a@example.com"), seen("b@example.com", "suspended"))
    assert [one.login for one in again] == ["a@example.com", "b@example.com"]
    assert [one.id for one in again] == [one.id for one in first]
    assert (again[1].document, again[1].state, again[1].products) == ("", "suspended", None)
    assert again[0].last_seen_at > again[0].first_seen_at
    alert = found_alert()
    assert alert is not None
    assert (alert.params["count"], alert.params["new"], alert.object_id) == (2, 0, there.id)


def test_what_a_whole_reading_shows_no_more_is_gone_and_open_again_when_it_comes_back(there: Integration) -> None:
    note(there, seen("a@example.com"), seen("b@example.com"))
    assert [one.status for one in note(there, seen("a@example.com"))] == ["open", "gone"]
    assert [one.status for one in note(there)] == ["gone", "gone"]
    assert found_alert() is None
    assert [one.status for one in note(there, seen("b@example.com"))] == ["gone", "open"]


def test_a_reading_that_broke_off_only_adds(there: Integration) -> None:
    note(there, seen("a@example.com"))
    assert [one.status for one in note(there, seen("b@example.com"), complete=False)] == ["open", "open"]


def test_a_listing_that_hides_a_state_takes_nobody_for_gone(there: Integration) -> None:
    note(there, seen("a@example.com"))
    clock.move(timedelta(seconds=1))
    note_seen(there.id, [], 1, utc_now(), covers=frozenset({RemoteState.ACTIVE}))
    assert [one.status for one in orphans()] == ["open"]


def test_an_ignored_one_stays_so_until_it_changes_there(there: Integration) -> None:
    [one] = note(there, seen("a@example.com"))
    ignore([one.id], "The platform's own test account")
    assert found_alert() is None
    assert [one.status for one in note(there, seen("a@example.com"))] == ["ignored"]
    assert [one.status for one in note(there, seen("a@example.com", "suspended"))] == ["open"]


def test_one_that_is_ours_by_now_is_closed_with_its_account(there: Integration) -> None:
    service = buyer(there)
    [one] = note(there, seen(ANA))
    live(account_of(service, there), ANA, id="nx-77")
    assert [row.status for row in note(there)] == ["adopted"]
    assert orphans()[0].account_id == account_of(service, there).id


def test_the_same_subscriber_listed_right_by_right_is_one_orphan(there: Integration) -> None:
    rights = [seen("a@example.com", state, products=(code,)) for code, state in (("x", "suspended"), ("y", "active"))]
    [one] = note(there, *rights)
    assert (one.products, one.state) == (["x", "y"], "active")


def test_an_alert_that_a_person_closed_comes_up_again_only_for_new_ones(there: Integration) -> None:
    note(there, seen("a@example.com"))
    alert = found_alert()
    assert alert is not None
    alerts.close_alert(alert.id)
    note(there, seen("a@example.com"))
    assert found_alert() is None
    note(there, seen("a@example.com"), seen("b@example.com"))
    assert found_alert() is not None


# Whose they may be.


def test_every_clue_finds_its_service(there: Integration) -> None:
    service = buyer(there)
    customer = service.customer
    factories.make_service(plan=service.plan)
    account_id = account_of(service, there).id
    logins = {
        "orphan_guess_reference": seen("r", reference=keep_marks(db.session.connection()).of(account_id)),
        "orphan_guess_document": seen("d", document=customer.document),
        "orphan_guess_email": seen(customer.email.upper()),
        "orphan_guess_service_login": seen(service.login),
        "orphan_guess_customer_code": seen(customer.code),
        "orphan_guess_local_part": seen(f"{service.login}@isp.example"),
        "orphan_guess_phone": seen("+55 (21) 99999-1234"),
    }
    customer.phone = "5521999991234"
    db.session.commit()
    found = {one.guess_code: one.guess_service_id for one in note(there, *logins.values())}
    assert found == dict.fromkeys(logins, service.id)


def test_two_services_that_fit_equally_well_are_named_by_nobody(there: Integration) -> None:
    service = buyer(there)
    other = factories.make_service(service.customer)
    factories.make_sale(other, factories.make_package(there), params={"email": BIA})
    [one] = note(there, seen(ANA))
    assert (one.guess_service_id, one.guess_code) == (None, "orphan_guess_several")


# Adopting.


def test_adopting_takes_log_in_ids_and_state_and_sends_what_is_missing(there: Integration) -> None:
    service = buyer(there)
    [one] = note(there, seen("Ana.Old@example.com", "suspended", document=service.customer.document))
    [outlook] = outlooks([one])
    assert (outlook.problem, outlook.state_after, outlook.steps, outlook.loses) == (
        None, "active", ("enable", "update"), False)  # fmt: skip
    account_id = account_of(service, there).id
    assert adopt([one.id], stamp=stamp_of([outlook])) == [Adopted(one.id, account_id)]
    account = account_of(service, there)
    assert (account.login, account.login_key, account.remote_ids) == (
        "Ana.Old@example.com", "ana.old@example.com", {"id": "nx-Ana.Old@example.com"})  # fmt: skip
    assert account.login_frozen_at is not None
    assert (account.units["account"]["state"], account.verify_first, account.status) == ("suspended", True, "pending")
    assert account.due_at is not None
    assert (status(one), one.account_id) == ("adopted", account_id)
    assert found_alert() is None


def not_sold(there: Integration, one: Orphan) -> int:
    return factories.make_service().id


def ended(there: Integration, one: Orphan) -> int:
    service = buyer(there)
    subscriptions.set_status(service.code, "cancelado")
    return service.id


def has_another(there: Integration, one: Orphan) -> int:
    service = buyer(there, BIA)
    live(account_of(service, there), BIA, id="nx-9")
    return service.id


def another_document(there: Integration, one: Orphan) -> int:
    one.document = "11144477735"
    db.session.commit()
    return buyer(there, BIA).id


def log_in_of_another(there: Integration, one: Orphan) -> int:
    other = buyer(there, BIA)
    account = account_of(other, there)
    account.login_key, account.login_frozen_at, account.status = one.login, utc_now(), "active"
    db.session.commit()
    return buyer(there).id


def ours_by_id(there: Integration, one: Orphan) -> int:
    live(account_of(buyer(there, BIA), there), BIA, id=one.remote_ids["id"])
    return buyer(there).id


def being_sent(there: Integration, one: Orphan) -> int:
    service = buyer(there)
    account_of(service, there).lease_until = utc_now() + timedelta(minutes=1)
    db.session.commit()
    return service.id


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        (not_sold, "orphan_not_sold"), (ended, "orphan_nothing_due"), (has_another, "orphan_account_live"),
        (another_document, "orphan_document_differs"), (log_in_of_another, "orphan_login_taken"),
        (ours_by_id, "orphan_is_ours"), (being_sent, "account_busy"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_that_of_the_service_is_left_as_it_is(
    there: Integration, scene: object, code: str
) -> None:
    [one] = note(there, seen("zoe@example.com"))
    service_id = scene(there, one)  # type: ignore[operator]
    [result] = adopt([one.id], service_id)
    assert result.problem is not None
    assert (result.problem.code, result.account_id, status(one)) == (code, None, "open")


def test_what_was_shown_is_what_is_done_or_nothing(there: Integration) -> None:
    service = buyer(there)
    [one] = note(there, seen(ANA))
    shown = stamp_of(outlooks([one]))
    subscriptions.set_status(service.code, "suspenso_debito")
    with pytest.raises(Conflict, match="orphans_look_again"):
        adopt([one.id], stamp=shown)
    assert status(one) == "open"


def test_adopting_many_who_do_not_pay_waits_for_an_approval_and_suspends_nobody_by_itself(there: Integration) -> None:
    there.limit_floor, there.limit_run_percent = 2, 0
    plan = factories.make_plan(factories.make_package(there))
    people = [factories.make_customer(email=f"p{number}@example.com") for number in range(3)]
    for one in people:
        factories.make_service(one, plan, status="suspenso_debito")
    rows = note(there, *(seen(one.email) for one in people))
    assert all(one.loses for one in outlooks(rows))
    results = adopt([one.id for one in rows])
    assert all(result.account_id and result.loses for result in results)
    run = db.session.scalars(select(Run).where(Run.trigger == "adopt")).one()
    lines = db.session.scalars(select(RunItem).where(RunItem.run_id == run.id)).all()
    assert (run.status, len(lines)) == ("staged", 3)
    assert {(line.action, line.outcome, line.before["state"]) for line in lines} == {("suspend", "staged", "active")}
    accounts = db.session.scalars(select(Account)).all()
    assert {account.due_at for account in accounts if account.units} == {None}


def test_adopted_account_is_brought_to_what_its_service_asks_for(nx: Tenant) -> None:
    integration = integrate("nx_play", nx)
    [one] = note(integration, shown(nx.add_foreign(1)[0]))
    nx.suspend([one.remote_ids["id"]])
    service = factories.make_service(factories.make_customer(email=one.login))
    factories.make_sale(service, package_of(integration))
    one = note(integration, Observed(one.login, RemoteState.SUSPENDED, dict(one.remote_ids), one.reference))[0]
    assert one.guess_service_id == service.id
    adopt([one.id])
    drain()
    assert nx.subscriber(email=one.login)["status"] == "active"
    account = account_of(service, integration)
    assert (account.status, account.error_code, account.error_params) == ("active", None, {})
    assert nx.doubles() == {}


def test_a_reconciliation_notes_whom_the_platform_shows_and_nobody_made(nx: Tenant) -> None:
    integration = integrate("nx_play", nx)
    strangers = nx.add_foreign(2)
    run = runs.start_run(integration.id, "plan")
    assert run.status == "done"
    assert sorted(one.login for one in orphans()) == sorted(row["email"] for row in strangers)
    nx.delete([strangers[0]["id"]])
    clock.move(timedelta(seconds=1))
    runs.start_run(integration.id, "plan")
    assert sorted(one.status for one in orphans()) == ["gone", "open"]
