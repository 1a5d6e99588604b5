"""Loads what we believe of accounts, to be compared with what a platform shows: a few of them, or all in columns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, or_, select

from webapp.decide.believed import Believed
from webapp.decide.compare import Difference, sort_out
from webapp.decide.compare_rights import sort_out_rights
from webapp.decide.differences import Situation
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, UnitState, load_units
from webapp.extensions import db
from webapp.gateways.contract import Observed, Operation, RemoteState, Traits, Unit
from webapp.models import Account, Customer, Entitlement, Product, Run, RunItem, Service
from webapp.services.marks import load_marks

# What we ended may be shown for so long after the platform's own read lag; and who is not shown must be absent once
# more, so much later, before it is made anew without asking.
GRACE = timedelta(minutes=15)
_ACCOUNT, _RIGHT, _PRODUCT = Account.__table__, Entitlement.__table__, Product.__table__
_SERVICE, _CUSTOMER = Service.__table__, Customer.__table__
# What waits for a person or was given up is not compared.
HELD = ("blocked", "parked")


@dataclass(frozen=True)
class Moment:
    """What counts as settled, as lately ended and as long missed, seen from when a platform's reading began."""

    read_from: datetime
    lag: timedelta
    can_find: bool
    vanishing: bool

    @classmethod
    def of(cls, traits: Traits, read_from: datetime) -> "Moment":
        """Return it for a platform."""
        lag = timedelta(seconds=traits.limits.read_lag_s)
        return cls(read_from, lag, traits.can(Operation.FIND), ends_to_suspend(traits))

    @property
    def quiet_since(self) -> datetime:
        """What changed later may not be shown yet."""
        return self.read_from - self.lag

    @property
    def ended_before(self) -> datetime:
        """What ended later may still be shown."""
        return self.read_from - self.lag - GRACE

    @property
    def missed_before(self) -> datetime:
        """Absence in a reading later than this is no second proof."""
        return self.read_from - max(self.lag, GRACE)


def load_believed(
    integration_id: int, traits: Traits, read_from: datetime, account_ids: Collection[int] | None = None
) -> list[Believed]:
    """Return accounts of an integration as we believe them to be; one line for each right where those are units.

    Args:
        read_from: when the reading began; what changed since then, or within the platform's read lag before,
            is not settled and so not compared.
        account_ids: only these; None = all.
    """
    moment = Moment.of(traits, read_from)
    marks = load_marks(db.session.connection())
    statement = accounts_of(integration_id, *_COLUMNS)
    if account_ids is not None:
        statement = statement.where(_ACCOUNT.c.id.in_(account_ids))
    rows = db.session.execute(statement).all()
    rights = _rights(integration_id, None if account_ids is None else [row.id for row in rows])
    if traits.unit is Unit.ACCOUNT:
        return [_believe_account(row, marks.of(row.id), rights.get(row.id, {}), moment) for row in rows]
    missed = {} if moment.can_find else _missed_units([row.id for row in rows if row.missing_since], moment)
    return [
        line for row in rows
        for line in _believe_rights(row, marks.of(row.id), rights.get(row.id, {}), moment, missed.get(row.id, set()))
    ]  # fmt: skip


def ends_to_suspend(traits: Traits) -> bool:
    """Tell whether the platform has no suspension: who is suspended is ended there, and made anew later."""
    return traits.sent_as(Operation.SUSPEND) is Operation.CANCEL


def compare_all(
    traits: Traits, believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState]
) -> list[Difference]:
    """Return all differences, by account or by right as the platform counts them."""
    exact = sort_out if traits.unit is Unit.ACCOUNT else sort_out_rights
    return exact(believed, observed, covers).differences


def load_moved(integration_id: int, traits: Traits, read_from: datetime, after_id: int) -> list[Believed]:
    """Return accounts that came, or that calls were made for, while the platform was read.

    Args:
        after_id: the last account that was known when the reading began.
    """
    wanted = (_ACCOUNT.c.id > after_id, _ACCOUNT.c.applied_at >= read_from)
    ids = select(_ACCOUNT.c.id).where(_ACCOUNT.c.integration_id == integration_id, or_(*wanted))
    return load_believed(integration_id, traits, read_from, list(db.session.scalars(ids)))


_COLUMNS = (
    _ACCOUNT.c.id, _ACCOUNT.c.login, _CUSTOMER.c.document, _ACCOUNT.c.units, _ACCOUNT.c.remote_ids,
    _ACCOUNT.c.generation, _ACCOUNT.c.applied_generation, _ACCOUNT.c.due_at, _ACCOUNT.c.lease_until,
    _ACCOUNT.c.applied_at, _ACCOUNT.c.status, _ACCOUNT.c.desired, _ACCOUNT.c.missing_since, _ACCOUNT.c.tombstone,
)  # fmt: skip


def accounts_of(integration_id: int, *columns: Any) -> Select[Any]:
    """Return the query of these columns of an integration's accounts and their customers."""
    return (
        select(*columns)
        .select_from(_ACCOUNT)
        .join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
        .join(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)
        .where(_ACCOUNT.c.integration_id == integration_id)
        # The order of the index that is used anyway: nothing need be sorted.
        .order_by(_ACCOUNT.c.service_id)
    )


def _settled(row: Row[Any], moment: Moment) -> bool:
    return (
        row.generation == row.applied_generation
        and row.due_at is None
        and row.lease_until is None
        and row.status not in HELD
        and (row.applied_at is None or row.applied_at <= moment.quiet_since)
    )


def _believe_account(row: Row[Any], reference: str, rights: Mapping[str, str], moment: Moment) -> Believed:
    codes = {product_of(key) for key, desired in rights.items() if desired != ABSENT}
    unit = load_units(row.units).get(ACCOUNT_UNIT, UnitState())
    grave = row.tombstone or {}
    return Believed(
        account_id=row.id, login=row.login, reference=reference, remote_ids=dict(row.remote_ids),
        state=unit.state, content=row.desired, products=tuple(sorted(codes)), settled=_settled(row, moment),
        document=row.document or "", confirmed=moment.can_find or _missed(row, moment),
        fading=_fading(row, moment, live=unit.live), vanishes=moment.vanishing, grave_ids=grave.get("remote_ids", {}),
        grave_login=grave.get("login", ""),
    )  # fmt: skip


def _believe_rights(
    row: Row[Any], reference: str, rights: Mapping[str, str], moment: Moment, missed: Collection[str]
) -> list[Believed]:
    grave = row.tombstone or {}
    return [
        Believed(
            account_id=row.id, login=row.login, reference=reference, remote_ids=dict(row.remote_ids),
            state=unit.state, content=rights.get(key, ABSENT), products=(product_of(key),),
            settled=_settled(row, moment), unit=key, own_ids=dict(unit.remote_ids), document=row.document or "",
            confirmed=moment.can_find or (key in missed and _missed(row, moment)),
            fading=_fading(row, moment, live=unit.live), vanishes=moment.vanishing,
            grave_ids=grave.get("remote_ids", {}) if grave.get("unit") == key else {},
            grave_login=grave.get("login", ""),
        )
        for key, unit in sorted(load_units(row.units).items())
        if key != ACCOUNT_UNIT
    ]  # fmt: skip


def _missed(row: Row[Any], moment: Moment) -> bool:
    """Tell whether an earlier reading, long enough ago and since the last call, did not show it either."""
    since = row.missing_since
    return since is not None and since <= moment.missed_before and (row.applied_at is None or row.applied_at <= since)


def _fading(row: Row[Any], moment: Moment, *, live: bool) -> bool:
    ended_at = (row.tombstone or {}).get("at")
    if ended_at is not None:
        return datetime.fromisoformat(ended_at) > moment.ended_before
    return not live and row.applied_at is not None and row.applied_at > moment.ended_before


def _missed_units(account_ids: Sequence[int], moment: Moment) -> dict[int, set[str]]:
    """Return, by account, the rights that an earlier reading did not show: each right must be missed by itself."""
    if not account_ids:
        return {}
    statement = (
        select(RunItem.account_id, RunItem.after)
        .join(Run, Run.id == RunItem.run_id)
        .where(RunItem.account_id.in_(account_ids), RunItem.situation == str(Situation.MISSING), Run.complete)
        .where(Run.started_at <= moment.missed_before)
        .order_by(RunItem.id.desc())
        .limit(len(account_ids) * 20)
    )
    found: dict[int, set[str]] = {}
    for account_id, after in db.session.execute(statement):
        found.setdefault(account_id, set()).add(str(after.get("unit", "")))
    return found


def _rights(integration_id: int, account_ids: Collection[int] | None) -> dict[int, dict[str, str]]:
    """Return, by account, what each right shall be: ``sale:product`` -> desired."""
    statement = (
        select(_RIGHT.c.account_id, _RIGHT.c.service_package_id, _PRODUCT.c.code, _RIGHT.c.desired)
        .join(_PRODUCT, _PRODUCT.c.id == _RIGHT.c.product_id)
        .where(_PRODUCT.c.integration_id == integration_id)
    )
    if account_ids is not None:
        statement = statement.where(_RIGHT.c.account_id.in_(account_ids))
    rights: dict[int, dict[str, str]] = {}
    for row in db.session.execute(statement):
        rights.setdefault(row.account_id, {})[f"{row.service_package_id}:{row.code}"] = row.desired
    return rights


def product_of(key: str) -> str:
    """Return the product's code in the key of a right."""
    return key.partition(":")[2]
