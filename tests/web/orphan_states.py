"""Accounts that nobody here made, in every state that a page can show."""

from datetime import timedelta

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Customer, Orphan, Service
from webapp.services.orphans import note_seen

BEFORE = timedelta(hours=2)


def build(integration_id: int, service_id: int) -> dict[str, int]:
    """Note some, decide about most of them, and return their ids by name."""
    customer = db.session.get_one(Customer, db.session.get_one(Service, service_id).customer_id)
    mail, document = customer.email, customer.document
    note(integration_id, [
        stranger("guessed", login=mail, document=document, products=("full", "kids")),
        stranger("nobody", state=RemoteState.SUSPENDED), stranger("waits"), stranger("held"), stranger("ignored"),
        stranger("ended"), stranger("being-ended", login=""),
    ])  # fmt: skip
    rows = {one.key.partition("=")[2]: one for one in db.session.scalars(select(Orphan))}
    for name in ("waits", "held", "being-ended"):
        decide(rows[name], "cancelling")
    rows["waits"].decided_by, rows["waits"].decided_at = "", None
    rows["held"].error_code, rows["held"].error_params = "orphan_still_there", {"login": rows["held"].login}
    rows["being-ended"].due_at = utc_now() + timedelta(minutes=5)
    decide(rows["ignored"], "ignored")
    decide(rows["ended"], "cancelled")
    db.session.commit()
    return {
        "orphan_id": rows["guessed"].id, "unknown_orphan_id": rows["nobody"].id, "waiting_orphan_id": rows["waits"].id,
        "held_orphan_id": rows["held"].id, "ignored_orphan_id": rows["ignored"].id,
    }  # fmt: skip


def grow(integration_id: int, count: int) -> None:
    """Add so many."""
    note(integration_id, [stranger(f"more-{number}") for number in range(count)])


def note(integration_id: int, strangers: list[Observed]) -> None:
    """Note what a reading of two hours ago showed."""
    note_seen(integration_id, strangers, 1, utc_now() - BEFORE, complete=False)


def stranger(name: str, login: str | None = None, state: RemoteState = RemoteState.ACTIVE, **more: object) -> Observed:
    """Return one as a platform shows it."""
    login = f"{name}@elsewhere.example.com" if login is None else login
    return Observed(login, state, {"id": name}, **more)  # type: ignore[arg-type]


def decide(row: Orphan, status: str) -> None:
    """Let a person have decided about it."""
    row.status, row.requested_by, row.decided_by = status, "one@example.com", "two@example.com"
    row.decided_at, row.reason = utc_now() - timedelta(hours=1), "Conta de teste da plataforma"
