"""The notes of deliveries, each with what is known around it: for the reason of a seat, and the proof of its end."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, select

from webapp.extensions import db
from webapp.models import (
    Account,
    Attempt,
    Customer,
    PackageProduct,
    PlanPackage,
    SeatChange,
    Service,
    ServicePackage,
)

ANSWER_KEPT = 300
_TAKING = ("suspended", "absent")


@dataclass(frozen=True)
class Noted:
    """One note, with what is known around it."""

    id: int
    integration_id: int
    account_id: int
    service_package_id: int
    product_id: int
    state: str
    at: datetime
    attempt_id: int | None
    status: str
    pause_from: date | None
    pause_until: date | None
    removed: bool
    ends_on: date | None
    erased: bool
    carried: bool
    with_plan: bool
    request_id: str | None
    http_status: int | None
    outcome: str | None
    answer: dict[str, Any] | None

    @property
    def key(self) -> tuple[int, int, int]:
        """The right that it is about."""
        return self.account_id, self.service_package_id, self.product_id


def oldest(limit: int) -> list[Noted]:
    """Return the oldest notes, in the order in which they were written; nobody else gets them meanwhile."""
    rows = db.session.execute(_wanted().order_by(SeatChange.id).limit(limit).with_for_update(of=SeatChange))
    return [Noted(**row._mapping) for row in rows]


def takes_away(before: str, after: str) -> bool:
    """Tell whether less is held after it."""
    return after == "absent" or (after == "suspended" and before in ("active", "pending"))


def proof_of(note: Noted) -> dict[str, Any] | None:
    """Return what shows that the platform was told: copied, for calls are not kept as long; None = nothing was sent."""
    if note.attempt_id is None:
        return None
    answer = str((note.answer or {}).get("body") or "")[:ANSWER_KEPT]
    return {
        "at": note.at.isoformat(), "attempt_id": note.attempt_id, "request_id": note.request_id or "",
        "http_status": note.http_status, "outcome": note.outcome or "", "answer": answer,
    }  # fmt: skip


def paused_on(note: Noted, day: date) -> bool:
    """Tell whether the subscriber's holiday covers that day."""
    if note.pause_from is None or note.pause_from > day:
        return False
    return note.pause_until is None or note.pause_until >= day


def _wanted() -> Any:
    links = and_(
        PackageProduct.package_id == ServicePackage.package_id, PackageProduct.product_id == SeatChange.product_id
    )
    plan = and_(PlanPackage.plan_id == Service.plan_id, PlanPackage.package_id == ServicePackage.package_id)
    return (
        select(
            SeatChange.id, Account.integration_id, SeatChange.account_id, SeatChange.service_package_id,
            SeatChange.product_id, SeatChange.state, SeatChange.at, SeatChange.attempt_id, Service.status,
            Service.pause_from, Service.pause_until, ServicePackage.removed_at.is_not(None).label("removed"),
            ServicePackage.ends_on, Customer.erased_at.is_not(None).label("erased"),
            PackageProduct.product_id.is_not(None).label("carried"), PlanPackage.id.is_not(None).label("with_plan"),
            Attempt.key.label("request_id"), Attempt.http_status, Attempt.outcome,
            # Answers may be long, and only an end wants one.
            case((SeatChange.state.in_(_TAKING), Attempt.response)).label("answer"),
        )
        .join(Account, Account.id == SeatChange.account_id)
        .join(Service, Service.id == Account.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .join(ServicePackage, ServicePackage.id == SeatChange.service_package_id)
        .outerjoin(PackageProduct, links)
        .outerjoin(PlanPackage, plan)
        .outerjoin(Attempt, Attempt.id == SeatChange.attempt_id)
    )  # fmt: skip
