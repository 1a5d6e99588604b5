"""What is planned, in the states that its pages show."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Campaign, GuidedMove, Integration, Package, Plan, PriceChange, Service, ServicePackage
from webapp.models.operator import VIEWER
from webapp.services.hub import current_hub

# Who makes pictures wants to know them before there are any.
IDS = {"move_id": 951, "held_move_id": 952, "done_move_id": 953, "change_id": 961, "campaign_id": 971}
BY = "ana@example.com"
SHOWN = {"kind": "package", "percent": "5", "from_on": "2099-01-01", "items": "1", "show": "1"}
PLACES = (
    Place("agenda", "/agenda", "agenda"),
    Place("agenda-none", "/agenda?month=2001-01", "agenda"),
    Place("agenda-read-only", "/agenda?kind=end", "agenda", role=VIEWER),
    Place("agenda-day", "/agenda/day", "agenda-day"),
    Place("agenda-day-none", "/agenda/day?on=2001-01-01", "agenda-day"),
    Place("prices", "/price-changes", "price-changes"),
    Place("prices-applied", "/price-changes?status=applied", "price-changes"),
    Place("prices-new", "/price-changes/new"),
    Place("prices-new-plans", "/price-changes/new?kind=plan"),
    Place("prices-refused", "/price-changes/new", data=SHOWN, status=422),
    Place("campaigns", "/campaigns"),
    Place("campaigns-read-only", "/campaigns", role=VIEWER),
    Place("campaign-new", "/campaigns/new"),
    Place("campaign-refused", "/campaigns/new", data={"free_months": "99"}, status=422),
    Place("moves", "/guided-moves", "guided-moves"),
    Place("moves-none", "/guided-moves?status=stopped", "guided-moves"),
    Place("moves-read-only", "/guided-moves", "guided-moves", role=VIEWER),
    Place("move", "/guided-moves/{move_id}", "guided-move"),
    Place("move-held", "/guided-moves/{held_move_id}", "guided-move"),
    Place("move-done", "/guided-moves/{done_move_id}", "guided-move", role=VIEWER),
    Place("move-email", "/services/{full_service_id}/change-email"),
    Place("move-email-refused", "/services/{full_service_id}/change-email", data={"email": "x"}, status=422),
    Place("move-holder", "/services/{full_service_id}/guided-transfer?customer_id={customer_id}"),
)


def build() -> None:
    """Plan one of everything, around today."""
    today = current_hub().today()
    package, plan = _first(Package), _first(Plan)
    planned = PriceChange(id=IDS["change_id"], kind="package", package=package, percent=5, from_on=today,
                          also_sold=True, planned_by=BY, before={"value": "1"}, counts={})  # fmt: skip
    applied = PriceChange(kind="plan", plan=plan, amount=99, from_on=today, status="applied", planned_by=BY,
                          before={"value": "90.00"}, counts={"changed": 4, "left": 1, "meanwhile": 1})  # fmt: skip
    unset = {"kind": "plan", "plan": plan, "percent": 1, "from_on": today, "before": {"value": "1"}, "planned_by": BY}
    dropped = [
        PriceChange(**unset, status="dropped", counts=counts) for counts in ({}, {"refused": 1}, {"returned": 2})
    ]
    days = {"from_on": today, "until_on": today + timedelta(days=30)}
    campaign = Campaign(id=IDS["campaign_id"], package=package, description="Verão", free_months=2, trial=True, **days)
    db.session.add_all([planned, applied, *dropped, campaign])
    sale = _first(ServicePackage)
    sale.campaign_id, sale.free_until, sale.ends_on = campaign.id, today, today
    _first(Integration).billing_day = today.day
    _moves()
    db.session.commit()


def _moves() -> None:
    ids = list(db.session.scalars(select(Service.id).order_by(Service.id).limit(3)))
    data = {"code": "X", "gaps": [], "checking_at": utc_now().isoformat()}
    states = (("move_id", "making", ""), ("held_move_id", "checking", "guided_move_not_found"),
              ("done_move_id", "done", ""))  # fmt: skip
    for (name, status, code), service_id in zip(states, ids, strict=False):
        steps = [{"name": one, "at": utc_now().isoformat()} for one in ("asked", "made")]
        steps += [{"name": "failed", "at": utc_now().isoformat(), "code": code}] if code else []
        db.session.add(GuidedMove(
            id=IDS[name], kind="email", service_id=service_id, to_service_id=ids[0], to_email="nova@example.com",
            on=current_hub().today(), status=status, error_code=code, steps=steps, data=data,
            asked_by=BY,
        ))  # fmt: skip


def _first(model: Any) -> Any:
    return db.session.scalars(select(model).order_by(model.id)).first()
