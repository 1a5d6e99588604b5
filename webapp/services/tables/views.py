"""Views of lists under a name: whose they are, who sees them, who changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Operator, SavedView
from webapp.services import audit
from webapp.services.errors import Conflict, Invalid, NotFound, Problem
from webapp.services.tables.contract import Table
from webapp.services.transactions import begin, insert_once

LONGEST_NAME, LONGEST_QUERY = 80, 2_000
# Of one person for one list; a menu longer than that is none.
MOST = 50
OBJECT = "saved_view"
_VIEW, _OPERATOR = SavedView.__table__, Operator.__table__
_WANTED = select(_VIEW, _OPERATOR.c.name.label("owner_name"), _OPERATOR.c.email).join(
    _OPERATOR, _OPERATOR.c.id == _VIEW.c.operator_id
)
# Every page of a list asks it.
_SEEN = _WANTED.where(
    _VIEW.c.table_name == bindparam("list"), or_(_VIEW.c.operator_id == bindparam("who"), _VIEW.c.shared)
)


@dataclass(frozen=True)
class View:
    """One view as a person sees it.

    Attributes:
        owner: name of whose it is.
        own: it is the person's own.
        editable: the person may change and delete it.
    """

    id: int
    name: str
    query: str
    shared: bool
    owner: str
    own: bool
    editable: bool


@dataclass(frozen=True)
class Who:
    """The person who asks. ``admin``: may change the shared ones of others. ``shares``: may show views to everybody."""

    operator_id: int
    admin: bool
    shares: bool = True


def values_of(query: str) -> dict[str, str]:
    """Return names and values of a kept query."""
    return dict(parse_qsl(query))


def views_of(who: Who, table: Table) -> Sequence[View]:
    """Return a person's own views of a list and those that are shared, by name."""
    rows = db.session.execute(_SEEN, {"who": who.operator_id, "list": table.name})
    return sorted((_view(row, who) for row in rows), key=lambda view: (not view.own, view.name.casefold(), view.id))


def view_for(who: Who, view_id: int) -> tuple[View, str]:
    """Return a view that a person may see, and the name of its list.

    Raises:
        NotFound: there is none, or it is somebody else's own: answer 404.
    """
    row = db.session.execute(_WANTED.where(_VIEW.c.id == view_id)).first()
    if row is None or not (row.shared or row.operator_id == who.operator_id):
        raise NotFound("saved_view_unknown", {"id": view_id})
    return _view(row, who), row.table_name


def keep_view(who: Who, table: Table, name: str, query: str, *, shared: bool) -> int:
    """Keep a view of a list under a name; returns its id. Commits.

    Raises:
        Invalid: no name, too long, or the person has one of that name, or too many, or may not share; show it beside
            the field.
    """
    name = _name(name)
    if shared:
        _may_share(who)
    begin(reads_only=False)
    if _count(who, table) >= MOST:
        raise Invalid([Problem("name", "saved_view_too_many", {"most": MOST})])
    values = {"operator_id": who.operator_id, "table_name": table.name, "name": name, "query": query[:LONGEST_QUERY],
              "shared": shared, "created_at": utc_now()}  # fmt: skip
    if not insert_once(db.session.connection(), insert(_VIEW).values(**values)):
        db.session.rollback()
        raise Invalid([Problem("name", "saved_view_taken", {"name": name})])
    view_id: int = db.session.scalar(select(_VIEW.c.id).where(*_named(who.operator_id, table.name, name))) or 0
    if shared:
        audit.record("saved_view.create", OBJECT, view_id, name, after={"name": name, "table": table.name})
    db.session.commit()
    return view_id


def rename_view(who: Who, view_id: int, name: str, *, shared: bool) -> None:
    """Give a view another name, show it to everybody or only to its owner; commits.

    Raises:
        NotFound, Conflict: as ``change`` says.
        Invalid: as ``keep_view`` says.
    """
    name = _name(name)
    view, table_name, owner_id = _changeable(who, view_id)
    if shared and not view.shared:
        _may_share(who)
    same = select(_VIEW.c.id).where(*_named(owner_id, table_name, name), _VIEW.c.id != view_id)
    if db.session.scalar(same) is not None:
        db.session.rollback()
        raise Invalid([Problem("name", "saved_view_taken", {"name": name})])
    _change(view, {"name": name, "shared": shared})


def refill_view(who: Who, view_id: int, query: str) -> None:
    """Put the present filters and order in the place of those that a view has; commits.

    Raises:
        NotFound, Conflict: it is gone, or not this person's to change; look at the list of views again.
    """
    _change(_changeable(who, view_id)[0], {"query": query[:LONGEST_QUERY]})


def delete_view(who: Who, view_id: int) -> View:
    """Delete a view and return what it was, so that it can be brought back with ``keep_view``; commits.

    Raises:
        NotFound, Conflict: it is gone, or not this person's to change; look at the list of views again.
    """
    view = _changeable(who, view_id)[0]
    db.session.execute(delete(_VIEW).where(_VIEW.c.id == view.id))
    if view.shared:
        audit.record("saved_view.delete", OBJECT, view.id, view.name, before={"name": view.name})
    db.session.commit()
    return view


def _may_share(who: Who) -> None:
    if not who.shares:
        db.session.rollback()
        raise Invalid([Problem("shared", "saved_view_for_oneself", {})])


def _changeable(who: Who, view_id: int) -> tuple[View, str, int]:
    begin(reads_only=False)
    row = db.session.execute(_WANTED.where(_VIEW.c.id == view_id)).first()
    if row is None or not (row.shared or row.operator_id == who.operator_id):
        db.session.rollback()
        raise NotFound("saved_view_unknown", {"id": view_id})
    view = _view(row, who)
    if not view.editable:
        db.session.rollback()
        raise Conflict("saved_view_foreign", {"owner": view.owner})
    return view, row.table_name, row.operator_id


def _change(view: View, values: dict[str, str | bool]) -> None:
    """The history has what everybody sees; what a person keeps for the own use is nobody else's business."""
    db.session.execute(update(_VIEW).where(_VIEW.c.id == view.id).values(**values))
    if view.shared or values.get("shared"):
        told = {name: value for name, value in values.items() if name != "query"}
        before = {name: getattr(view, name) for name in told}
        audit.record(
            "saved_view.update", OBJECT, view.id, str(values.get("name", view.name)), before=before, after=told
        )
    db.session.commit()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid([Problem("name", "saved_view_unnamed")])
    if len(name) > LONGEST_NAME:
        raise Invalid([Problem("name", "saved_view_long", {"most": LONGEST_NAME})])
    return name


def _count(who: Who, table: Table) -> int:
    mine = (_VIEW.c.operator_id == who.operator_id, _VIEW.c.table_name == table.name)
    return db.session.scalar(select(func.count()).select_from(_VIEW).where(*mine)) or 0


def _named(operator_id: int, table_name: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return (_VIEW.c.operator_id == operator_id, _VIEW.c.table_name == table_name, _VIEW.c.name == name)


def _view(row: Any, who: Who) -> View:
    own = row.operator_id == who.operator_id
    return View(
        row.id, row.name, row.query, row.shared, row.owner_name or row.email, own, own or (who.admin and row.shared)
    )
