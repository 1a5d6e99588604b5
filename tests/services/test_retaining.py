"""What was kept for long enough goes, and nothing that something under way still needs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.services.helpers import codes_of
from webapp import clock
from webapp.decide.retention import PERIODS, Kind
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import (
    Alert,
    Attempt,
    Customer,
    Erasure,
    Event,
    Invitation,
    Operator,
    OperatorSession,
    Orphan,
    PersonalAccess,
    Run,
    RunItem,
    Service,
    SourceHint,
    SourcePull,
    SourcePullItem,
    SourceRow,
)
from webapp.services import audit, chain
from webapp.services.operators import create_operator
from webapp.services.privacy import erasing, periods, reapply, retaining, salt
from webapp.services.privacy.accesses import look_now, note
from webapp.vault import VaultError

pytestmark = pytest.mark.usefixtures("app")


def ago(kind: Kind, more_days: int = 1) -> datetime:
    """Return a moment that lies just outside the period of a kind; inside it with a negative number."""
    return clock.utc_now() - timedelta(days=PERIODS[kind].days + more_days)


def count(model: Any) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def add(*rows: Any) -> None:
    db.session.add_all(rows)
    db.session.commit()


def due(kind: Kind) -> int:
    db.session.rollback()
    return retaining.due_counts(clock.utc_now())[kind]


def attempts(kind: Kind) -> None:
    """One old, one young, one old without an answer, one old of an account in doubt."""
    account = erasing.outlook(factories.make_sale().service.customer_id).standings[0].account
    parked = erasing.outlook(factories.make_sale().service.customer_id).standings[0].account
    parked.status = "parked"
    old, young = ago(kind), ago(kind, -2)
    base = {"integration_id": account.integration_id, "operation": "create", "outcome": "ok",
            "request": {"body": "x"}, "response": {"body": "y"}}  # fmt: skip
    add(
        Attempt(**base, account_id=account.id, started_at=old, finished_at=old),
        Attempt(**base, account_id=account.id, started_at=young, finished_at=young),
        Attempt(**{**base, "outcome": None}, account_id=account.id, started_at=old),
        Attempt(**base, account_id=parked.id, started_at=old, finished_at=old),
    )
    chain.seal()


def test_the_content_of_old_calls_goes_and_the_calls_stay() -> None:
    attempts(Kind.BODIES)
    assert due(Kind.BODIES) == 2
    retaining.retain(clock.utc_now())
    left = [row.request for row in db.session.scalars(select(Attempt).order_by(Attempt.id))]
    assert [isinstance(one, dict) and "expunged" in one for one in left] == [True, False, False, True]
    assert (due(Kind.BODIES), chain.verify().first) == (0, None)


def test_old_calls_go_but_not_one_without_an_answer_nor_one_of_an_account_in_doubt() -> None:
    attempts(Kind.ATTEMPTS)
    assert due(Kind.ATTEMPTS) == 1
    retaining.retain(clock.utc_now())
    assert count(Attempt) == 3
    db.session.rollback()
    chain.seal()
    assert chain.verify().first is None


def test_old_history_goes_but_not_what_proves_an_erasure_nor_who_made_a_token() -> None:
    for action, kind in (("customer.update", "customer"), ("customer.erased", "customer"), ("token.create", "token")):
        row = audit.entry(action, kind, 1)
        add(Event(**{**row, "at": ago(Kind.HISTORY)}))
    chain.seal()
    assert due(Kind.HISTORY) == 1
    retaining.retain(clock.utc_now())
    left = set(db.session.scalars(select(Event.action).where(Event.at < ago(Kind.HISTORY, -2))))
    assert left == {"customer.erased", "token.create"}


def test_what_readings_left_goes_but_not_what_an_undo_under_way_needs() -> None:
    source, integration = factories.make_source(), factories.make_integration()
    old = ago(Kind.SOURCE_ITEMS)
    pulls = [SourcePull(source_id=source.id, mode="full", status=status, started_at=old, finished_at=old)
             for status in ("done", "done", "reading")]  # fmt: skip
    add(*pulls)
    undo = Run(integration_id=integration.id, mode="apply", reading="none", status="applying", started_at=old,
               undo_pull_id=pulls[1].id)  # fmt: skip
    for pull in pulls:
        add(SourcePullItem(pull_id=pull.id, position=1), SourceRow(pull_id=pull.id, position=1, payload={}))
    hint = {"source_id": source.id, "refs": [], "due_at": old}
    add(
        undo,
        SourceHint(**hint, digest="a", received_at=old),
        SourceHint(**hint, digest="b", received_at=clock.utc_now()),
    )
    retaining.retain(clock.utc_now())
    assert set(db.session.scalars(select(SourcePullItem.pull_id))) == {pulls[1].id, pulls[2].id}
    assert (set(db.session.scalars(select(SourceRow.pull_id))), count(SourceHint)) == ({pulls[2].id}, 1)


def test_lines_of_ended_runs_go_but_not_open_ones_nor_those_of_a_run_that_is_being_undone() -> None:
    integration, old = factories.make_integration(), ago(Kind.RUN_ITEMS)
    runs = [Run(integration_id=integration.id, mode="apply", status=status, started_at=old)
            for status in ("done", "staged", "done")]  # fmt: skip
    add(*runs)
    add(Run(integration_id=integration.id, mode="apply", status="applying", started_at=old, undo_of_id=runs[2].id))
    for run in runs:
        add(RunItem(run_id=run.id, situation="state", action="suspend", outcome="proven"),
            RunItem(run_id=run.id, situation="state", action="suspend", outcome="queued"))  # fmt: skip
    retaining.retain(clock.utc_now())
    left = db.session.execute(select(RunItem.run_id, RunItem.outcome)).all()
    assert sorted(map(tuple, left)) == sorted(
        [(runs[0].id, "queued"), *((run.id, outcome) for run in runs[1:] for outcome in ("proven", "queued"))]
    )


def test_looks_alerts_orphans_and_sessions_go_in_their_time() -> None:
    operator = create_operator("ana@example.com", "sete capivaras na varanda", "viewer")
    integration, now = factories.make_integration(), clock.utc_now()
    look = look_now("ana@example.com", "customers.detail", "", ("customer", factories.make_customer().id))
    db.session.rollback()
    note(look)
    for number, (ended, seen) in enumerate([(ago(Kind.SESSIONS), ago(Kind.ORPHANS)), (now, now), (None, now)]):
        add(
            session_of(operator, number, ended),
            Invitation(kind="join", email="b@example.com", token_hash=str(number), created_by="x", created_at=now,
                       expires_at=ended or now),
            Orphan(integration_id=integration.id, key=str(number), status="gone", first_seen_at=seen,
                   last_seen_at=seen),
            Alert(code="x", object_type="hub", object_id=number, opened_at=now, last_at=now,
                  closed_at=ago(Kind.ALERTS) if number == 0 else None),
        )  # fmt: skip
    clock.move(timedelta(days=1))
    retaining.retain(clock.utc_now())
    assert [count(one) for one in (OperatorSession, Orphan, Alert, PersonalAccess)] == [2, 2, 2, 1]
    assert count(Invitation) == 2
    clock.move(timedelta(days=PERIODS[Kind.ACCESSES].days))
    retaining.retain(clock.utc_now())
    assert count(PersonalAccess) == 0
    # By its last one it is known when a person came in last.
    assert count(OperatorSession) == 1


def session_of(operator: Operator, number: int, ended_at: datetime | None) -> OperatorSession:
    now = clock.utc_now()
    return OperatorSession(operator_id=operator.id, token_hash=str(number), started_at=now, last_seen_at=now,
                           fresh_at=now, ended_at=ended_at)  # fmt: skip


def test_a_customer_without_business_for_years_is_erased_and_one_who_pays_never() -> None:
    gone, pays = factories.make_service(status="cancelado"), factories.make_service()
    clock.move(timedelta(days=PERIODS[Kind.CUSTOMERS].days + 1))
    assert due(Kind.CUSTOMERS) == 1
    retaining.retain(clock.utc_now())
    erasing.advance_all(clock.utc_now())
    erased = {row.id for row in db.session.scalars(select(Customer).where(Customer.erased_at.is_not(None)))}
    assert (erased, Erasure.query.one().reason) == ({gone.customer_id}, "retention")
    assert db.session.get_one(Service, pays.id).status == "servico_habilitado"


def test_a_round_ends_in_time_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "BATCH", 2)
    old = ago(Kind.ALERTS)
    add(*(Alert(code="x", object_type="hub", object_id=number, opened_at=old, last_at=old, closed_at=old)
          for number in range(5)))  # fmt: skip
    assert retaining.retain(clock.utc_now(), most_s=0.0) == {}
    assert retaining.retain(clock.utc_now()) == {"alerts": 5}
    assert db.session.scalars(select(Event.after).where(Event.action == "retention.run")).one() == {"alerts": 5}


def test_a_key_that_is_lost_keeps_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    add(Alert(code="x", object_type="hub", object_id=0, opened_at=ago(Kind.ALERTS), last_at=ago(Kind.ALERTS),
              closed_at=ago(Kind.ALERTS)))  # fmt: skip

    def fails() -> int:
        raise VaultError(salt.PLACE)

    monkeypatch.setattr(reapply, "reapply_erasures", fails)
    with pytest.raises(VaultError):
        tasks.retain()
    assert count(Alert) == 0


def test_periods_are_chosen_within_bounds_and_count_from_the_next_round_on() -> None:
    assert codes_of(lambda: periods.save_days({"alerts": 1, "history": 9_999})) == [
        ("alerts", "retention_out_of_range"), ("history", "retention_out_of_range")
    ]  # fmt: skip
    old = clock.utc_now() - timedelta(days=10)
    add(Alert(code="x", object_type="hub", object_id=1, opened_at=old, last_at=old, closed_at=old))
    assert due(Kind.ALERTS) == 0
    for _time in range(2):
        assert periods.save_days({"alerts": 7}, "menos")[Kind.ALERTS] == 7
    assert due(Kind.ALERTS) == 1
    changes = db.session.scalars(select(Event).where(Event.action == "retention.update")).all()
    assert [(row.before, row.after, row.reason) for row in changes] == [({"alerts": 90}, {"alerts": 7}, "menos")]
