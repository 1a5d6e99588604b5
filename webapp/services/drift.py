"""What we believe of accounts, for comparison; and how a found difference becomes work.

A difference is written into our belief: the desired state stands, so convergence mends it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Action, Believed
from webapp.decide.outcome import account_status
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, PENDING_USER, UnitState, dump_units, load_units
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Entitlement, Product, Run, RunItem
from webapp.services.accounts import NEGATIVE as NEGATIVE_PRIORITY
from webapp.services.accounts import ORDINARY, PAID_NOW
from webapp.services.errors import Conflict
from webapp.services.facts import instance_id

BATCH = 500
_ACCOUNT, _RIGHT, _PRODUCT = Account.__table__, Entitlement.__table__, Product.__table__


def load_believed(integration_id: int, traits: Traits, read_from: datetime) -> list[Believed]:
    """Return every account of an integration as we believe it to be.

    Args:
        read_from: when the listing began; what changed since then, or within the platform's
            read lag before, is not settled and so not compared.
    """
    mark = instance_id(db.session.connection())
    products = _products(integration_id)
    quiet_since = read_from - timedelta(seconds=traits.limits.read_lag_s)
    statement = select(_ACCOUNT).where(_ACCOUNT.c.integration_id == integration_id).order_by(_ACCOUNT.c.id)
    return [
        Believed(
            account_id=row.id, login=row.login, reference=f"sin-{mark}-{row.id}", remote_ids=dict(row.remote_ids),
            state=_unit(row.units).state, content=row.desired, products=tuple(sorted(products.get(row.id, ()))),
            settled=_settled(row, quiet_since),
        )
        for row in db.session.execute(statement)
    ]  # fmt: skip


def mend(run: Run, items: list[RunItem]) -> None:
    """Write differences into our belief and mark the accounts as due; the caller commits.

    An account that moved on meanwhile is left alone and its line says so.
    """
    for start in range(0, len(items), BATCH):
        chunk = items[start : start + BATCH]
        ids = [item.account_id for item in chunk if item.account_id is not None]
        statement = select(Account).where(Account.id.in_(ids)).with_for_update()
        accounts = {account.id: account for account in db.session.scalars(statement)}
        for item in chunk:
            _mend_one(run, item, accounts.get(item.account_id or 0))


def check_unchanged(run: Run, items: list[RunItem]) -> None:
    """Refuse an approval when an account of the batch is not as it was when the plan was made.

    Raises:
        Conflict: reconcile anew and look at the new plan.
    """
    ids = [item.account_id for item in items]
    accounts = {account.id: account for account in db.session.scalars(select(Account).where(Account.id.in_(ids)))}
    if not all(_as_planned(run, item, accounts.get(item.account_id or 0)) for item in items):
        raise Conflict("plan_changed", {"id": run.id})


def requeue_stuck(integration_id: int) -> None:
    """Make work due that no engine would find: behind in generation, yet not due and not held.

    It should not exist; a hub that promises to lose nothing looks all the same.
    """
    statement = (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.due_at.is_(None))
        .where(_ACCOUNT.c.generation != _ACCOUNT.c.applied_generation)
        .where(_ACCOUNT.c.status.not_in(("blocked", "parked")))
        .values(due_at=utc_now())
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()


def _settled(row: Any, quiet_since: datetime) -> bool:
    return (
        row.generation == row.applied_generation
        and row.due_at is None
        and row.lease_until is None
        and row.status not in ("blocked", "parked")
        and (row.applied_at is None or row.applied_at <= quiet_since)
    )


def _unit(raw: dict[str, Any]) -> UnitState:
    return load_units(raw).get(ACCOUNT_UNIT, UnitState())


def _products(integration_id: int) -> dict[int, set[str]]:
    statement = (
        select(_RIGHT.c.account_id, _PRODUCT.c.code)
        .join(_PRODUCT, _PRODUCT.c.id == _RIGHT.c.product_id)
        .where(_PRODUCT.c.integration_id == integration_id, _RIGHT.c.desired != "absent")
    )
    products: dict[int, set[str]] = {}
    for row in db.session.execute(statement):
        products.setdefault(row.account_id, set()).add(row.code)
    return products


def _as_planned(run: Run, item: RunItem, account: Account | None) -> bool:
    if account is None or account.lease_until is not None:
        return False
    unchanged = account.applied_at is None or account.applied_at <= run.started_at
    settled = account.generation == account.applied_generation and account.due_at is None
    return settled and unchanged and _unit(account.units).state == item.after.get("state", "")


def _mend_one(run: Run, item: RunItem, account: Account | None) -> None:
    if account is None or not _as_planned(run, item, account):
        item.outcome = "skipped"
        return
    shown = item.before.get("state", "")
    account.observed, account.observed_at = shown, run.started_at
    unit = _unit(account.units)
    if item.action == Action.UPDATE:
        unit = unit.with_(payload="")
    elif shown in (ABSENT, PENDING_USER, "active", "suspended"):
        unit = unit.with_(state=shown)
    account.units = dump_units({**load_units(account.units), ACCOUNT_UNIT: unit})
    item.outcome = "queued"
    if item.action == Action.NOTE:
        account.status = account_status(load_units(account.units), account.desired, settled=True)
        return
    account.verify_first = item.action == Action.CREATE
    account.generation += 1
    account.due_at, account.tries, account.status = utc_now(), 0, "pending"
    account.priority = _priority(item.action)


def _priority(action: str) -> int:
    if action in NEGATIVE:
        return NEGATIVE_PRIORITY
    return PAID_NOW if action == Action.ENABLE else ORDINARY
