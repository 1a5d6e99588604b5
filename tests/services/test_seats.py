"""The ledger: notes of deliveries folded into intervals with reasons and proofs; and its beginning in an old hub."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from tests import factories
from tests.journeys.crowd import OWING, PAYING, drain, set_statuses
from tests.journeys.platforms import connect
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import Account, Attempt, Entitlement, Integration, Seat, SeatChange, Service, Setting
from webapp.sandbox.client import Tenant
from webapp.services import sales
from webapp.services.seats import beginning, folding, reading

HOUR = timedelta(hours=1)


@pytest.fixture
def integration(app: object, nx: Tenant) -> Integration:
    return connect(nx, "key")


@pytest.fixture
def service(integration: Integration) -> Service:
    factories.make_product(integration, code="full")
    db.session.expire_all()
    service = factories.make_service()
    factories.make_sale(service, factories.make_package(integration, product_codes=["full"]))
    work()
    return service


def work() -> None:
    db.session.commit()
    assert drain() == 0
    tasks.fold_seats()
    db.session.expire_all()


def seats() -> list[Seat]:
    return list(db.session.scalars(select(Seat).order_by(Seat.id)))


def told() -> list[tuple[str, str, str]]:
    return [(seat.state, seat.began_by, seat.ended_by) for seat in seats()]


def note(state: str, after: timedelta = timedelta(), **values: Any) -> None:
    """Write a note by hand, as a delivery would, so long after the right was made."""
    right = db.session.scalars(select(Entitlement)).one()
    row = {
        "account_id": right.account_id, "service_package_id": right.service_package_id, "product_id": right.product_id,
        "state": state, "at": seats()[0].began_at + after, "attempt_id": None, **values,
    }  # fmt: skip
    db.session.execute(insert(SeatChange), [row])
    db.session.commit()


def test_year_of_a_subscriber_is_told_with_its_reasons(service: Service) -> None:
    for status in (OWING, PAYING, "suspenso_pedido_cliente", PAYING, "cancelado"):
        clock.move(HOUR)
        set_statuses([service.id], status)
        work()
    assert told() == [
        ("active", "sold", "debt"), ("suspended", "debt", "enabled"), ("active", "enabled", "asked"),
        ("suspended", "asked", "enabled"), ("active", "enabled", "service_ended"),
    ]  # fmt: skip
    found = seats()
    assert all(one.ended_at == other.began_at for one, other in zip(found, found[1:], strict=False))
    assert found[-1].ended_at is not None
    assert db.session.scalar(select(func.count()).select_from(SeatChange)) == 0


def test_end_carries_the_proof_of_the_call_and_an_enable_needs_none(service: Service) -> None:
    for status in (OWING, PAYING, "cancelado"):
        set_statuses([service.id], status)
        clock.move(HOUR)
        work()
    suspended, enabled, cancelled = (seat.proof for seat in seats())
    assert enabled is None
    for proof, operation in ((suspended, "suspend"), (cancelled, "cancel")):
        attempt = db.session.scalars(select(Attempt).where(Attempt.operation == operation)).one()
        assert proof is not None
        assert (proof["attempt_id"], proof["request_id"]) == (attempt.id, attempt.key)
        assert (proof["http_status"], proof["outcome"]) == (attempt.http_status, "ok")
        assert len(proof["answer"]) <= 300


def test_package_that_was_taken_off_and_sold_again_is_two_seats(service: Service) -> None:
    sale = service.packages[0]
    sales.remove_sale(sale.id)
    work()
    factories.make_sale(service, sale.package)
    clock.move(HOUR)
    work()
    assert told() == [("active", "sold", "removed"), ("active", "sold", "")]


def test_package_that_comes_with_the_plan_and_one_whose_last_day_is_over(integration: Integration) -> None:
    factories.make_product(integration, code="full")
    db.session.expire_all()
    package = factories.make_package(integration, product_codes=["full"])
    service = factories.make_service(plan=factories.make_plan(package))
    work()
    sale = service.packages[0]
    sale.ends_on = clock.local_today("America/Sao_Paulo")
    db.session.commit()
    clock.move(timedelta(days=1))
    tasks.mark_dated()
    set_statuses([service.id], PAYING)
    work()
    assert told() == [("active", "plan", "date_ended")]


def test_changes_within_one_moment_all_count_and_what_lasted_no_time_is_held_by_nobody(service: Service) -> None:
    note("suspended", timedelta(seconds=1))
    note("active", timedelta(seconds=2))
    note("suspended", timedelta(seconds=3))
    note("absent", timedelta(seconds=3))
    note("suspended", timedelta(seconds=3))
    assert folding.fold() == 5
    assert [seat.state for seat in seats()] == ["active", "suspended", "active", "suspended"]
    assert [seat.ended_at is None for seat in seats()] == [False, False, False, True]


def test_same_state_again_is_nothing_and_a_fold_again_changes_nothing(service: Service) -> None:
    note("active", HOUR)
    assert folding.fold() == 1
    assert folding.fold() == 0
    assert told() == [("active", "sold", "")]


def test_clock_that_went_back_ends_no_seat_before_it_began(service: Service) -> None:
    note("absent", -HOUR)
    folding.fold()
    (seat,) = seats()
    assert seat.ended_at == seat.began_at


def test_many_notes_go_in_small_batches(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "BATCH", 3)
    for number in range(10):
        note("suspended" if number % 2 == 0 else "active", timedelta(seconds=number + 1))
    assert folding.fold() == 10
    assert len(seats()) == 11
    assert sum(seat.ended_at is None for seat in seats()) == 1


def test_fold_that_is_cut_off_leaves_its_notes_for_the_next(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    note("absent", HOUR)
    with monkeypatch.context() as patch:
        # The power goes after the seats were written and before the notes are gone.
        patch.setattr(folding, "delete", lambda _table: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            folding.fold()
    db.session.rollback()
    assert [seat.ended_at is None for seat in seats()] == [True]
    assert folding.fold() == 1
    assert [seat.ended_at is None for seat in seats()] == [False]


def test_right_that_was_held_before_the_ledger_is_opened_once(service: Service) -> None:
    forget()
    applied_at = db.session.scalars(select(Account.applied_at)).one()
    clock.move(HOUR)
    tasks.fold_seats()
    tasks.fold_seats()
    (seat,) = seats()
    assert (seat.state, seat.began_by, seat.began_at) == ("active", "before", applied_at)
    begun_at = beginning.begun_at()
    assert begun_at is not None
    assert applied_at < begun_at <= utc_now()


def test_rows_that_earlier_versions_left_open_no_seat(service: Service) -> None:
    forget()
    db.session.execute(update(Entitlement).values(desired="absent", applied="active"))
    db.session.commit()
    tasks.fold_seats()
    assert seats() == []
    assert db.session.scalars(select(Entitlement.applied)).all() == ["absent"]


def test_beginning_goes_on_where_it_was_cut_off(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    package = service.packages[0].package
    for _ in range(4):
        factories.make_sale(factories.make_service(), package)
    work()
    forget()
    monkeypatch.setattr(beginning, "BATCH", 2)
    assert beginning.open_batch(utc_now())
    assert len(seats()) == 2
    tasks.fold_seats()
    assert len(seats()) == 5
    assert db.session.get(Setting, beginning.REACHED) is None


def test_spans_of_a_time_are_those_that_lasted_in_it(service: Service, integration: Integration) -> None:
    start = seats()[0].began_at
    for hours, state in ((1, "suspended"), (2, "active"), (3, "absent")):
        note(state, hours * HOUR)
    folding.fold()
    (first, second, third) = seats()

    def found(from_h: float, until_h: float) -> list[int]:
        return [one.seat_id for one in reading.spans(integration.id, start + from_h * HOUR, start + until_h * HOUR)]

    assert found(0, 9) == [first.id, second.id, third.id]
    assert found(1.5, 1.6) == [second.id]
    assert (found(3.5, 9), found(-2, 0)) == ([], [])
    assert list(reading.spans(integration.id + 1, start, start + 9 * HOUR)) == []


def forget() -> None:
    """Be a hub that was there before the ledger."""
    for model in (Seat, SeatChange):
        db.session.query(model).delete()
    db.session.query(Setting).filter(Setting.name.startswith("seats.")).delete()
    db.session.commit()
