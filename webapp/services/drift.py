"""What we believe of accounts, for comparison; and how a found difference becomes work.

A difference is written into our belief: the desired state stands, so convergence mends it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Action, Believed, Difference, compare
from webapp.decide.compare_rights import compare_rights
from webapp.decide.outcome import account_status
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, PENDING_USER, UnitState, dump_units, load_units
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState, Traits, Unit
from webapp.models import Account, Entitlement, Product, Run, RunItem
from webapp.services.accounts import NEGATIVE as NEGATIVE_PRIORITY
from webapp.services.accounts import ORDINARY, PAID_NOW
from webapp.services.errors import Conflict
from webapp.services.facts import instance_id

BATCH = 500
_ACCOUNT, _RIGHT, _PRODUCT = Account.__table__, Entitlement.__table__, Product.__table__


def load_believed(
    integration_id: int, traits: Traits, read_from: datetime, account_ids: Collection[int] | None = None
) -> list[Believed]:
    """Return every account of an integration as we believe it to be; one line for each right where those are units.

    Args:
        read_from: when the listing began; what changed since then, or within the platform's
            read lag before, is not settled and so not compared.
        account_ids: only these.
    """
    mark = instance_id(db.session.connection())
    quiet_since = read_from - timedelta(seconds=traits.limits.read_lag_s)
    statement = select(_ACCOUNT).where(_ACCOUNT.c.integration_id == integration_id).order_by(_ACCOUNT.c.id)
    if account_ids is not None:
        statement = statement.where(_ACCOUNT.c.id.in_(account_ids))
    rows = db.session.execute(statement).all()
    rights = _rights(integration_id)
    believe = _believe_account if traits.unit is Unit.ACCOUNT else _believe_rights
    return [one for row in rows for one in believe(row, mark, rights.get(row.id, {}), _settled(row, quiet_since))]


def compare_all(
    traits: Traits, believed: list[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState]
) -> list[Difference]:
    """Return all differences, by account or by right as the platform counts them."""
    compare_them = compare if traits.unit is Unit.ACCOUNT else compare_rights
    return compare_them(believed, observed, covers)


def mend(run: Run, items: list[RunItem]) -> None:
    """Write differences into our belief and mark the accounts as due; the caller commits.

    An account that moved on meanwhile is left alone and its line says so.
    """
    lines = list(_by_account(items).items())
    for start in range(0, len(lines), BATCH):
        chunk = dict(lines[start : start + BATCH])
        statement = select(Account).where(Account.id.in_(chunk)).with_for_update()
        accounts = {account.id: account for account in db.session.scalars(statement)}
        for account_id, differing in chunk.items():
            _mend_account(run, differing, accounts.get(account_id))


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


def _believe_account(row: Any, mark: str, rights: Mapping[str, str], settled: bool) -> list[Believed]:
    codes = {_product_of(key) for key, desired in rights.items() if desired != ABSENT}
    return [
        Believed(
            account_id=row.id, login=row.login, reference=_reference(mark, row.id), remote_ids=dict(row.remote_ids),
            state=_unit(row.units).state, content=row.desired, products=tuple(sorted(codes)), settled=settled,
        )
    ]  # fmt: skip


def _believe_rights(row: Any, mark: str, rights: Mapping[str, str], settled: bool) -> list[Believed]:
    return [
        Believed(
            account_id=row.id, login=row.login, reference=_reference(mark, row.id), remote_ids=dict(row.remote_ids),
            state=unit.state, content=rights.get(key, ABSENT), products=(_product_of(key),), settled=settled,
            unit=key, own_ids=dict(unit.remote_ids),
        )
        for key, unit in sorted(load_units(row.units).items())
        if key != ACCOUNT_UNIT
    ]  # fmt: skip


def _reference(mark: str, account_id: int) -> str:
    return f"sin-{mark}-{account_id}"


def _product_of(key: str) -> str:
    return key.partition(":")[2]


def _unit(raw: dict[str, Any], key: str = ACCOUNT_UNIT) -> UnitState:
    return load_units(raw).get(key, UnitState())


def _rights(integration_id: int) -> dict[int, dict[str, str]]:
    """Return, by account, what each right shall be: ``sale:product`` -> desired."""
    statement = (
        select(_RIGHT.c.account_id, _RIGHT.c.service_package_id, _PRODUCT.c.code, _RIGHT.c.desired)
        .join(_PRODUCT, _PRODUCT.c.id == _RIGHT.c.product_id)
        .where(_PRODUCT.c.integration_id == integration_id)
    )
    rights: dict[int, dict[str, str]] = {}
    for row in db.session.execute(statement):
        rights.setdefault(row.account_id, {})[f"{row.service_package_id}:{row.code}"] = row.desired
    return rights


def _by_account(items: Iterable[RunItem]) -> dict[int, list[RunItem]]:
    found: dict[int, list[RunItem]] = {}
    for item in items:
        found.setdefault(item.account_id or 0, []).append(item)
    return found


def _as_planned(run: Run, item: RunItem, account: Account | None) -> bool:
    if account is None or account.lease_until is not None:
        return False
    unchanged = account.applied_at is None or account.applied_at <= run.started_at
    settled = account.generation == account.applied_generation and account.due_at is None
    return settled and unchanged and _unit(account.units, _unit_of(item)).state == item.after.get("state", "")


def _unit_of(item: RunItem) -> str:
    return str(item.after.get("unit", ACCOUNT_UNIT))


def _mend_account(run: Run, items: list[RunItem], account: Account | None) -> None:
    """Take over what was seen of one account; several of its rights may differ."""
    if account is None or not all(_as_planned(run, item, account) for item in items):
        for item in items:
            item.outcome = "skipped"
        return
    for item in items:
        _take_over(run, item, account)
        item.outcome = "queued"
    actions = {item.action for item in items} - {Action.NOTE}
    if not actions:
        account.status = account_status(load_units(account.units), account.desired, settled=True)
        return
    account.verify_first = Action.CREATE in actions
    account.generation += 1
    account.due_at, account.tries, account.status = utc_now(), 0, "pending"
    account.priority = min(_priority(action) for action in actions)


def _take_over(run: Run, item: RunItem, account: Account) -> None:
    shown, key = item.before.get("state", ""), _unit_of(item)
    if key == ACCOUNT_UNIT:
        # What is seen of one right says nothing of the account as a whole.
        account.observed, account.observed_at = shown, run.started_at
    unit = _unit(account.units, key)
    if item.action == Action.UPDATE:
        unit = unit.with_(payload="")
    elif shown in (ABSENT, PENDING_USER, "active", "suspended"):
        unit = unit.with_(state=shown)
    account.units = dump_units({**load_units(account.units), key: unit})


def _priority(action: str) -> int:
    if action in NEGATIVE:
        return NEGATIVE_PRIORITY
    return PAID_NOW if action == Action.ENABLE else ORDINARY
