"""Work on many rows in every state that a page can show."""

from datetime import timedelta

from sqlalchemy import select

from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, BulkJob, BulkLine, Package, Service
from webapp.models.operator import VIEWER

# Who makes pictures wants to know them before there are any.
IDS = {
    "bulk_done_id": 901, "bulk_running_id": 902, "bulk_stopped_id": 903, "bulk_failed_id": 904, "bulk_undo_id": 905,
}  # fmt: skip
SELL = "/bulk/new?kind=services_sell&table=customers&all=1&filters="
STATUS = "/bulk/new?kind=services_status&table=customers&all=1&filters="
PLACES = (
    Place("bulk", "/bulk", "bulk-table"),
    Place("bulk-none", "/bulk?status=waiting", "bulk-table"),
    Place("bulk-read-only", "/bulk", "bulk-table", role=VIEWER),
    Place("bulk-done", "/bulk/{bulk_done_id}", "bulk-lines"),
    Place("bulk-done-failed-lines", "/bulk/{bulk_done_id}?outcome=failed", "bulk-lines"),
    Place("bulk-done-read-only", "/bulk/{bulk_done_id}", "bulk-lines", role=VIEWER),
    Place("bulk-running", "/bulk/{bulk_running_id}", "bulk-lines"),
    Place("bulk-stopped", "/bulk/{bulk_stopped_id}", "bulk-lines"),
    Place("bulk-failed", "/bulk/{bulk_failed_id}", "bulk-lines"),
    Place("bulk-undo-done", "/bulk/{bulk_undo_id}", "bulk-lines"),
    Place("bulk-sell", SELL, "bulk-new"),
    Place("bulk-sell-shown", SELL + "&package_id={declared_id}&asked=1", "bulk-new"),
    Place("bulk-sell-refused", SELL + "&asked=1", "bulk-new", status=422),
    Place("bulk-cancel-shown", STATUS + "&status=cancelado&asked=1", "bulk-new"),
    Place("bulk-try-again", "/bulk/new?retry_of={bulk_done_id}", "bulk-new"),
    Place("bulk-take-back", "/bulk/new?undo_of={bulk_done_id}", "bulk-new"),
    Place("bulk-without-reason", "/bulk", status=422, data={
        "kind": "services_status", "table": "customers", "all": "1", "filters": "", "status": "cancelado",
        "reason": ""}),
)  # fmt: skip
FRAGMENTS = ("/fragments/bulk/{bulk_running_id}", "/fragments/bulk/{bulk_done_id}")


def build() -> None:
    """Make one job of each state, on services and accounts that there are."""
    services = list(db.session.scalars(select(Service.id).order_by(Service.id).limit(3)))
    package_id = db.session.scalar(select(Package.id).order_by(Package.id).limit(1))
    done = _job(
        IDS["bulk_done_id"],
        "services_sell",
        "done",
        services,
        params={"package_id": str(package_id)},
        reason="Campanha de verão",
    )
    _lines(done, services)
    accounts = list(db.session.scalars(select(Account.id).order_by(Account.id).limit(2)))
    running = _job(
        IDS["bulk_running_id"],
        "accounts_resend",
        "running",
        [*accounts, 10**6, 10**6 + 1],
        lease_until=utc_now() + timedelta(hours=9),
    )
    db.session.add(BulkLine(bulk_job_id=running.id, subject_id=accounts[0], outcome="done"))
    running.done = 1
    _job(
        IDS["bulk_stopped_id"],
        "services_status",
        "stopped",
        services,
        params={"status": "suspenso_debito"},
        reason="Sem pagamento",
    )
    _job(
        IDS["bulk_failed_id"],
        "orphans_ignore",
        "failed",
        [1],
        error_code="bulk_broke",
        error_params={"type": "KeyError"},
    )
    undo = _job(
        IDS["bulk_undo_id"], "services_sell", "done", services[:1], undo_of_id=done.id, params=dict(done.params), done=1
    )
    db.session.add(BulkLine(bulk_job_id=undo.id, subject_id=services[0], outcome="skipped", code="bulk_changed_since"))
    db.session.commit()


def grow(count: int) -> None:
    """Add so many jobs, and so many lines to one of them."""
    services = list(db.session.scalars(select(Service.id).order_by(Service.id.desc()).limit(count)))
    for number in range(count):
        _job(None, "services_sell", "done", [1], reason=f"Reason {number}")
    known = set(db.session.scalars(select(BulkLine.subject_id).where(BulkLine.bulk_job_id == IDS["bulk_done_id"])))
    for service_id in services:
        if service_id not in known:
            db.session.add(BulkLine(bulk_job_id=IDS["bulk_done_id"], subject_id=service_id, outcome="done"))
    db.session.commit()


def _job(job_id: int | None, kind: str, status: str, ids: list[int], **values: object) -> BulkJob:
    over = {} if status in ("waiting", "running") else {"finished_at": utc_now()}
    tables = {"services": "customers", "accounts": "accounts_stuck", "orphans": "orphans"}
    job = BulkJob(
        id=job_id, kind=kind, table_name=tables[kind.partition("_")[0]], status=status, total=len(ids),
        last_id=max(ids),
        requested_by="admin@example.com", created_at=utc_now() - timedelta(minutes=3),
        started_at=utc_now() - timedelta(minutes=2), **{**over, **values},
    )  # fmt: skip
    db.session.add(job)
    db.session.flush()
    return job


def _lines(job: BulkJob, services: list[int]) -> None:
    """One line of each kind."""
    rows = (
        {"outcome": "done", "before": {"sale_id": 10**6}},
        {"outcome": "skipped", "code": "package_locked_out", "params": {"package": "Cinema", "plan": "Fibra 600"}},
        {"outcome": "failed", "code": "email_placeholder", "params": {"gateway": "NX Play"}},
    )
    for subject_id, row in zip(services, rows, strict=True):
        db.session.add(BulkLine(bulk_job_id=job.id, subject_id=subject_id, **row))
    job.done = job.skipped = job.failed = 1
