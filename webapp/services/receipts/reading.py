"""Reads what a receipt holds: calls to platforms and changes of one customer, each with its place in the chain."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.extensions import db
from webapp.models import Account, Attempt, ChainLink, Event, Integration, Service, ServicePackage
from webapp.services.chain import ATTEMPT, EVENT, store
from webapp.services.chain.content import FIELDS, content_of
from webapp.services.chain.sealing import TABLES, columns

PIECE = 500
_LINK, _EVENT, _ATTEMPT = ChainLink.__table__, Event.__table__, Attempt.__table__
# Of a change nothing else is told: other values may be somebody's data.
TOLD = ("status",)
Entry = dict[str, Any]


def read_accounts(customer_id: int) -> list[dict[str, Any]]:
    """Return the customer's accounts on platforms, in the caller's transaction."""
    rows = db.session.execute(
        select(Account.id, Account.login, Account.status, Service.code, Integration.description)
        .join(Service, Service.id == Account.service_id)
        .join(Integration, Integration.id == Account.integration_id)
        .where(Service.customer_id == customer_id)
        .order_by(Account.id)
    )
    return [
        {"id": row.id, "login": row.login, "status": row.status, "service": row.code, "platform": row.description}
        for row in rows
    ]


def read_entries(customer_id: int, newest: int | None = None) -> list[Entry]:
    """Return calls and changes in the order in which they happened, in the caller's transaction.

    Args:
        newest: no more than so many, the latest ones.
    """
    found = [*_rows(ATTEMPT, _calls(customer_id), newest), *_rows(EVENT, _changes(customer_id), newest)]
    found.sort(key=lambda one: (one[2]["started_at" if one[0] == ATTEMPT else "at"], one[0], one[1]))
    kept = found[-newest:] if newest is not None else found
    links = _links([(kind, row_id) for kind, row_id, _values in kept])
    return [_entry(kind, row_id, values, links.get((kind, row_id), {})) for kind, row_id, values in kept]


def _services(customer_id: int) -> Any:
    return select(Service.id).where(Service.customer_id == customer_id)


def _calls(customer_id: int) -> ColumnElement[bool]:
    accounts = select(Account.id).where(Account.service_id.in_(_services(customer_id)))
    found: ColumnElement[bool] = _ATTEMPT.c.account_id.in_(accounts)
    return found


def _changes(customer_id: int) -> ColumnElement[bool]:
    services = _services(customer_id)
    parts = {
        "service": services,
        "service_package": select(ServicePackage.id).where(ServicePackage.service_id.in_(services)),
        "account": select(Account.id).where(Account.service_id.in_(services)),
    }
    return or_(*(and_(_EVENT.c.object_type == kind, _EVENT.c.object_id.in_(ids)) for kind, ids in parts.items()))


def _rows(kind: str, where: ColumnElement[bool], newest: int | None) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    wanted = select(*columns(kind)).where(where).order_by(TABLES[kind].c.id.desc()).limit(newest)
    for row in db.session.execute(wanted):
        yield kind, row.id, {name: row._mapping[name] for name in FIELDS[kind]}


def _links(keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return place, digest and link of each, with the link before it, in a question for each few hundred."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for kind in TABLES:
        for ids in _pieces([row_id for one, row_id in keys if one == kind]):
            for row in db.session.execute(select(_LINK).where(_LINK.c.kind == kind, _LINK.c.row_id.in_(ids))):
                found[kind, row.row_id] = {"place": row.id, "salt": row.salt, "digest": row.digest, "link": row.link}
    former = links_at([one["place"] - 1 for one in found.values()])
    start = store.read_checkpoint(db.session.connection())
    former[start.place] = start.link
    return {key: {**one, "former": former.get(one["place"] - 1, "")} for key, one in found.items()}


def links_at(places: Sequence[int]) -> dict[int, str]:
    """Return the links at some places of the chain; those that are not there any more are left out."""
    found: dict[int, str] = {}
    for some in _pieces(sorted(set(places))):
        rows = db.session.execute(select(_LINK.c.id, _LINK.c.link).where(_LINK.c.id.in_(some)))
        found |= dict(rows.tuples().all())
    return found


def _pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[begin : begin + PIECE] for begin in range(0, len(ids), PIECE))


def _entry(kind: str, row_id: int, values: Mapping[str, Any], link: Mapping[str, Any]) -> Entry:
    seal = {name: link.get(name, "") for name in ("place", "digest", "former", "link")}
    if kind == EVENT:
        return {"kind": kind, "id": row_id, **_change(values), **seal}
    content = content_of(kind, row_id, values, link.get("salt", ""))
    whole = {"content": content, "salt": link.get("salt", "")}
    return {"kind": kind, "id": row_id, **_call(values, content), **seal, **whole}


def _call(values: Mapping[str, Any], content: str) -> dict[str, Any]:
    """Return what people read of a call. Of its answer, masked as it was kept, stands only the digest."""
    said = json.loads(content)[3]
    return {
        "at": said["started_at"], "finished_at": said["finished_at"], "account": values["account_id"],
        "operation": values["operation"], "request_id": values["key"], "outcome": values["outcome"] or "",
        "http_status": values["http_status"], "error": values["error_code"] or "",
        "request_digest": said["request"] or "", "answer_digest": said["response"] or "",
    }  # fmt: skip


def _change(values: Mapping[str, Any]) -> dict[str, Any]:
    sides = {side: {name: (values[side] or {}).get(name) for name in TOLD} for side in ("before", "after")}
    return {
        "at": values["at"].isoformat(), "actor": values["actor"], "action": values["action"],
        "object_type": values["object_type"], "object_id": values["object_id"],
        "status_before": sides["before"]["status"] or "", "status_after": sides["after"]["status"] or "",
    }  # fmt: skip
