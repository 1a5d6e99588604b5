"""Loads what we believe of all accounts of an integration in columns, in one pass: to lay a whole listing beside."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, case, cast, func, or_, select

from webapp.decide.believed_index import MISSED, SETTLED, Index
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, load_units
from webapp.extensions import db
from webapp.gateways.contract import Traits, Unit
from webapp.models import Account, Customer, Entitlement, Product
from webapp.services.marks import PREFIX, Marks, load_marks
from webapp.services.runs.believed import HELD, Moment, accounts_of, product_of

STREAMED = 2_000
_NO_GRAVE = frozenset(("", "{}", "null", None))
_ACCOUNT, _RIGHT, _PRODUCT, _CUSTOMER = Account.__table__, Entitlement.__table__, Product.__table__, Customer.__table__


def load_index(integration_id: int, traits: Traits, read_from: datetime) -> Index:
    """Return all accounts of an integration in columns; see ``believed.load_believed`` for what is settled."""
    connection = db.session.connection()
    moment, per_right = Moment.of(traits, read_from), traits.unit is not Unit.ACCOUNT
    index = Index(_reference_of(load_marks(connection)), per_right=per_right)
    facts = (
        _ACCOUNT.c.id, _ACCOUNT.c.login, func.coalesce(_CUSTOMER.c.document, ""), cast(_ACCOUNT.c.remote_ids, Text),
        cast(_ACCOUNT.c.tombstone, Text), _flags(moment),
    )  # fmt: skip
    if per_right:
        rights = _parts(connection, accounts_of(integration_id, *facts, _ACCOUNT.c.units))
        for row in chain.from_iterable(rights):
            _add_rights(index, row)
        return index
    state = _ACCOUNT.c.units[(ACCOUNT_UNIT, "state")].as_string()
    parts = _parts(connection, _with_products(accounts_of(integration_id, *facts, state)))
    _add_accounts(index, _whole(parts), _codes(integration_id))
    return index


def _parts(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """Return rows as they are read, many at once."""
    # A database in this process hands them over so in any case, and to buffer them again takes time for each.
    server = connection.dialect.supports_server_side_cursors
    options = {"stream_results": True, "max_row_buffer": STREAMED} if server else {}
    return connection.execute(statement, execution_options=options).partitions(STREAMED)


def _flags(moment: Moment) -> ColumnElement[int]:
    settled = and_(
        _ACCOUNT.c.generation == _ACCOUNT.c.applied_generation,
        _ACCOUNT.c.due_at.is_(None),
        _ACCOUNT.c.lease_until.is_(None),
        _ACCOUNT.c.status.not_in(HELD),
        or_(_ACCOUNT.c.applied_at.is_(None), _ACCOUNT.c.applied_at <= moment.quiet_since),
    )
    missed = _ACCOUNT.c.missing_since.is_not(None)
    return case((settled, SETTLED), else_=0) + case((missed, MISSED), else_=0)


def _with_products(statement: Select[Any]) -> Select[Any]:
    """Add the products that shall be there: a row for each, those of one account behind each other."""
    wanted = and_(_RIGHT.c.account_id == _ACCOUNT.c.id, _RIGHT.c.desired != ABSENT)
    return statement.add_columns(_RIGHT.c.product_id).outerjoin(_RIGHT, wanted)


def _codes(integration_id: int) -> dict[int, str]:
    wanted = select(_PRODUCT.c.id, _PRODUCT.c.code).where(_PRODUCT.c.integration_id == integration_id)
    return dict(db.session.execute(wanted).tuples().all())


def _whole(parts: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield parts of which none ends in the middle of an account."""
    rest: list[Any] = []
    for part in parts:
        rows = [*rest, *part]
        last = len(rows) - 1
        while last > 0 and rows[last - 1][0] == rows[-1][0]:
            last -= 1
        rest = rows[last:]
        if last:
            yield rows[:last]
    if rest:
        yield rest


def _add_accounts(index: Index, parts: Iterable[list[Any]], codes: dict[int, str]) -> None:
    wanted = _Wanted(codes)
    for rows in parts:
        ids, logins, documents, remote, graves, flags, states, products = zip(*rows, strict=True)
        if len(set(ids)) < len(ids):
            ids, logins, documents, remote, graves, flags, states, products = zip(*_joined(rows), strict=True)
        place = len(index.account_ids)
        # One text for all: read as one, it takes a third of the time.
        remote_ids = json.loads(f"[{','.join(remote)}]")
        index.add_all(ids, logins, documents, remote_ids, flags, states, map(wanted.__getitem__, products))
        if not _NO_GRAVE.issuperset(graves):
            for at, grave in enumerate(graves):
                if grave not in _NO_GRAVE:
                    _add_grave(index, place + at, grave)


class _Wanted(dict[int | tuple[int, ...] | None, tuple[str, ...]]):
    """Codes by the product, or products, that shall be there: few, and asked for very often."""

    def __init__(self, codes: dict[int, str]) -> None:
        super().__init__()
        self[None] = ()
        self.update((product_id, (code,)) for product_id, code in codes.items())
        self._codes = codes

    def __missing__(self, products: Any) -> tuple[str, ...]:
        found = self[products] = tuple(sorted({self._codes[one] for one in products}))
        return found


def _joined(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return one row for each account; its last value is its product, or all of them."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return [
        (*same[0][:-1], same[0][-1] if len(same) == 1 else tuple(sorted({row[-1] for row in same})))
        for same in found.values()
    ]  # fmt: skip


def _reference_of(marks: Marks) -> Callable[[int], str]:
    if len(marks.spans) > 1:
        return marks.of
    start = f"{PREFIX}-{marks.newest}-"
    return lambda account_id: f"{start}{account_id}"


def _add_rights(index: Index, row: Any) -> None:
    account_id, login, document, remote, grave, flags, units = row
    place = index.add(account_id, login, document, json.loads(remote), flags)
    for key, unit in sorted(load_units(units).items()):
        if key != ACCOUNT_UNIT:
            index.add_right(unit.state, product_of(key), unit.remote_ids)
    if grave not in _NO_GRAVE:
        _add_grave(index, place, grave)


def _add_grave(index: Index, place: int, tombstone: str) -> None:
    grave = json.loads(tombstone)
    index.add_grave(place, grave.get("remote_ids", {}), grave.get("login", ""))
