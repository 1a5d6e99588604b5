"""What a reading of a source took away on the platforms: whose accounts get it back, and what only a person can."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.decide.intake import Direction, What
from webapp.decide.policy import Content, content_for
from webapp.extensions import db
from webapp.models import Account, Integration, Package, Service, ServicePackage, SourcePull, SourcePullItem
from webapp.services.runs.undo_lines import CHANGED_SINCE, Back

PACKAGE_REMOVED, ENDS_EARLIER, KEPT_ALREADY = "undo_package_removed", "undo_ends_earlier", "undo_kept_already"
BATCH = 500
_DEPTH = {Content.ABSENT: 0, Content.SUSPENDED: 1, Content.ACTIVE: 2}
_ITEM, _SERVICE, _ACCOUNT = SourcePullItem.__table__, Service.__table__, Account.__table__
_INTEGRATION, _SALE, _PACKAGE = Integration.__table__, ServicePackage.__table__, Package.__table__


@dataclass
class _Taken:
    """What one record took from a service.

    Attributes:
        status: before and after.
        packages: package id -> why only a person can give it back.
    """

    status: tuple[str, str] | None = None
    packages: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Packages:
    """Packages of one batch: id -> integration and name."""

    integrations: dict[int, int]
    names: dict[int, str]


def has_any(pull_id: int) -> bool:
    """Tell whether a reading took anything away."""
    return db.session.scalar(select(_ITEM.c.id).where(*_negative(pull_id)).limit(1)) is not None


def of_pull(pull: SourcePull) -> Iterator[dict[int, list[Back]]]:
    """Return the accounts that a reading took something from, by integration, batch by batch; reads only."""
    last_id, until, more = 0, pull.finished_at or utc_now(), True
    while more:
        rows = db.session.execute(_page(pull.id, last_id)).all()
        more = len(rows) == BATCH
        if rows:
            last_id = rows[-1].id
            yield _batch({row.service_code: _taken(row.changes) for row in rows if row.service_code}, until)


def _negative(pull_id: int) -> tuple[Any, ...]:
    return (
        _ITEM.c.pull_id == pull_id, _ITEM.c.outcome == "applied", _ITEM.c.direction == Direction.NEGATIVE.value
    )  # fmt: skip


def _page(pull_id: int, last_id: int) -> Any:
    wanted = select(_ITEM.c.id, _ITEM.c.service_code, _ITEM.c.changes).where(*_negative(pull_id), _ITEM.c.id > last_id)
    return wanted.order_by(_ITEM.c.id).limit(BATCH)


def _taken(changes: Sequence[dict[str, Any]]) -> _Taken:
    taken = _Taken()
    for change in changes:
        if change["direction"] != Direction.NEGATIVE.value:
            continue
        if change["what"] == What.STATUS.value:
            taken.status = (str(change["before"]), str(change["after"]))
        elif change["what"] == What.REMOVE_PACKAGE.value:
            taken.packages[change["package_id"]] = PACKAGE_REMOVED
        elif change["what"] == What.UPDATE_PACKAGE.value:
            taken.packages[change["package_id"]] = ENDS_EARLIER
    return taken


def _batch(taken: dict[str, _Taken], until: datetime) -> dict[int, list[Back]]:
    packages = _packages({package_id for one in taken.values() for package_id in one.packages})
    rows = db.session.execute(_accounts(taken)).all()
    values = _values({row.service_id for row in rows})
    found: dict[int, list[Back]] = defaultdict(list)
    for row in rows:
        value = values.get((row.service_id, row.integration_id))
        found[row.integration_id] += _of_status(row, taken[row.code], until, value)
        found[row.integration_id] += _of_packages(row, taken[row.code], packages, value)
    return {integration_id: backs for integration_id, backs in found.items() if backs}


def _of_status(row: Any, taken: _Taken, until: datetime, value: Decimal | None) -> list[Back]:
    if taken.status is None:
        return []
    before, after = (
        content_for(status, follow_status=row.follow_status, rules=row.status_rules) for status in taken.status
    )
    if before not in _DEPTH or after not in _DEPTH or _DEPTH[after] >= _DEPTH[before]:
        return []
    code = ""
    if row.status != taken.status[1] or row.updated_at > until:
        code = CHANGED_SINCE
    elif row.keep_content:
        code = KEPT_ALREADY
    return [Back(row.id, row.login, before, str(after), row.generation, value, code)]


def _of_packages(row: Any, taken: _Taken, packages: _Packages, value: Decimal | None) -> list[Back]:
    return [
        Back(row.id, row.login, Content.ACTIVE, str(Content.ABSENT), row.generation, value, code,
             {"package": packages.names[package_id]})
        for package_id, code in taken.packages.items() if packages.integrations.get(package_id) == row.integration_id
    ]  # fmt: skip


def _accounts(codes: Collection[str]) -> Any:
    return (
        select(
            _ACCOUNT.c.id, _ACCOUNT.c.service_id, _ACCOUNT.c.integration_id, _ACCOUNT.c.login, _ACCOUNT.c.generation,
            _ACCOUNT.c.keep_content, _SERVICE.c.code, _SERVICE.c.status, _SERVICE.c.updated_at,
            _INTEGRATION.c.follow_status, _INTEGRATION.c.status_rules,
        )
        .join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
        .join(_INTEGRATION, _INTEGRATION.c.id == _ACCOUNT.c.integration_id)
        .where(_SERVICE.c.code.in_(codes))
        .order_by(_ACCOUNT.c.id)
    )  # fmt: skip


def _values(service_ids: Collection[int]) -> dict[tuple[int, int], Decimal]:
    """Return R$ per month of the packages that are held, by service and integration."""
    wanted = (
        select(_SALE.c.service_id, _PACKAGE.c.integration_id, func.sum(_SALE.c.value).label("value"))
        .join(_PACKAGE, _PACKAGE.c.id == _SALE.c.package_id)
        .where(_SALE.c.service_id.in_(service_ids), _SALE.c.removed_at.is_(None))
        .group_by(_SALE.c.service_id, _PACKAGE.c.integration_id)
    )
    return {(row.service_id, row.integration_id): row.value for row in db.session.execute(wanted)}


def _packages(ids: Collection[int]) -> _Packages:
    rows = db.session.execute(
        select(_PACKAGE.c.id, _PACKAGE.c.integration_id, _PACKAGE.c.description).where(_PACKAGE.c.id.in_(ids))
    ).all()
    return _Packages({row.id: row.integration_id for row in rows}, {row.id: row.description for row in rows})
