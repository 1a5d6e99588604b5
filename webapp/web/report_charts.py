"""The charts of the reports in words and drawings: subscribers, who came and went, money."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, gettext, pgettext

from webapp.decide.leaks import KINDS
from webapp.decide.reports import Figures
from webapp.services.reports.tally import begins_at
from webapp.services.seats.balance import Point
from webapp.services.seats.leak_months import LeakMonth
from webapp.web.charts import Drawing, Series, Window, draw
from webapp.web.labels import label

MONTH = timedelta(days=31)


@dataclass(frozen=True)
class MonthChart:
    """One chart over months.

    Attributes:
        key: for ids on the page.
        told: the same in a sentence, for whoever does not see it.
        show: writes a figure; ``show_at`` a month, on the axis; ``show_row`` in the table.
        rows: month and figures, the latest first.
    """

    key: str
    title: str
    told: str
    drawing: Drawing
    show: Callable[[float | None], str]
    rows: Sequence[tuple[datetime, Sequence[float | None]]]

    def show_at(self, at: datetime) -> str:
        """Return a month as the axis has it."""
        return month_words(at.date())

    def show_row(self, at: datetime) -> str:
        """Return a month as the table has it."""
        return month_words(at.date())


def month_words(month: date) -> str:
    """Return a month as people write it."""
    return str(format_skeleton("yMMM", month, locale=get_locale()))


def month_charts(months: Mapping[date, Figures]) -> list[MonthChart]:
    """Return the charts; one month alone makes no line."""
    if len(months) < 2:
        return []
    figures = list(months.values())
    make = _Maker(list(months))
    return [
        make.chart("live", gettext("Packages sold at the end of the month"), _whole, 4, [
            Series(pgettext("packages", "Live"), [float(one.at_end) for one in figures]),
        ]),
        make.chart("moves", gettext("Came and went"), _whole, 4, [
            Series(gettext("Came"), [float(one.added) for one in figures]),
            Series(gettext("Went"), [float(one.ended) for one in figures]),
        ]),
        make.chart("money", gettext("Revenue and cost per month, in R$"), _whole, 100, [
            Series(gettext("Revenue"), [float(one.revenue) for one in figures]),
            Series(gettext("Cost"), [float(one.cost) for one in figures]),
        ]),
        make.chart("churn", gettext("Churn: how many of a hundred went"), _percent, 1, [
            Series(gettext("Churn"), [None if one.churn is None else float(one.churn) for one in figures]),
        ]),
    ]  # fmt: skip


def leak_charts(months: Sequence[LeakMonth]) -> list[MonthChart]:
    """Return one chart for each way in which seats leak, so that none is told from another by its colour."""
    if len(months) < 2:
        return []
    make, found = _Maker([one.month for one in months]), []
    for kind in KINDS:
        name = str(label("leak", kind).text)
        title = gettext("%(kind)s, in R$ per month", kind=name)
        series = Series(gettext("R$ per month"), [float(one.sums[kind].value) for one in months])
        found.append(make.chart(f"leak-{kind}", title, _whole, 10, [series]))
    return found


def trend_charts(points: Sequence[Point]) -> list[MonthChart]:
    """Return what was paid and what it cost; a cost that is not known breaks the line."""
    make = _Maker([one.day for one in points])
    costs = [float(one.balance.cost) if one.known else None for one in points]
    paid = Series(gettext("Paid"), [float(one.balance.revenue) for one in points])
    title = gettext("Paid and cost per month, in R$")
    seats = [float(one.balance.seats) if one.known else None for one in points]
    sold = Series(gettext("Packages sold"), [float(one.balance.sales) for one in points])
    return [
        make.chart("trend", title, _whole, 100, [paid, Series(gettext("Cost"), costs)]),
        make.chart("held", gettext("Packages sold and billed seats"), _whole, 4, [
            sold, Series(gettext("Billed seats"), seats),
        ]),
    ]  # fmt: skip


class _Maker:
    def __init__(self, months: Sequence[date]) -> None:
        # At noon a month stays itself in whatever zone a time is written.
        self._times = [begins_at(month) + timedelta(hours=12) for month in months]
        self._window = Window(self._times[0], self._times[-1], MONTH)

    def chart(
        self, key: str, title: str, show: Callable[[float | None], str], least_top: float, series: Sequence[Series]
    ) -> MonthChart:
        rows = list(zip(self._times, zip(*(one.values for one in series), strict=True), strict=True))
        drawing = draw(self._window, self._times, series, least_top)
        return MonthChart(key, title, " ".join(_told(one, show) for one in series), drawing, show, rows[::-1])


def _told(series: Series, show: Callable[[float | None], str]) -> str:
    known = [value for value in series.values if value is not None]
    values: dict[str, Any] = {"name": series.name}
    if not known:
        return str(gettext("%(name)s: no figures yet.", **values))
    values |= {"first": show(known[0]), "last": show(known[-1]), "least": show(min(known)), "most": show(max(known))}
    return str(gettext("%(name)s: from %(first)s to %(last)s, between %(least)s and %(most)s.", **values))


def _whole(value: float | None) -> str:
    return "–" if value is None else str(format_decimal(round(value)))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{format_decimal(round(value, 1))} %"
