"""The charts of the dashboard in words and drawings: what each shows, how its figures are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, get_timezone, gettext, pgettext
from flask_babel import lazy_gettext as _

from webapp.services.pages_charts import LATEST, SPANS, Point, Span, points
from webapp.web.charts import Drawing, Series, Window, draw

NAMES: Mapping[str, Any] = {
    "24h": _("24 hours"), "7d": _("7 days"), "30d": _("30 days"), "1y": _("1 year"),
}  # fmt: skip
LONG_S = 7_200
# How the axis of time is written; the locale puts it in order.
SKELETONS = {"24h": "Hm", "7d": "Md", "30d": "Md", "1y": "yM"}


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        key: for ids on the page.
        told: the same in a sentence, for whoever does not see it.
        show: writes a figure; ``show_at`` a moment of the axis.
        rows: moment and figures, the latest first.
    """

    key: str
    title: str
    told: str
    drawing: Drawing
    show: Callable[[float | None], str]
    show_at: Callable[[datetime], str]
    rows: Sequence[tuple[datetime, Sequence[float | None]]]


def chart_context(now: datetime, wanted: str, integration_id: int | None) -> dict[str, Any]:
    """Return what the charts' part of the page shows; an unknown span is the usual one."""
    name = wanted if wanted in SPANS else LATEST
    span = SPANS[name]
    found = points(now, span, integration_id)
    return {
        "charts": _charts(now, name, span, found) if found else [],
        "span": name,
        "spans": NAMES,
        "integration_id": integration_id,
    }


def _charts(now: datetime, name: str, span: Span, found: Sequence[Point]) -> list[Chart]:
    window = Window(now - span.length, now, span.step)
    make = _Maker(window, name, [point.at for point in found])
    return [
        make.chart("subscribers", gettext("Subscribers"), _whole, 4, [
            Series(pgettext("subscribers", "Active"), [point.active for point in found]),
            Series(pgettext("subscribers", "Suspended"), [point.suspended for point in found]),
        ]),
        make.chart("drift", gettext("Accounts that differ from the platform"), _percent, 1, [
            Series(gettext("Differ"), [_hundredfold(point.drift) for point in found]),
        ]),
        _queue(make, [point.oldest_due_s for point in found]),
        make.chart("success", gettext("Calls that ended well, in 24 hours"), _percent, 100, [
            Series(gettext("Well"), [_hundredfold(point.success) for point in found]),
        ]),
    ]  # fmt: skip


class _Maker:
    def __init__(self, window: Window, span: str, times: Sequence[datetime]) -> None:
        self._window = window
        self._span = span
        self._times = times

    def chart(
        self, key: str, title: str, show: Callable[[float | None], str], least_top: float, series: Sequence[Series]
    ) -> Chart:
        rows = list(zip(self._times, zip(*(one.values for one in series), strict=True), strict=True))
        drawing = draw(self._window, self._times, series, least_top)
        told = " ".join(_told(one, show) for one in series)
        return Chart(key, title, told, drawing, show, self._moment, rows[::-1])

    def _moment(self, at: datetime) -> str:
        return str(format_skeleton(SKELETONS[self._span], at, get_timezone(), locale=get_locale()))


def _queue(make: _Maker, waited_s: Sequence[int]) -> Chart:
    """Return the chart of the queue, in minutes, or in hours where somebody waited for some."""
    long = max(waited_s) >= LONG_S
    show, unit_s, least_top = (_hours, 3_600, 2) if long else (_minutes, 60, 15)
    series = Series(gettext("Waiting"), [waited / unit_s for waited in waited_s])
    return make.chart("queue", gettext("Oldest call that is due"), show, least_top, [series])


def _told(series: Series, show: Callable[[float | None], str]) -> str:
    known = [value for value in series.values if value is not None]
    if not known:
        return str(gettext("%(name)s: no figures yet.", name=series.name))
    values = {"first": show(known[0]), "last": show(known[-1]), "least": show(min(known)), "most": show(max(known))}
    return str(
        gettext("%(name)s: from %(first)s to %(last)s, between %(least)s and %(most)s.", name=series.name, **values)
    )


def _whole(value: float | None) -> str:
    return "–" if value is None else str(format_decimal(round(value)))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{format_decimal(round(value, 1))} %"


def _minutes(value: float | None) -> str:
    return "–" if value is None else str(gettext("%(count)s min", count=format_decimal(round(value))))


def _hours(value: float | None) -> str:
    return "–" if value is None else str(gettext("%(count)s h", count=format_decimal(round(value, 1))))


def _hundredfold(part: float | None) -> float | None:
    return None if part is None else part * 100
