"""Reconciliations in every state that a page can show, and accounts that an undo keeps."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Integration, Run, RunItem

ADMIN = "admin@example.com"
BECAUSE = {"status": "suspenso_debito", "since": "2026-11-10", "by": "source:HubSoft"}
WHY = {"cause": "cause_status", "cause_params": BECAUSE}
RADIUS = {
    "count": 412, "accounts": 412, "actions": {"suspend": 400, "cancel": 12}, "value": "9870.00",
    "causes": [
        {"code": "cause_status", "params": {**BECAUSE, "since": "2026-11-10/2026-11-12"}, "count": 395, "percent": 96},
        {"code": "cause_no_products", "params": {}, "count": 17, "percent": 4},
    ],
    "examples": [
        {"name": "Maria Silva", "login": "maria@example.com", "account_id": 1, "action": "suspend", "value": "29.90",
         "code": "cause_status", "params": {}},
        {"name": "", "login": "ze@example.com", "account_id": 2, "action": "cancel", "value": None,
         "code": "cause_no_products", "params": {}},
    ],
}  # fmt: skip
LIMITS = {
    "floor": 20, "run_percent": 5.0, "day_percent": 10.0, "base": 1240, "run": 62, "run_cancels": 31, "day": 124,
    "day_cancels": 62, "spent": 10, "spent_cancels": 2, "hit": "run", "found": 412, "most": 62,
}  # fmt: skip
SEEN = {"listed": 1240, "pages": 3, "expected": 1238, "compared": 1236, "unsettled": 2}


def build(account_id: int) -> dict[str, int]:
    """Make them around one account, and return their ids by name."""
    account = db.session.get_one(Account, account_id)
    integration = account.integration
    staged = make_run(integration, "staged", radius=RADIUS, limits=LIMITS, checksum="cd" * 32, requested_by="",
                      expires_at=utc_now() + timedelta(hours=70), counts={**SEEN, "staged": 412})  # fmt: skip
    own = make_run(integration, "staged", radius=RADIUS, limits={**LIMITS, "hit": "day_cancels"}, checksum="ef" * 32)
    for run in (staged, own):
        add_line(run, account, "staged", **WHY)
        add_line(run, account, "staged", action="cancel", cause="cause_no_products")
    add_line(staged, account, "queued", action="enable")
    add_line(staged, None, "reported", action="report", situation="extra", login="stranger@example.com")
    applying = _applying(integration, account)
    done = make_run(integration, "done", approved_by=ADMIN, approved_at=utc_now(), radius={**RADIUS, "count": 2})
    add_line(done, account, "proven", **WHY)
    undo = make_run(integration, "done", reading="none", trigger="undo", undo_of_id=done.id, reason="Pagos")
    add_line(undo, account, "proven", action="enable", situation="undo")
    found = {
        "staged_run_id": staged.id, "own_run_id": own.id, "applying_run_id": applying.id, "undone_run_id": done.id,
        "undo_run_id": undo.id, "held_run_id": _held(integration, account).id, "undoable_run_id": _sent(account).id,
        **_others(integration),
    }  # fmt: skip
    _keep(account)
    return found


def grow(staged_run_id: int, account_id: int, count: int) -> None:
    """Add so many lines, and so many runs that wait for a person."""
    run, account = db.session.get_one(Run, staged_run_id), db.session.get_one(Account, account_id)
    for _number in range(count):
        add_line(run, account, "staged", **WHY)
        make_run(run.integration, "staged", radius=RADIUS, limits=LIMITS)
        _keep(account)
    db.session.commit()


def make_run(integration: Integration, status: str, **values: Any) -> Run:
    """Make a run."""
    ended = status not in ("running", "applying", "paused", "staged")
    known = {
        "mode": "apply", "trigger": "schedule", "started_at": utc_now(), "complete": True, "counts": SEEN,
        "finished_at": utc_now() if ended else None, "certificate": {"findings": []}, "requested_by": ADMIN,
    }  # fmt: skip
    run = Run(integration_id=integration.id, status=status, **{**known, **values})
    db.session.add(run)
    db.session.flush()
    return run


def add_line(run: Run, account: Account | None, outcome: str, **values: Any) -> None:
    """Add a line about an account, or about one that nobody here made."""
    known: dict[str, Any] = {
        "situation": "state", "action": "suspend", "before": {"state": "active"}, "after": {"state": "suspended"},
        "value": Decimal("29.90") if account else None, "login": account.login if account else "",
        "generation": account.generation if account else None,
    }  # fmt: skip
    account_id = account.id if account is not None else None
    db.session.add(RunItem(run_id=run.id, account_id=account_id, outcome=outcome, **{**known, **values}))


def _applying(integration: Integration, account: Account) -> Run:
    run = make_run(integration, "applying", radius=RADIUS, limits={**LIMITS, "hit": ""}, approved_by=ADMIN,
                   approved_at=utc_now())  # fmt: skip
    for outcome in ("proven", "sent", "skipped", "queued", "waiting", "waiting"):
        add_line(run, account, outcome, **WHY)
    add_line(run, account, "unproven", error_code="connect_timeout", error_params={"host": "tv.example.com"})
    return run


def _held(integration: Integration, account: Account) -> Run:
    findings = [
        {"code": "listing_empty", "effects": ["missing", "negative"], "params": {"expected": 1238}},
        {"code": "listing_overlap", "effects": [], "params": {}},
    ]  # fmt: skip
    run = make_run(integration, "done", certificate={"findings": findings})
    add_line(run, account, "reported", action="report", situation="missing", before={"state": "absent"})
    return run


def _sent(account: Account) -> Run:
    run = make_run(account.integration, "done")
    add_line(run, account, "sent", **WHY)
    return run


def _others(integration: Integration) -> dict[str, int]:
    paused = make_run(integration, "paused", control="", error_code="connect_timeout", error_params={"host": "tv"})
    running = make_run(integration, "running", counts={"listed": 500}, lease_until=utc_now(), complete=False)
    sample = make_run(integration, "done", mode="plan", reading="sample", trigger="manual", counts={
        "expected": 1240, "listed": 100, "compared": 98, "differing": 2, "low": 2, "high": 70})  # fmt: skip
    expired = make_run(integration, "expired", superseded_by_id=running.id)
    return {
        "paused_run_id": paused.id, "running_run_id": running.id, "sample_run_id": sample.id,
        "expired_run_id": expired.id, "rejected_run_id": make_run(integration, "rejected", reason="Erro do ERP").id,
    }  # fmt: skip


def _keep(account: Account) -> None:
    account.keep_content, account.keep_reason, account.kept_at = "active", "Suspensos por engano", utc_now()
