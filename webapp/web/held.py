"""What is held on a person, in words: columns by their names, values without the codes of the hub."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from webapp.messages import explain
from webapp.models import Event
from webapp.services.history_names import names_of
from webapp.web.facts import EMPTY, Names, actor, changes, fact
from webapp.web.filters import NOTHING, day, when
from webapp.web.labels import label
from webapp.web.labels_facts import FACT
from webapp.web.labels_privacy import ACCESS, COLUMN
from webapp.web.pull_words import pull_change

Row = Mapping[str, Any]
Line = tuple[str, str]
# Columns with the id of something that has a name.
NAMED = {"plan_id": "plan", "package_id": "package", "integration_id": "integration", "source_id": "source"}
# Columns that the history keeps under the same name, so its words fit.
AS_IN_HISTORY = frozenset({
    "document", "phone", "value", "billing_kind", "operation", "outcome", "state", "remote_ids",
})  # fmt: skip


def register(app: Flask) -> None:
    """Bind what the pages and the file of a person's data use."""
    app.jinja_env.globals.update(held_rows=held_rows, access_name=access_name)


def held_rows(tables: Mapping[str, Sequence[Row]]) -> list[list[Line]]:
    """Return the rows of a section as names and values; what is empty, or says nothing to a person, is left out."""
    asked = [change for row in tables.get("source_pull_item", ()) for change in row["changes"] or ()]
    asked += [row for rows in tables.values() for row in rows]
    names = names_of({(NAMED[name], int(row[name])) for row in asked for name in NAMED if row.get(name)})
    return [list(_lines(table, row, names)) for table, rows in tables.items() for row in rows]


def access_name(what: str) -> str:
    """Return what was looked at: by its own words, else by those of its part of the hub."""
    return str((ACCESS.get(what) or ACCESS.get(what.partition(".")[0]) or label("access", what)).text)


def _lines(table: str, row: Row, names: Names) -> Iterator[Line]:
    for name, value in row.items():
        if table == "event" and name in ("before", "after"):
            continue
        if value not in EMPTY and (name in COLUMN or name in FACT):
            yield _column(name), _value(table, name, value, names)
    if table == "event" and (told := changes(Event(**{key: row[key] for key in ("object_type", "before", "after")}))):
        yield _("What changed"), "; ".join(_change(*one) for one in told)


def _column(name: str) -> str:
    return str((COLUMN.get(name) or label("fact", name)).text)


def _value(table: str, name: str, value: Any, names: Names) -> str:
    if name in NAMED:
        found = names.get((NAMED[name], int(value)))
        return str(found.name if found is not None else value)
    if name == "changes" and table == "source_pull_item":
        return "; ".join(_change(*pull_change(change, names)[:3]) for change in value)
    words = WORDS.get(f"{table}.{name}")
    if words is not None:
        return words(value)
    return str(fact(name, value, names)) if name in AS_IN_HISTORY else _plain(value)


def _change(name: str, before: str | None, after: str | None) -> str:
    return f"{name}: " + " → ".join(side for side in (before, after) if side is not None)


def _plain(value: Any) -> str:
    if value in EMPTY:
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return "; ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _labelled(kind: str) -> Callable[[Any], str]:
    return lambda value: str(label(kind, str(value)).text)


WORDS: Mapping[str, Callable[[Any], str]] = {
    "service.status": _labelled("service"),
    "account.status": _labelled("account"),
    **dict.fromkeys(("account.desired", "account.observed", "entitlement.desired", "entitlement.applied"),
                    _labelled("content")),
    "event.action": _labelled("event"),
    "chain_link.kind": _labelled("row_kind"),
    "source_link.kind": _labelled("object"),
    "source_pull_item.outcome": _labelled("pull_outcome"),
    "orphan.status": _labelled("orphan"),
    "bulk_line.outcome": _labelled("bulk_line"),
    "bulk_line.code": lambda code: str(explain(code).cause),
    "orphan.state": _labelled("orphan_state"),
    "erasure.status": _labelled("erasure"),
    "personal_access.what": access_name,
    **dict.fromkeys(("event.actor", "personal_access.actor", "erasure.requested_by"), actor),
}  # fmt: skip
