"""Which accounts of ours stand where an orphan stands: then it is none any more, and must never be ended as one."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Text, cast, or_, select

from webapp.decide.state import ACCOUNT_UNIT, UnitState, load_units
from webapp.extensions import db
from webapp.models import Account
from webapp.services.marks import Marks, load_marks

_ACCOUNT = Account.__table__
CHUNK = 1000
# So few are searched for in the database; for more, all accounts are looked through.
FEW = 20


class Stranger(Protocol):
    """What is known of an orphan: its row, or a part of it."""

    id: Any
    login: Any
    reference: Any
    remote_ids: Any
    products: Any


@dataclass(frozen=True)
class Beside:
    """A live account of ours with the reference, the log-in or an id of an orphan.

    Attributes:
        rights: how many things of it are, or may be, there.
        same: it is the orphan itself, not only another right of the same person there.
    """

    account_id: int
    rights: int
    same: bool


def beside(integration_id: int, orphans: Sequence[Stranger]) -> dict[int, list[Beside]]:
    """Return, by orphan, our live accounts that it touches; one pass over the integration, whatever their number."""
    wanted = _Wanted(load_marks(db.session.connection()), orphans)
    found: dict[int, list[Beside]] = {}
    columns = select(_ACCOUNT.c.id, _ACCOUNT.c.login_key, _ACCOUNT.c.remote_ids, _ACCOUNT.c.units)
    rows = columns.where(_ACCOUNT.c.integration_id == integration_id)
    if len(orphans) <= FEW:
        rows = rows.where(or_(*wanted.conditions()))
    for row in db.session.execute(rows.execution_options(yield_per=CHUNK)):
        for one in wanted.matched(row):
            units = load_units(row.units)
            rights = sum(unit.maybe_there for unit in units.values())
            if rights:
                found.setdefault(one.id, []).append(Beside(row.id, rights, _same(one, units)))
    return found


def owners_of(integration_id: int, orphans: Sequence[Stranger]) -> dict[int, int]:
    """Return, by orphan, the account of ours that it is by now."""
    return {
        orphan_id: one.account_id
        for orphan_id, touched in beside(integration_id, orphans).items()
        for one in touched
        if one.same
    }


def all_ids(remote_ids: Mapping[str, str], units: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the platform's ids of an account and of its single rights."""
    found = set(remote_ids.items())
    for unit in units.values():
        found |= set((unit.get("remote_ids") or {}).items())
    return found


class _Wanted:
    """Orphans by whatever an account may have in common with them."""

    def __init__(self, marks: Marks, orphans: Collection[Stranger]) -> None:
        self._accounts: dict[int, list[Stranger]] = {}
        self._logins: dict[str, list[Stranger]] = {}
        self._ids: dict[tuple[str, str], list[Stranger]] = {}
        for one in orphans:
            account_id = marks.read(one.reference)
            if account_id is not None:
                self._accounts.setdefault(account_id, []).append(one)
            if one.login:
                self._logins.setdefault(one.login.lower(), []).append(one)
            for pair in one.remote_ids.items():
                self._ids.setdefault(pair, []).append(one)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Return what at least one of them fulfils; whoever fulfils it may still be another."""
        yield _ACCOUNT.c.id.in_(self._accounts)
        yield _ACCOUNT.c.login_key.in_(self._logins)
        for _name, value in self._ids:
            for column in (_ACCOUNT.c.remote_ids, _ACCOUNT.c.units):
                # As it is written in JSON; the database need not read the rest.
                yield cast(column, Text).contains(json.dumps(value), autoescape=True)

    def matched(self, row: Any) -> list[Stranger]:
        """Return the orphans that an account has something in common with."""
        found = [*self._accounts.get(row.id, ()), *self._logins.get(row.login_key, ())]
        for pair in all_ids(row.remote_ids, row.units):
            found += self._ids.get(pair, ())
        return list({one.id: one for one in found}.values())


def _same(one: Stranger, units: Mapping[str, UnitState]) -> bool:
    """Where rights are units, it is ours only with all its products."""
    live = {key for key, unit in units.items() if unit.maybe_there}
    if ACCOUNT_UNIT in live or not one.products:
        return True
    return set(one.products) <= {key.partition(":")[2] for key in live}
