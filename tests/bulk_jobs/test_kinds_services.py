"""Actions on services: done, left out, failed, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.bulk_jobs.scenes import ADMIN, carried_out, counts, held, lines, locked_plan, order, services, sold
from tests.services.helpers import account_of, last_event, nx_package
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, BulkLine, Event, Service, SourceLink
from webapp.services import bulk_jobs, subscriptions
from webapp.services.accounts import MANY, NEGATIVE
from webapp.services.bulk_jobs.choosing import back
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleChange, SaleInput
from webapp.services.sales import add_problems

pytestmark = pytest.mark.usefixtures("app")


def link_to_source(kind: str, row_id: int) -> None:
    source = factories.make_source()
    link = SourceLink(source_id=source.id, kind=kind, external="x", local_id=row_id, seen_at=utc_now())
    db.session.add(link)
    db.session.commit()


def test_sell_reaches_those_that_fit_and_says_of_each_other_why_not() -> None:
    package = nx_package()
    good, has, locked = services(2), sold(package, 1), services(1, plan=locked_plan())
    nobody = factories.make_service(factories.make_customer(email="naotem@example.com"))
    job = carried_out(order("services_sell", [*good, *has, *locked, nobody], package_id=package.id))
    assert counts(job) == ("done", 2, 2, 1)
    assert held(package) == {one.id for one in (*good, *has)}
    assert lines(job)[has[0].id] == ("skipped", "bulk_held_already")
    assert lines(job)[locked[0].id] == ("skipped", "package_locked_out")
    assert lines(job)[nobody.id] == ("failed", "email_placeholder")
    assert account_of(good[0]).priority == MANY


def test_line_keeps_nothing_that_tells_a_person() -> None:
    package = nx_package()
    taken = sold(package, 1)[0]
    twin = factories.make_service(factories.make_customer(email=taken.customer.email))
    job = carried_out(order("services_sell", [*services(1), twin], package_id=package.id))
    assert lines(job)[twin.id] == ("failed", "login_held")
    kept = db.session.scalars(select(BulkLine).where(BulkLine.subject_id == twin.id)).one()
    assert taken.customer.email not in str(kept.params)
    assert taken.code not in str(kept.params.values())


@pytest.mark.parametrize("state", ["queued", "sent", "ended", "own"])
def test_preview_says_of_a_log_in_that_somebody_has_what_a_single_sale_would(state: str) -> None:
    package = nx_package()
    first = sold(package, 1)[0]
    mine = first.customer if state == "own" else factories.make_customer(email=first.customer.email)
    twin, account = factories.make_service(mine), account_of(first)
    if state != "queued":
        account.login = account.login_key = first.customer.email
        account.status = "cancelled" if state == "ended" else "active"
    db.session.commit()
    alone = add_problems(twin, package, SaleInput(package_id=package.id))
    assert bool(alone) == (state != "ended")
    seen = bulk_jobs.preview(order("services_sell", [twin], package_id=package.id))
    told = {(row.left_out.code, *row.left_out.params.items()) for group in seen.groups for row in group.rows
            if row.subject_id == twin.id}  # fmt: skip
    assert told == {(one.code, *one.params.items()) for one in alone}


def test_sale_is_taken_back_unless_somebody_changed_it_since() -> None:
    package = factories.make_package()
    first, second = services(2)
    job = carried_out(order("services_sell", [first, second], package_id=package.id))
    changed = next(sale for sale in second.packages if sale.package_id == package.id)
    subscriptions.update_sale(changed.id, SaleChange(description="Mine"))
    undo = carried_out(back(job.id, "Wrong campaign"), **ADMIN)
    assert counts(undo) == ("done", 1, 1, 0)
    assert held(package) == {second.id}
    assert lines(undo)[second.id] == ("skipped", "bulk_changed_since")
    assert undo.undo_of_id == job.id


def test_take_off_leaves_what_is_mandatory_of_a_source_or_under_contract() -> None:
    package = factories.make_package()
    free = sold(package, 1)[0]
    must = factories.make_service(plan=factories.make_plan(package, mandatory=True))
    bound = sold(package, 1, contract_ends_on=current_hub().today() + timedelta(days=1))[0]
    brought = sold(package, 1)[0]
    link_to_source("sale", brought.packages[0].id)
    without = services(1)[0]
    job = carried_out(order("services_take_off", [free, must, bound, brought, without], package_id=package.id))
    assert lines(job) == {
        free.id: ("done", ""), must.id: ("skipped", "bulk_mandatory"), bound.id: ("skipped", "bulk_contract_runs"),
        brought.id: ("skipped", "bulk_sale_of_source"), without.id: ("skipped", "bulk_not_held"),
    }  # fmt: skip
    assert account_of(free).priority == NEGATIVE
    carried_out(back(job.id))
    assert free.id in held(package)
    assert free.packages[0].removed_at is None


@pytest.mark.parametrize(
    ("before", "to", "outcome"),
    [
        ("suspenso_debito", "servico_habilitado", ("done", "")),
        ("servico_habilitado", "suspenso_debito", ("done", "")),
        ("servico_habilitado", "servico_habilitado", ("skipped", "bulk_status_already")),
        ("aguardando_instalacao", "suspenso_debito", ("skipped", "bulk_status_other")),
        ("suspenso_debito", "cancelado", ("done", "")),
    ],
)
def test_status_is_set_where_it_fits_and_put_back(before: str, to: str, outcome: tuple[str, str]) -> None:
    service, other = services(2, status=before)
    if outcome[0] != "done":
        # Something must be doable, or nothing begins.
        other.status = "suspenso_debito" if to == "servico_habilitado" else "servico_habilitado"
        db.session.commit()
    job = carried_out(order("services_status", [service, other], status=to))
    assert lines(job)[service.id] == outcome
    assert service.status == (to if outcome[0] == "done" else before)
    carried_out(back(job.id, "Mistake"))
    assert service.status == before


def test_status_stays_where_a_source_says_it_or_nobody_may_suspend() -> None:
    plain, brought, exempt = services(3)
    link_to_source("service", brought.id)
    exempt.no_suspend_until, exempt.no_suspend_reason = current_hub().today(), "Agreed"
    db.session.commit()
    job = carried_out(order("services_status", [plain, brought, exempt], status="suspenso_debito"))
    assert lines(job)[brought.id] == ("skipped", "bulk_status_of_source")
    assert lines(job)[exempt.id] == ("skipped", "bulk_no_suspend")
    assert (plain.status, brought.status, exempt.status) == (
        "suspenso_debito", "servico_habilitado", "servico_habilitado"
    )  # fmt: skip


def test_many_who_pay_at_once_wait_behind_the_one_who_paid_just_now() -> None:
    package = factories.make_package()
    many = sold(package, 2, status="suspenso_debito")
    alone = sold(package, 1, status="suspenso_debito")[0]
    carried_out(order("services_status", many, status="servico_habilitado"))
    subscriptions.set_status(alone.code, "servico_habilitado")
    queue = db.session.scalars(select(Account).order_by(Account.priority, Account.id)).all()
    assert queue[0].service_id == alone.id
    assert {one.priority for one in queue[1:]} == {MANY}


def test_history_says_of_each_row_who_did_it_and_why() -> None:
    package = factories.make_package()
    service = services(1)[0]
    job = carried_out(order("services_sell", [service], package_id=package.id, reason="Campaign"))
    assert last_event().action == "bulk.end"
    wanted = select(Event.action, Event.reason).where(Event.object_type == "bulk", Event.object_id == job.id)
    assert [tuple(row) for row in db.session.execute(wanted)] == [("bulk.start", "Campaign"), ("bulk.end", "")]
    sale = db.session.scalars(select(Event).where(Event.action == "sale.create")).one()
    assert sale.actor == job.requested_by


def test_narrowed_to_a_plan_other_services_of_the_same_customers_are_not_touched() -> None:
    package, plan = factories.make_package(), factories.make_plan()
    customer = factories.make_customer()
    mine, other = factories.make_service(customer, plan), factories.make_service(customer)
    carried_out(order("services_sell", [mine], package_id=package.id, plan_id=plan.id))
    assert held(package) == {mine.id}
    assert db.session.get_one(Service, other.id).packages == []


def test_wrong_values_are_told_and_nothing_is_looked_at() -> None:
    for kind, params, code in (
        ("services_sell", {"package_id": "999"}, "package_id_unknown"),
        ("services_sell", {}, "bulk_package_missing"),
        ("services_status", {"status": "agendado"}, "bulk_status_missing"),
        ("services_sell", {"package_id": factories.make_package().id, "ends_on": "soon"}, "bulk_day_wrong"),
        ("packages_active", {"active": "perhaps"}, "bulk_switch_missing"),
    ):
        seen = bulk_jobs.preview(order(kind, [], **params))
        assert [problem.code for problem in seen.problems] == [code]
        assert seen.ids == ()
