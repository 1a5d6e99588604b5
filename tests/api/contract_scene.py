"""Reconciliations, orphans and a channel with which every operation about them can succeed."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from tests import factories
from tests.web import orphan_states
from webapp.clock import utc_now
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.intake import Direction, What
from webapp.decide.snapshot import certify_snapshot, dump, times_of
from webapp.decide.snapshot_facts import Snapshot, SnapshotBefore
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import (
    Account,
    BulkJob,
    BulkLine,
    Integration,
    Orphan,
    Run,
    RunItem,
    Service,
    Source,
    SourcePull,
    SourcePullItem,
)
from webapp.services import bulk_jobs, channels, runs
from webapp.services.bulk_jobs import Order
from webapp.services.channels import ChannelInput
from webapp.services.privacy import erasing

BECAUSE = {"reason": "The ERP sent wrong dates"}
STRANGERS = ("adopted", "ignored-later", "ended-later")


@dataclass(frozen=True)
class Call:
    """One request that must be accepted. ``place`` fills the path; ``read`` stands for a checksum read before."""

    operation: str
    place: dict[str, int | str] = field(default_factory=dict)
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ids:
    """What there is to decide about."""

    integration: int
    to_approve: int
    to_reject: int
    to_accept: int
    to_undo: int
    pull: int
    kept: int
    orphans: dict[str, int]
    channel: int


def build() -> Ids:
    """Make it, in a hub that has a source; nothing of it is under way."""
    pull = _pull()
    channel = channels.create_channel(ChannelInput(description="Plantão", address="json://127.0.0.1:9/hook"))
    kept = sold()
    kept.keep_content, kept.keep_reason, kept.kept_at = "active", "Suspended by mistake", utc_now()
    db.session.commit()
    return Ids(
        kept.integration_id, stage(sold()), stage(sold()), _held(sold()), applied(sold()), pull, kept.id, _orphans(),
        channel.id,
    )  # fmt: skip


def sold(status: str = "servico_habilitado") -> Account:
    """Sell one package on a platform of its own, and let the platform have it."""
    integration = factories.make_integration(gateway="nx_play")
    service = factories.make_service(status=status)
    factories.make_sale(service, factories.make_package(integration))
    account = db.session.query(Account).filter_by(service_id=service.id, integration_id=integration.id).one()
    settle(account)
    return account


def settle(account: Account, state: str = "suspended") -> None:
    """Let an account be believed in this state, so that nothing is due."""
    units = dump_units({ACCOUNT_UNIT: UnitState(state=state)})
    settled = {"applied_generation": account.generation, "due_at": None, "status": "active", "units": units}
    db.session.execute(update(Account).where(Account.id == account.id).values(**settled))
    db.session.execute(update(Integration).where(Integration.id == account.integration_id).values(limit_floor=0))
    db.session.commit()


def state_after(action: Action) -> str:
    """Return what this action makes of an account."""
    return "absent" if action is Action.CANCEL else "suspended"


def stage(account: Account, action: Action = Action.SUSPEND) -> int:
    """Let a look find that this account must lose content, which waits for a person; returns the run."""
    after = {"state": state_after(action)}
    found = Difference(account.id, account.login, Situation.STATE, action, {"state": "active"}, after)
    run = runs.record_part(account.integration_id, [found], "look", "event", utc_now())
    assert run is not None
    made = run.id
    db.session.rollback()
    return made


def _held(account: Account) -> int:
    """A whole reading that showed half of the accounts, for the second time."""
    last = SnapshotBefore(100, 100, 100, 0, 0, {"active": 100})
    half = Snapshot(complete=True, listed=50, pages=1, expected=100, matched=50, compared=50, states={"active": 50})
    once = certify_snapshot(half, last)
    return _run(account, certificate=dump(certify_snapshot(half, last, times_of(once)))).id


def applied(account: Account) -> int:
    """Write a run that suspended this account, which was read back."""
    line = RunItem(
        account_id=account.id, login=account.login, situation="state", action="suspend", outcome="proven",
        before={"state": "active"}, after={"state": "suspended"}, generation=account.generation,
    )  # fmt: skip
    return _run(account, items=[line]).id


def _run(account: Account, **values: Any) -> Run:
    run = Run(integration_id=account.integration_id, mode="apply", status="done", started_at=utc_now(), **values)
    db.session.add(run)
    db.session.commit()
    return run


def _pull() -> int:
    """A reading of a source that suspended somebody."""
    service = db.session.get_one(Service, sold("suspenso_debito").service_id)
    source = db.session.query(Source).first()
    assert source is not None
    pull = SourcePull(source_id=source.id, mode="full", status="done", started_at=utc_now(), finished_at=utc_now())
    change = {
        "what": What.STATUS.value, "direction": Direction.NEGATIVE.value, "before": "servico_habilitado",
        "after": "suspenso_debito",
    }  # fmt: skip
    db.session.add(pull)
    db.session.flush()
    db.session.add(SourcePullItem(
        pull_id=pull.id, position=1, service_code=service.code, outcome="applied", changes=[change],
        direction=Direction.NEGATIVE.value,
    ))  # fmt: skip
    db.session.commit()
    return pull.id


def _orphans() -> dict[str, int]:
    account = sold()
    orphan_states.build(account.integration_id, account.service_id)
    orphan_states.note(account.integration_id, [orphan_states.stranger(name) for name in STRANGERS])
    return {one.key.partition("=")[2]: one.id for one in db.session.query(Orphan)}


def calls(ids: Ids) -> list[Call]:
    """Return, in an order in which each is accepted, a call of every operation about reconciliation."""

    def run(verb: str, run_id: int, body: Any = None) -> Call:
        return Call(f"POST /runs/{{run_id}}/{verb}", {"run_id": run_id}, body)

    def orphans(verb: str, *names: str, **more: Any) -> Call:
        return Call(f"POST /orphans/{verb}", body={"ids": [ids.orphans[name] for name in names], **more})

    settings = {"integration_id": ids.integration}
    batch = db.session.get_one(Run, ids.to_approve)
    return [
        Call("GET /runs", query={"status": "staged"}), Call("GET /runs/{run_id}", {"run_id": ids.to_approve}),
        run("approve", ids.to_approve, {"checksum": batch.checksum, "item_ids": [one.id for one in batch.items]}),
        run("pause", ids.to_approve), run("resume", ids.to_approve), run("stop", ids.to_approve, BECAUSE),
        run("reject", ids.to_reject, BECAUSE), run("accept", ids.to_accept), run("undo", ids.to_undo, BECAUSE),
        Call("POST /runs", body={**settings, "mode": "plan", "reading": "sample", "count": 3}),
        Call("POST /pulls/{pull_id}/undo", {"pull_id": ids.pull}, BECAUSE),
        Call("GET /accounts", query={"kept": "true"}),
        Call("POST /accounts/lift", body={"account_ids": [ids.kept], **BECAUSE}),
        Call("GET /orphans", query={"guessed": "true"}),
        Call("GET /orphans/{orphan_id}", {"orphan_id": ids.orphans["waits"]}),
        orphans("adopt", "adopted", "guessed"), orphans("ignore", "ignored-later", **BECAUSE),
        orphans("reopen", "ignored-later"), orphans("cancel", "ended-later", **BECAUSE), orphans("approve", "waits"),
        Call("GET /channels"), Call("POST /channels/{channel_id}/test", {"channel_id": ids.channel}),
        Call("GET /integrations/{integration_id}/reconciliation", settings),
        Call("PUT /integrations/{integration_id}/reconciliation", settings, {"limit_floor": 5, "billing_day": 10}),
        Call("GET /integrations/{integration_id}/reconciliation/outlook", settings, query={"limit_floor": 3}),
    ]  # fmt: skip


def privacy_calls() -> list[Call]:
    """Return, in an order in which each is accepted, a call of every operation about personal data."""
    codes = [factories.make_customer().code for _number in range(2)]
    waiting, done = (
        erasing.request_erasure(factories.make_customer().id, "Asked for by letter").id for _number in range(2)
    )
    db.session.commit()
    return [
        Call("GET /customers/{code}/data", {"code": codes[0]}),
        Call("POST /customers/{code}/erasure", {"code": codes[1]}, BECAUSE),
        Call("GET /erasures", query={"status": "waiting"}), Call("GET /erasures/{erasure_id}", {"erasure_id": waiting}),
        Call("POST /erasures/{erasure_id}/withdraw", {"erasure_id": waiting}, BECAUSE),
        Call("POST /erasures/{erasure_id}/finish", {"erasure_id": done}, BECAUSE),
        Call("POST /erasures/{erasure_id}/readmit", {"erasure_id": done}, BECAUSE),
    ]  # fmt: skip


def bulk_calls() -> list[Call]:
    """Return, in an order in which each is accepted, a call of every operation about work on many rows."""
    package, services = factories.make_package(), [factories.make_service() for _number in range(2)]
    body = {"kind": "services_sell", "table": "customers", "params": {"package_id": str(package.id)}}
    second = {**body, "ids": [services[1].customer_id]}
    done = bulk_jobs.start(Order("services_sell", "customers", {}, (services[0].customer_id,), body["params"])).id
    waiting = bulk_jobs.start(Order("services_sell", "customers", {}, (services[1].customer_id,), body["params"])).id
    failing = BulkJob(kind="accounts_try", table_name="accounts_stuck", status="done", requested_by="token:erp",
                      created_at=utc_now(), finished_at=utc_now(), total=1, failed=1)  # fmt: skip
    account = sold()
    account.status = "blocked"
    db.session.add(failing)
    db.session.flush()
    db.session.add(BulkLine(bulk_job_id=failing.id, subject_id=account.id, outcome="failed", code="account_busy"))
    db.session.commit()
    bulk_jobs.work(done)
    return [
        Call("POST /bulk-jobs/preview", body=second), Call("POST /bulk-jobs", body={**second, "on_bad": "skip"}),
        Call("GET /bulk-jobs", query={"status": "done"}), Call("GET /bulk-jobs/{job_id}", {"job_id": done}),
        Call("POST /bulk-jobs/{job_id}/stop", {"job_id": waiting}),
        Call("POST /bulk-jobs/{job_id}/undo", {"job_id": done}, BECAUSE),
        Call("POST /bulk-jobs/{job_id}/retry", {"job_id": failing.id}, BECAUSE),
    ]  # fmt: skip


def observing_calls(plan: dict[str, Any]) -> list[Call]:
    """Return the calls of a hub that observes. ``plan``: run and checksum of one that can be approved."""
    return [
        Call("GET /observing"), Call("POST /observing/approve", body={"plans": [plan]}),
        Call("POST /observing/plan", body={"integration_id": None}),
    ]  # fmt: skip
