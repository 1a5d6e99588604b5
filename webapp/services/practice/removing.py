"""Takes the practice platform away with all that was made for it, and nothing else.

What is real is never touched: rows go only where they hang on the practice platform, or were noted as made for it and
nothing real hangs on them. The history keeps what was done; the calls stay in it without their contents. The
integration's own row stays, switched off and empty, for they name it; it is taken again at the next practice.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from webapp import clock
from webapp.extensions import db
from webapp.models import (
    Account,
    Attempt,
    BillingTerms,
    Customer,
    Entitlement,
    Erasure,
    Event,
    IntegrationCode,
    IntegrationToken,
    Measure,
    Orphan,
    Package,
    PackageProduct,
    Plan,
    PlanPackage,
    Product,
    ProductCost,
    Run,
    RunItem,
    Seat,
    SeatChange,
    Service,
    ServicePackage,
    Setting,
)
from webapp.services import audit, chain
from webapp.services.alerts import clear_alerts
from webapp.services.errors import Conflict
from webapp.services.integrations import set_integration_active
from webapp.services.practice.memory import setting_name
from webapp.services.practice.switching import Made, get_practice, made_for, made_name
from webapp.services.transactions import begin

# A call to a platform inside the process is over in milliseconds.
PATIENCE_S = 5.0
LOOK_S = 0.05
_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class Removed:
    """How much went."""

    accounts: int
    packages: int
    learners: int


def remove_practice(integration_id: int) -> Removed:
    """Switch a practice platform off and remove what was made for it, and commit.

    Raises:
        NotFound: there is no such practice platform; answer 404.
        Conflict: ``practice_busy``; something is still at work on it, ask again in a moment. It is switched off.
    """
    description = get_practice(integration_id).description
    set_integration_active(integration_id, False)
    _await_rest(integration_id)
    begin(reads_only=False)
    made = made_for(integration_id)
    counts = _count(integration_id, made)
    gone = audit.entry("integration.practice_removed", "integration", integration_id, description, after=asdict(counts))
    event = Event(**gone)
    db.session.add(event)
    db.session.flush()
    _cut_calls(integration_id, event.id)
    _remove(integration_id, made)
    db.session.commit()
    db.session.expire_all()
    return counts


def what_goes(integration_id: int) -> Removed:
    """Return how much would go now, for whoever is asked whether it may."""
    return _count(integration_id, made_for(integration_id))


def _count(integration_id: int, made: Made) -> Removed:
    wanted = (Account.integration_id == integration_id, Package.integration_id == integration_id,
              Customer.id.in_(made.customers))  # fmt: skip
    models: tuple[Any, ...] = (Account, Package, Customer)
    counts = (select(func.count()).select_from(one).where(where) for one, where in zip(models, wanted, strict=True))
    return Removed(*(db.session.scalar(one) or 0 for one in counts))


def _await_rest(integration_id: int) -> None:
    """Wait until nobody works on it any more: nothing new is begun, for it is switched off.

    Raises:
        Conflict: somebody still does.
    """
    until_s = clock.monotonic_s() + PATIENCE_S
    while _at_work(integration_id):
        if clock.monotonic_s() > until_s:
            raise Conflict("practice_busy")
        clock.sleep(LOOK_S)


def _at_work(integration_id: int) -> bool:
    begin(reads_only=True)
    now = clock.utc_now()
    calls = exists().where(Account.integration_id == integration_id, Account.lease_until > now)
    runs = exists().where(Run.integration_id == integration_id, Run.lease_until > now)
    busy = bool(db.session.scalar(select(or_(calls, runs))))
    db.session.rollback()
    return busy


def _remove(integration_id: int, made: Made) -> None:
    """Remove in the order of what refers to what."""
    accounts = select(Account.id).where(Account.integration_id == integration_id, ~_has_calls())
    packages = select(Package.id).where(Package.integration_id == integration_id)
    runs = select(Run.id).where(Run.integration_id == integration_id)
    clear_alerts("integration", integration_id)
    _run(update(Run).where(Run.integration_id == integration_id).values(undo_of_id=None, superseded_by_id=None))
    _drop(RunItem, or_(RunItem.run_id.in_(runs), RunItem.account_id.in_(accounts)))
    _drop(Run, Run.integration_id == integration_id)
    _drop(Orphan, or_(Orphan.integration_id == integration_id, Orphan.account_id.in_(accounts)))
    for table in (SeatChange, Seat, Entitlement):
        _drop(table, table.account_id.in_(accounts))
    _drop(Account, Account.id.in_(accounts))
    _drop(ServicePackage, ServicePackage.package_id.in_(packages), ~_has_rights())
    _drop(PlanPackage, PlanPackage.package_id.in_(packages))
    _drop(Package, Package.integration_id == integration_id, ~exists().where(ServicePackage.package_id == Package.id))
    products = select(Product.id).where(Product.integration_id == integration_id, ~_is_carried())
    _drop(ProductCost, ProductCost.product_id.in_(products))
    _drop(Product, Product.id.in_(products))
    _remove_learners(made)
    for table in (Measure, IntegrationToken, IntegrationCode, BillingTerms):
        _drop(table, table.integration_id == integration_id)
    _drop(Setting, Setting.name.in_((setting_name(integration_id), made_name(integration_id))))


def _cut_calls(integration_id: int, event_id: int) -> None:
    """Let the calls go from their accounts; one without an answer is over, for nobody is left to ask about it."""
    table = Attempt.__table__
    mine = table.c.integration_id == integration_id
    ended = {"finished_at": clock.utc_now(), "outcome": "unknown"}
    _run(update(table).where(mine, table.c.finished_at.is_(None)).values(ended))
    ids = db.session.scalars(select(table.c.id).where(mine, table.c.account_id.is_not(None))).all()
    for place in range(0, len(ids), chain.ERASE_BATCH):
        chain.detach_attempts(ids[place : place + chain.ERASE_BATCH], event_id)


def _remove_learners(made: Made) -> None:
    """Remove those who were made up to practise, and their plan, where nothing else hangs on them."""
    bare = ~exists().where(Account.service_id == Service.id), ~exists().where(ServicePackage.service_id == Service.id)
    _drop(Service, Service.customer_id.in_(made.customers), *bare)
    alone = ~exists().where(Service.customer_id == Customer.id), ~exists().where(Erasure.customer_id == Customer.id)
    _drop(Customer, Customer.id.in_(made.customers), *alone)
    unused = ~exists().where(Service.plan_id == Plan.id), ~exists().where(PlanPackage.plan_id == Plan.id)
    _drop(Plan, Plan.id.in_(made.plans), *unused)


def _has_calls() -> ColumnElement[bool]:
    return exists().where(Attempt.account_id == Account.id)


def _has_rights() -> ColumnElement[bool]:
    return exists().where(Entitlement.service_package_id == ServicePackage.id)


def _is_carried() -> ColumnElement[bool]:
    sold = exists().where(PackageProduct.product_id == Product.id)
    return or_(sold, exists().where(Entitlement.product_id == Product.id))


def _drop(model: Any, *where: ColumnElement[bool]) -> None:
    _run(delete(model).where(*where))


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options=_SYNC)
