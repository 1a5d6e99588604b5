"""The lines of a pull as its page shows them: what each record changes, or why it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, or_, select

from webapp.extensions import db
from webapp.models import Customer, SourcePull, SourcePullItem, SourceRow
from webapp.services.documents import fold
from webapp.services.history_names import Named, Reference, names_of
from webapp.services.pages import PAGE_SIZE, Page, capped_count, contains, decode_cursor, page_of


@dataclass(frozen=True)
class ItemFilter:
    """Which lines of a pull are shown; empty = all."""

    direction: str = ""
    outcome: str = ""
    query: str = ""


@dataclass(frozen=True)
class ItemPage:
    """Lines of a pull.

    Attributes:
        names: of plans and packages that the changes name.
        customers: customer's code -> id, for links.
        places: position -> where the record stood, while that is known.
    """

    page: Page[SourcePullItem]
    names: Mapping[Reference, Named] = field(default_factory=dict)
    customers: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)


def pull_items(pull: SourcePull, wanted: ItemFilter, cursor: str = "", size: int = PAGE_SIZE) -> ItemPage:
    """Return lines of a pull in the order of its records."""
    statement = select(SourcePullItem).where(SourcePullItem.pull_id == pull.id, *_conditions(wanted))
    total = capped_count(statement.with_only_columns(SourcePullItem.id)) if wanted != ItemFilter() else None
    after = decode_cursor(cursor, 1)
    if after is not None:
        statement = statement.where(SourcePullItem.id > after[0])
    rows = db.session.scalars(statement.order_by(SourcePullItem.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    page = Page(shown, following, total)
    return ItemPage(page, names_of(_mentioned(shown)), _customers(shown), _places(pull, shown))


def _conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.direction:
        found.append(SourcePullItem.direction == wanted.direction)
    if wanted.outcome:
        found.append(SourcePullItem.outcome == wanted.outcome)
    text = wanted.query.strip().lower()
    if text:
        pattern = contains(text)
        # Who is here already is found without marks, as on the page of customers.
        known = select(Customer.code).where(Customer.name_folded.like(contains(fold(text)), escape="\\"))
        found.append(
            or_(
                func.lower(SourcePullItem.name).like(pattern, escape="\\"),
                SourcePullItem.customer_code.in_(known),
                func.lower(SourcePullItem.customer_code) == text,
                func.lower(SourcePullItem.service_code) == text,
            )
        )
    return found


def _mentioned(items: Sequence[SourcePullItem]) -> set[Reference]:
    found: set[Reference] = set()
    for item in items:
        for change in item.changes:
            if change.get("package_id"):
                found.add(("package", int(change["package_id"])))
            if change["field"] == "plan_id":
                found |= {("plan", int(side)) for side in (change["before"], change["after"]) if side}
    return found


def _customers(items: Sequence[SourcePullItem]) -> dict[str, int]:
    codes = {item.customer_code for item in items if item.customer_code}
    if not codes:
        return {}
    rows = db.session.execute(select(Customer.code, Customer.id).where(Customer.code.in_(codes)))
    return {row.code: row.id for row in rows}


def _places(pull: SourcePull, items: Sequence[SourcePullItem]) -> dict[int, str]:
    """Return the row of the file for each line, as the spreadsheet shows it; those removed by time are left out."""
    if pull.mode != "file" or not items:
        return {}
    positions = [item.position for item in items]
    rows = db.session.execute(
        select(SourceRow.position, SourceRow.payload["place"].as_string()).where(
            SourceRow.pull_id == pull.id, SourceRow.position.in_(positions)
        )
    )
    return {row[0]: row[1].rpartition(" ")[2] for row in rows if row[1]}
