"""The list of what happened: events, and transmissions among them."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Select, column, false, select

from webapp.models import Event
from webapp.models.operator import ADMIN
from webapp.services import history_query
from webapp.services.history_query import SENT, WITHOUT
from webapp.services.hub import current_hub
from webapp.services.pages_history import Entry, Places, entries_of
from webapp.services.tables.contract import DAY, MOMENT, NUMBER, Column, Filter, Order, Table
from webapp.services.tables.work import INTEGRATION

# Whatever else is asked for is no action, nor a kind of object.
WORD = re.compile(r"[a-z_]+(\.[a-z_]+)?")


def filter_of(filters: Mapping[str, str]) -> history_query.Filter:
    """Return what (clean) filters ask of the history; days begin and end where the provider is."""
    kind, row_id = filters.get("type", ""), filters.get("id", "")
    action, integration = filters.get("action", ""), filters.get("integration")
    return history_query.Filter(
        object_type=kind if row_id else "", object_id=int(row_id) if kind and row_id else None,
        actor=filters.get("who", ""), action=action if WORD.fullmatch(action) else "", text=filters.get("q", ""),
        since=_midnight(filters.get("since", "")), until=_midnight(filters.get("until", ""), days=1),
        sent=filters.get("sent", WITHOUT), integration_id=int(integration) if integration else None,
    )  # fmt: skip


def history_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the ids of what filters choose, of events and transmissions alike."""
    found = history_query.everything(filter_of(filters))
    return select(Event.id).where(false()) if found is None else found


def _reader(filters: Mapping[str, str]) -> Places:
    return Places(filter_of(filters))


def _lines(rows: Sequence[Any], _columns: Collection[str]) -> list[Entry]:
    return entries_of(rows)


def _midnight(day: str, *, days: int = 0) -> datetime | None:
    if not day:
        return None
    zone = ZoneInfo(current_hub().settings.timezone)
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _kind(entry: Entry) -> str:
    if entry.subject is not None:
        return entry.subject.kind
    return entry.event.object_type if entry.event is not None else "account"


def _about(entry: Entry) -> str:
    if entry.subject is not None:
        return entry.subject.name
    event = entry.event
    return event.label or str(event.object_id or "") if event is not None else ""


# Of several tables: named by what the rows are called that a reader gives.
_AT, _KIND, _ID = Event.at, column("kind", Integer), Event.id
HISTORY = Table(
    name="history",
    columns=(
        Column("time", lambda entry: entry.at, MOMENT, order="time"),
        Column("who", lambda entry: entry.event.actor if entry.event else history_query.ENGINE, "actor"),
        Column("happened", lambda entry: entry, "happened", parts=("happened", "changes", "reason")),
        Column("changes", lambda entry: entry, "changes", usual=False),
        Column("reason", lambda entry: entry.event.reason if entry.event else "", usual=False),
        Column("about", _about, parts=("kind", "about", "holder")),
        Column("kind", _kind, "object", usual=False),
        Column("holder", lambda entry: entry.subject.holder if entry.subject else "", usual=False),
        Column("transmission", lambda entry: entry.attempt_id, NUMBER, usual=False),
    ),
    filters=(
        Filter("q"), Filter("action"), Filter("who"), INTEGRATION, Filter("sent", SENT, usual=WITHOUT),
        Filter("since", kind=DAY), Filter("until", kind=DAY), Filter("type", hidden=True),
        Filter("id", hidden=True, kind=NUMBER),
    ),
    orders={"time": Order((_AT, _KIND, _ID), (datetime, int, int))},
    usual_order="-time",
    rows=history_rows,
    reads=_reader,
    lines=_lines,
    endpoint="history.index",
    people=True,
    # It says of everybody what everybody did; the auditor's file, which can be verified, is theirs, too.
    takers=(ADMIN,),
)  # fmt: skip
