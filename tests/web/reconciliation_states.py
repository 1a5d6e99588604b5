"""Reconciliations of one platform that took something away: for the page of its limits."""

from datetime import timedelta
from typing import Any

from webapp.clock import local_today, utc_now
from webapp.extensions import db
from webapp.models import Integration, Run, RunItem

ZONE = "America/Sao_Paulo"


def build(integration_id: int, account_id: int) -> None:
    """Give a platform a calendar that is closed now, a billing day, and a past."""
    integration = db.session.get_one(Integration, integration_id)
    today = local_today(ZONE)
    integration.no_suspend = {
        "nights": ["22:00", "08:00"], "weekend": True, "eve": True, "holidays": True, "state": "SP",
        "dates": [today.isoformat()], "cancels": True,
    }  # fmt: skip
    integration.billing_day, integration.limit_run_percent = 25, 7.5
    add_run(integration_id, account_id, "suspend", hit="run")
    add_run(integration_id, account_id, "cancel", mode="plan")
    db.session.commit()


def grow(integration_id: int, account_id: int, count: int) -> None:
    """Add so many runs more."""
    for number in range(count):
        add_run(integration_id, account_id, "suspend", hit="" if number % 2 else "day")
    db.session.commit()


def add_run(integration_id: int, account_id: int, action: str, hit: str = "", **values: Any) -> Run:
    """Add a run with one line that takes something away."""
    limits = {"base": 1240, "spent": 12, "spent_cancels": 0, "hit": hit}
    line = RunItem(account_id=account_id, situation="state", action=action, outcome="rejected" if hit else "proven")
    run = Run(
        integration_id=integration_id, status="rejected" if hit else "done", limits=limits, items=[line],
        started_at=utc_now() - timedelta(days=3), **{"mode": "apply", **values},
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    return run
