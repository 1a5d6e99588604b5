"""What was taken lately, why each line is what it is, and what other limits would have done."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import event

from tests import factories
from tests.journeys.crowd import package_of, sell_to_crowd
from webapp.clock import utc_now
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.plan import Limits, Spent
from webapp.decide.radius import radius_of
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration, Run, RunItem
from webapp.services import subscriptions
from webapp.services.audit import acting_as
from webapp.services.runs.causes import explain, radius_of_run, worth
from webapp.services.runs.limits import limits_of, live_accounts, spent_today, what_if

HOUR = timedelta(hours=1)


@pytest.fixture
def integration(app: APIFlask) -> Integration:
    return factories.make_integration()


@pytest.fixture
def accounts(integration: Integration) -> list[Account]:
    """Return nine accounts, active as far as the row says."""
    sell_to_crowd(package_of(integration), 9)
    found = db.session.query(Account).order_by(Account.id).all()
    for account in found:
        account.status = "active"
    db.session.commit()
    return found


def called(account: Account | None, integration: Integration, operation: str, outcome: str | None, **more: Any) -> None:
    values = {"started_at": utc_now() - HOUR, **more}
    whose = account.id if account else None
    db.session.add(
        Attempt(integration_id=integration.id, account_id=whose, operation=operation, outcome=outcome, **values)
    )


def make_run(integration: Integration, **values: Any) -> Run:
    known = {"mode": "apply", "status": "done", "started_at": utc_now() - HOUR, "finished_at": utc_now()}
    run = Run(integration_id=integration.id, **{**known, **values})
    db.session.add(run)
    db.session.flush()
    return run


def add_line(run: Run, account: Account, outcome: str, action: str = "suspend", **values: Any) -> None:
    db.session.add(
        RunItem(run_id=run.id, account_id=account.id, situation="state", action=action, outcome=outcome, **values)
    )


def test_each_subscriber_counts_once_whatever_the_door(integration: Integration, accounts: list[Account]) -> None:
    called(accounts[0], integration, "suspend", "ok")
    called(accounts[0], integration, "suspend", "already")
    called(accounts[0], integration, "cancel", "gone")
    called(accounts[1], integration, "suspend", None)
    called(accounts[2], integration, "suspend", "unknown")
    called(None, integration, "cancel", "ok", unit="orphan:7")
    run = make_run(integration, status="applying", started_at=utc_now() - 30 * HOUR)
    add_line(run, accounts[2], "queued", queued_at=utc_now())
    add_line(run, accounts[3], "waiting", "cancel")
    add_line(run, accounts[4], "sent", ended_at=utc_now() - HOUR)
    db.session.commit()
    assert spent_today(integration.id) == Spent(6, 3)


def test_what_took_nothing_or_was_long_ago_or_elsewhere_does_not_count(
    integration: Integration, accounts: list[Account]
) -> None:
    called(accounts[0], integration, "suspend", "rejected")
    called(accounts[1], integration, "suspend", "unavailable")
    called(accounts[2], integration, "enable", "ok")
    called(accounts[3], integration, "suspend", "ok", started_at=utc_now() - 25 * HOUR)
    called(accounts[4], factories.make_integration(), "suspend", "ok")
    called(None, integration, "cancel", "ok", unit="")
    run = make_run(integration)
    for account, outcome in zip(accounts, ("planned", "staged", "lapsed", "skipped", "undone"), strict=False):
        add_line(run, account, outcome)
    add_line(run, accounts[6], "proven", ended_at=utc_now() - 30 * HOUR, queued_at=utc_now() - 30 * HOUR)
    add_line(run, accounts[7], "queued", "enable")
    db.session.commit()
    assert spent_today(integration.id) == Spent()


def test_limits_that_are_not_said_are_those_of_the_product(integration: Integration, accounts: list[Account]) -> None:
    assert limits_of(integration) == Limits()
    integration.limit_floor, integration.limit_run_percent, integration.limit_day_percent = 0, 2.5, 100
    assert limits_of(integration) == Limits(0, 0.025, 1.0)
    assert live_accounts(integration.id) == len(accounts)


def test_past_runs_are_measured_by_other_limits(integration: Integration, accounts: list[Account]) -> None:
    told = {"base": 9, "spent": 3, "spent_cancels": 0, "hit": ""}
    run = make_run(integration, limits=told)
    for account in accounts[:5]:
        add_line(run, account, "proven")
    add_line(run, accounts[0], "proven", after={"unit": "2:X"})
    make_run(integration)
    make_run(integration, started_at=utc_now() - timedelta(days=40))
    db.session.commit()
    (free,) = what_if(integration, Limits())
    assert (free.run_id, free.negatives, free.cancels, free.base, free.hit, free.was_held) == (
        run.id, 5, 0, 9, None, False,
    )  # fmt: skip
    held = what_if(integration, Limits(floor=7))[0].hit
    assert held is not None
    assert (held.limit, held.found, held.most) == ("day", 8, 7)


def queries(call: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def difference(account: Account | None, action: Action = Action.SUSPEND, **after: Any) -> Difference:
    account_id = account.id if account else None
    return Difference(account_id, "someone", Situation.STATE, action, {"state": "active"}, after)


def test_differences_are_explained_with_reason_value_and_name(
    integration: Integration, accounts: list[Account]
) -> None:
    first, second = accounts[:2]
    with acting_as("source:HubSoft"):
        subscriptions.set_status(first.service.code, "suspenso_debito")
    found = explain(integration.id, [difference(second, Action.ENABLE), difference(None), difference(first)])
    assert [one.account_id for one in found] == [second.id, None, first.id]
    assert (found[1].cause, found[1].value, found[1].name) == ("", None, "")
    assert (found[2].cause, found[2].value, found[2].name) == (
        "cause_status", Decimal("29.90"), first.service.customer.name,
    )  # fmt: skip
    assert found[2].cause_params["by"] == "HubSoft"
    assert found[2].cause_params["status"] == "suspenso_debito"
    assert found[0].cause_params["status"] == "servico_habilitado"
    assert worth(integration.id, [first.id, second.id]) == Decimal("59.80")


def test_reasons_cost_the_same_few_queries_for_many_lines(integration: Integration, accounts: list[Account]) -> None:
    lines = [difference(account) for account in accounts]
    explain(integration.id, lines)
    assert queries(lambda: explain(integration.id, lines[:1])) == queries(lambda: explain(integration.id, lines)) <= 6


def test_radius_of_a_run_is_that_of_its_lines(integration: Integration, accounts: list[Account]) -> None:
    explained = explain(integration.id, [difference(account) for account in accounts[:3]])
    run = make_run(integration, status="staged")
    for one in explained:
        db.session.add(
            RunItem(run_id=run.id, account_id=one.account_id, login=one.login, situation="state", action="suspend",
                    outcome="staged", cause=one.cause, cause_params=dict(one.cause_params), value=one.value)
        )  # fmt: skip
    add_line(run, accounts[5], "rejected")
    db.session.commit()
    assert radius_of_run(run.id) == radius_of(explained)
    assert radius_of_run(run.id)["value"] == "89.70"
