"""Accounts: made and marked here when anything that they depend on changes.

Marking happens in the caller's transaction, so a change and the work that follows
from it are never apart. The caller commits.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, case, event, exists, insert, select, update

from webapp.clock import utc_now
from webapp.decide.outcome import is_own_create
from webapp.decide.policy import CUSTOMER_SCOPE
from webapp.decide.state import ACCOUNT_UNIT, ACTIVE, NONE, PENDING_USER, UnitState, dump_units, load_units
from webapp.extensions import db
from webapp.gateways.contract import Operation, Traits
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Integration, Package, Service, ServicePackage
from webapp.services.audit import record
from webapp.services.errors import Conflict, NotFound
from webapp.services.signals import ACCOUNTS

# Work on many rows waits behind what somebody on the phone waits for.
PAID_NOW, ORDINARY, MANY, NEGATIVE = 0, 5, 6, 8
BATCH = 500
MOST_TOLD = 20
log = structlog.get_logger()

_ACCOUNT = Account.__table__


@event.listens_for(db.session, "after_commit")
def _wake_engine(_session: Any) -> None:
    ACCOUNTS.wake()


def mark_services(service_ids: Collection[int], priority: int = ORDINARY) -> None:
    """Make missing accounts of these services and mark all of theirs as changed.

    Call it after any change of the service, its customer or its packages, before the commit. Accounts of the
    customer's other services are marked too where an integration lets the best status of all of them count.

    Args:
        priority: ``PAID_NOW`` overtakes everything; ``NEGATIVE`` waits behind the rest.
    """
    db.session.flush()
    scoped = _looking_beside() if service_ids else []
    _tell(service_ids=sorted(service_ids)[:MOST_TOLD], count=len(service_ids), priority=priority)
    for ids in _batches(service_ids):
        _mark(_ACCOUNT.c.service_id.in_(ids), priority)
        _make_missing(ids, priority)
        if scoped:
            customers = select(Service.customer_id).where(Service.id.in_(ids))
            _mark_beside(scoped, Service.customer_id.in_(customers) & Service.id.not_in(ids), priority)


def mark_customer(customer_id: int) -> None:
    """Mark what hangs on the best status of a customer's services: one of them was given to somebody else."""
    db.session.flush()
    scoped = _looking_beside()
    if scoped:
        _mark_beside(scoped, Service.customer_id == customer_id, ORDINARY)


def mark_integration(integration_id: int) -> None:
    """Mark all accounts of an integration as changed: its params or rules are new."""
    db.session.flush()
    _tell(integration_id=integration_id)
    _mark(and_(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.status != "cancelled"), ORDINARY)


def mark_package(package_id: int) -> None:
    """Mark the accounts of all services that hold this package: its products are new."""
    db.session.flush()
    statement = select(ServicePackage.service_id).where(
        ServicePackage.package_id == package_id, ServicePackage.removed_at.is_(None)
    )
    mark_services(db.session.scalars(statement).all())


def try_now(account_id: int) -> None:
    """Try an account at once, also a blocked one; its attempts and its idempotency key stay.

    Raises:
        NotFound: no such account.
        Conflict: it is being sent just now (wait), or it is parked (answer the question first).
    """
    hurry(_free_account(account_id))
    db.session.commit()


def hurry(account: Account, reason: str = "") -> None:
    """Like ``try_now``, in the caller's transaction, which holds the account; the caller commits.

    Raises:
        Conflict: as ``try_now``; nothing was changed.
    """
    refuse_busy(account)
    _refuse_parked(account)
    _tell(account_id=account.id, service_ids=[account.service_id], generation=account.generation)
    account.due_at = utc_now()
    account.status = "pending" if account.status == "blocked" else account.status
    record("account.try_now", "account", account.id, account.login, reason=reason)


def remote_names(account: Account) -> tuple[str, ...]:
    """Return the names of the platform's own ids that a person must tell when the account exists.

    Empty where the platform can be asked for them, or has none.
    """
    try:
        gateway = get_gateway(account.integration.gateway)
    except UnknownGateway:
        return ()
    if gateway.traits.can(Operation.FIND) or not isinstance(gateway, RecipeGateway):
        return ()
    create = gateway.recipe.calls.get(Operation.CREATE)
    names = {name for step in create.steps for name in step.call.remote or {}} | set(create.remote) if create else ()
    return tuple(sorted(name for name in names if not account.remote_ids.get(name)))


def settle(account_id: int, *, exists: bool, remote_ids: Mapping[str, str] | None = None) -> None:
    """Record a person's answer about a parked account: is it on the platform or not?

    Args:
        remote_ids: the platform's own ids, by name, where it has some and cannot be asked for them.

    Raises:
        NotFound: no such account.
        Conflict: it is not parked any more; look at it again.
    """
    account = _free_account(account_id)
    if account.status != "parked":
        raise Conflict("account_not_parked", {"login": account.login})
    units = load_units(account.units)
    answered = {key: _answered(unit, exists) for key, unit in units.items()}
    account.units = dump_units(answered)
    if exists and remote_ids:
        account.remote_ids = {**account.remote_ids, **remote_ids}
    _due(account)
    after = {"exists": exists, "remote_ids": dict(remote_ids or {})}
    record("account.settle", "account", account.id, account.login, after=after)
    for key in [key for key, unit in units.items() if is_own_create(unit, answered[key])]:
        # Nothing else will say so: what is sent from now on is a change of what is there.
        record("account.create", "account", account.id, account.login, after={"outcome": "found", "unit": key})
    db.session.commit()


def resend(account_id: int, sale_id: int | None = None) -> None:
    """Send the present state once more, with the same message id where the gateway is a webhook.

    Args:
        sale_id: only what belongs to this package sold, where a platform is told of each by itself.

    Raises:
        NotFound: no such account.
        Conflict: it is being sent just now, or it is parked.
    """
    send_again(_free_account(account_id), sale_id)
    db.session.commit()


def send_again(account: Account, sale_id: int | None = None, reason: str = "") -> None:
    """Like ``resend``, in the caller's transaction, which holds the account; the caller commits.

    Raises:
        Conflict: as ``resend``; nothing was changed.
        UnknownGateway: the recipe is gone; install it again.
    """
    refuse_busy(account)
    _refuse_parked(account)
    traits = get_gateway(account.integration.gateway).traits
    units = load_units(account.units)
    account.units = dump_units({
        key: _again(unit, traits) if unit.live and _belongs(key, sale_id) else unit for key, unit in units.items()
    })  # fmt: skip
    _due(account)
    record("account.resend", "account", account.id, account.login, reason=reason)


def let_go_on(account: Account, reason: str = "") -> None:
    """Take a parked account up again without an answer, in the caller's transaction, which holds the account.

    What is in doubt stays in doubt: the next step looks it up, or repeats it with its key. Where neither can be
    done it is parked again, and nothing was sent.

    Raises:
        Conflict: it is being sent just now, or it is not parked any more.
    """
    refuse_busy(account)
    if account.status != "parked":
        raise Conflict("account_not_parked", {"login": account.login})
    account.due_at, account.status, account.tries = utc_now(), "pending", 0
    record("account.go_on", "account", account.id, account.login, reason=reason)


def refuse_busy(account: Account) -> None:
    """Refuse to touch an account that a call is made for.

    Raises:
        Conflict: it is being sent just now; wait.
    """
    if account.lease_until is not None and account.lease_until > utc_now():
        raise Conflict("account_busy", {"login": account.login})


def _refuse_parked(account: Account) -> None:
    if account.status == "parked":
        raise Conflict("account_parked", {"login": account.login})


def _again(unit: UnitState, traits: Traits) -> UnitState:
    """Return the unit so that it is sent once more; one that waits for its user has him written to again."""
    waits = unit.state == PENDING_USER and traits.can(Operation.RESEND_ACTIVATION)
    return unit.with_(resend=True) if waits or traits.repeatable_create else unit.with_(payload="")


def _tell(**what: Any) -> None:
    """Say in the log what a request caused, under the numbers that the calls carry which come of it.

    Readings of sources and work on many mark by the thousand, and have lines of their own.
    """
    asked = "request_id" in structlog.contextvars.get_contextvars()
    (log.info if asked else log.debug)("accounts.marked", **what)


def _batches(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _mark(where: ColumnElement[bool], priority: int) -> None:
    """Raise the generation; a parked account keeps its question until a person answers it."""
    now = utc_now()
    statement = (
        update(_ACCOUNT)
        .where(where)
        .values(
            generation=_ACCOUNT.c.generation + 1,
            due_at=now,
            tries=0,
            priority=priority,
            status=case((_ACCOUNT.c.status == "parked", "parked"), else_="pending"),
            updated_at=now,
        )
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})
    _refresh()


def _looking_beside() -> Sequence[int]:
    """Return the integrations on which the best status of a customer's services counts; mostly there is none."""
    return db.session.scalars(select(Integration.id).where(Integration.status_scope == CUSTOMER_SCOPE)).all()


def _mark_beside(integration_ids: Sequence[int], services: ColumnElement[bool], priority: int) -> None:
    there = and_(
        _ACCOUNT.c.integration_id.in_(integration_ids),
        _ACCOUNT.c.service_id.in_(select(Service.id).where(services)),
        _ACCOUNT.c.status != "cancelled",
    )
    _mark(there, priority)


def _make_missing(service_ids: list[int], priority: int) -> None:
    known = exists().where(
        _ACCOUNT.c.service_id == ServicePackage.service_id, _ACCOUNT.c.integration_id == Package.integration_id
    )
    statement = (
        select(ServicePackage.service_id, Package.integration_id)
        .join(Package, Package.id == ServicePackage.package_id)
        .where(ServicePackage.service_id.in_(service_ids), ServicePackage.removed_at.is_(None))
        .where(Package.integration_id.is_not(None), ~known)
        .distinct()
    )
    now = utc_now()
    rows = [
        {"service_id": service_id, "integration_id": integration_id, "due_at": now, "priority": priority}
        for service_id, integration_id in db.session.execute(statement)
    ]
    if rows:
        db.session.execute(insert(Account), rows)


def _refresh() -> None:
    """Forget accounts that the session has read: they were changed behind its back."""
    for loaded in db.session:
        if isinstance(loaded, Account):
            db.session.expire(loaded)


def _free_account(account_id: int) -> Account:
    account = db.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("account_not_found", {"id": account_id})
    refuse_busy(account)
    return account


def _due(account: Account) -> None:
    account.generation += 1
    account.due_at = utc_now()
    account.status = "pending"
    account.tries = 0
    account.error_kind = account.error_code = account.error_field = account.error_at = None
    account.error_params = {}


def _belongs(unit_key: str, sale_id: int | None) -> bool:
    return sale_id is None or unit_key == ACCOUNT_UNIT or unit_key.partition(":")[0] == str(sale_id)


def _answered(unit: UnitState, exists: bool) -> UnitState:
    doubtful = unit.exists or (unit.intent is not None and unit.intent.operation == Operation.CREATE)
    if not doubtful and unit.state != NONE:
        return unit
    if exists:
        # What the platform has of it is not known, so the data are sent again.
        return unit.with_(state=ACTIVE, payload="", intent=None, exists=False)
    return unit.with_(state=NONE, payload="", intent=None, exists=False)
