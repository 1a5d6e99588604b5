"""Writes the figures of months that are over, each once; months that were missed, and those before, are caught up.

What was sold in months before the hub kept figures is read from the sales as they stand now: the page says so.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select

from webapp.decide.reports import first_of, former_month, months_back, next_month
from webapp.extensions import db
from webapp.models import MonthFigure, ServicePackage
from webapp.services.backups.rhythm import local, read_note, write_note
from webapp.services.hub import current_hub
from webapp.services.reports.tally import Days, cells_of, tally
from webapp.services.transactions import begin

NAME = "reports"
# So far back sales are read when the hub begins to keep figures.
MOST_BACK = 36
_FIGURE = MonthFigure.__table__


@dataclass(frozen=True)
class Kept:
    """Which months are written.

    Attributes:
        begun_on: the month in which the hub began to keep figures; all before are reconstructed.
        through: the last month that is written; None = there is none yet.
    """

    begun_on: date
    through: date | None = None


def read_kept() -> Kept | None:
    """Return which months are written, in the caller's transaction; None = the hub has not begun."""
    value = read_note(NAME)
    if value is None:
        return None
    through = value["through"]
    return Kept(date.fromisoformat(value["begun_on"]), date.fromisoformat(through) if through else None)


def write_due() -> int:
    """Write one month after another until the last that is over, each committed; return how many."""
    count = 0
    while _write_next():
        count += 1
    return count


def _write_next() -> bool:
    begin(reads_only=True)
    running, kept = first_of(current_hub().today()), read_kept()
    done = kept is not None and kept.through is not None and next_month(kept.through) >= running
    db.session.rollback()
    if done:
        return False
    begin(reads_only=False)
    kept = read_kept() or Kept(running)
    month = _first_month(running) if kept.through is None else next_month(kept.through)
    if month < running:
        _write(month)
    _keep(Kept(kept.begun_on, min(month, former_month(running))))
    db.session.commit()
    return month < running


def _first_month(running: date) -> date:
    """Return the month of the first sale, but not too far back; the running one where nothing was sold before."""
    columns = (func.min(ServicePackage.starts_on), func.min(ServicePackage.created_at))
    starts_on, created_at = db.session.execute(select(*columns)).one()
    days = [day for day in (starts_on, _day(created_at)) if day is not None]
    return min(max(first_of(min(days)), months_back(running, MOST_BACK + 1)), running) if days else running


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local(moment).date()


def _write(month: date) -> None:
    figures = tally(Days(month, next_month(month)))
    rows = [{"month": month, **asdict(cell), **asdict(one)} for cell, one in cells_of(figures)]
    if rows:
        db.session.execute(insert(_FIGURE), rows)


def _keep(kept: Kept) -> None:
    through = kept.through.isoformat() if kept.through else ""
    write_note(NAME, {"begun_on": kept.begun_on.isoformat(), "through": through})
