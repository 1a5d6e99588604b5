"""``reconcile``: the plan for people and machines, carrying it out, approving exactly one plan."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests.cli.conftest import Run
from tests.journeys.crowd import OWING, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import integrate
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration
from webapp.sandbox.client import Tenant
from webapp.services.system import beat

PEOPLE, LOSING = 6, 3


@pytest.fixture
def drifted(run: Run, make: Callable[[], APIFlask], nx: Tenant) -> Tenant:
    """Three who owe were enabled by hand, one who pays was suspended; nobody may lose content without a person."""
    run("converge")
    with make().app_context():
        integration = integrate("nx_play", nx)
        services = sell_to_crowd(package_of(integration), PEOPLE)
        db.session.execute(update(Integration).values(limit_floor=0))
        db.session.commit()
        run("converge", "--until-idle")
        set_statuses(services[:LOSING], OWING)
        run("converge", "--until-idle")
    owing = [row["id"] for row in nx.subscribers(status="suspended")]
    paying = [row["id"] for row in nx.subscribers(status="active")]
    nx.enable(owing)
    nx.suspend(paying[:1])
    return nx


def reconcile(run: Run, *args: str, code: int = 0) -> dict[str, Any]:
    result = run("reconcile", "--json", *args)
    assert result.exit_code == code, result.output
    (found,) = json.loads(result.stdout)
    return dict(found)


def writes(tenant: Tenant, since: int) -> list[str]:
    return sorted(line["operation"] for line in tenant.ledger(since) if line["operation"] in ("suspend", "enable"))


def test_plan_is_told_with_reasons_money_and_the_limit_and_changes_nothing(run: Run, drifted: Tenant) -> None:
    since = drifted.seq()
    plan = reconcile(run)
    assert (plan["status"], plan["mode"], plan["counts"]["state"]) == ("done", "plan", LOSING + 1)
    lines = {(line["situation"], line["action"], line["outcome"], line["value"]) for line in plan["items"]}
    assert lines == {("state", "suspend", "planned", "29.90"), ("state", "enable", "planned", "29.90")}
    assert all(line["reason"] for line in plan["items"])
    assert (plan["radius"]["accounts"], plan["limits"]["hit"]) == (LOSING, "run")
    text = run("reconcile").stdout
    for words in (
        "situation",
        "active",
        "suspended",
        "29.90",
        plan["checksum"],
        "--approve",
        plan["items"][0]["login"],
    ):
        assert words in text, words
    assert writes(drifted, since) == []


def test_what_gives_is_carried_out_and_what_takes_away_is_approved_by_its_checksum(run: Run, drifted: Tenant) -> None:
    since = drifted.seq()
    staged = reconcile(run, "--apply")
    assert (staged["status"], staged["counts"]["staged"]) == ("staged", LOSING)
    run("converge", "--until-idle")
    assert writes(drifted, since) == ["enable"]
    assert reconcile(run, "--approve", staged["checksum"])["status"] == "applying"
    run("converge", "--until-idle")
    assert writes(drifted, since) == ["enable"] + ["suspend"] * LOSING


def test_a_plan_is_made_anew_and_carried_out_only_if_it_is_the_one_that_is_approved(
    run: Run, drifted: Tenant, make: Callable[[], APIFlask]
) -> None:
    checksum, since = reconcile(run)["checksum"], drifted.seq()
    refused = run("reconcile", "--approve", "0" * 64)
    assert (refused.exit_code, "Traceback" in refused.stderr) == (1, False)
    assert checksum in refused.stdout
    run("converge", "--until-idle")
    assert writes(drifted, since) == []
    with make().app_context(), db.engine.begin() as connection:
        beat(connection, "runs", utc_now())
    told = run("reconcile", "--apply", "--approve", checksum)
    assert (told.exit_code, "converge" in told.stdout) == (0, False)
    run("converge", "--until-idle")
    assert writes(drifted, since) == ["enable"] + ["suspend"] * LOSING
