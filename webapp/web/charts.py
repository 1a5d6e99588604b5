"""Geometry of line charts: figures in, coordinates and SVG path data out. Pure; words and colours stand elsewhere."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

# Units of the drawing's own; it is scaled to its place. The right margin is for the names at the ends of the lines.
WIDTH, HEIGHT = 480.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 104.0, 12.0, 28.0
X_TICKS = 3
# An axis is never shorter than this.
LEAST = 0.01
# A name in lines of so many letters, and its figure below it.
NAME_WIDTH, LINE_HEIGHT = 11, 19.0
# Points that lie further apart than so many steps are not joined: nobody knows what was between them.
GAP = 1.6


@dataclass(frozen=True)
class Series:
    """The figures of one line; None where nothing is known."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """One line as it is drawn.

    Attributes:
        path: data of an SVG path.
        dots: where a figure stands.
        last: the last figure known; its name stands beside it, in these ``words``, from ``label_y`` on.
    """

    name: str
    path: str
    dots: Sequence[tuple[float, float]]
    last: float | None
    label_y: float
    words: Sequence[str]

    @property
    def label_height(self) -> float:
        """Of the name and its figure."""
        return LINE_HEIGHT * (len(self.words) + 1)


@dataclass(frozen=True)
class Tick:
    """A place on an axis, and what stands there."""

    place: float
    value: float


@dataclass(frozen=True)
class Moment:
    """A place on the axis of time."""

    place: float
    at: datetime
    anchor: str


@dataclass(frozen=True)
class Drawing:
    """A chart as it is drawn."""

    lines: Sequence[Line]
    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Moment]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Window:
    """The time that a chart shows, and how far apart its points are."""

    begins: datetime
    ends: datetime
    step: timedelta

    def place(self, at: datetime) -> float:
        """Return where a moment lies from left to right."""
        part = (at - self.begins) / (self.ends - self.begins)
        return round(LEFT + min(max(part, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)


def draw(window: Window, times: Sequence[datetime], series: Sequence[Series], least_top: float) -> Drawing:
    """Return the drawing of some lines over the same times.

    Args:
        least_top: the highest figure of the upright axis is at least this, so that noise does not fill the chart.
    """
    known = [value for one in series for value in one.values if value is not None]
    ticks = nice_ticks(max([least_top, *known]))
    top = ticks[-1]
    raw = [_line(window, times, one, top) for one in series]
    lines = [replace(one, label_y=y) for one, y in zip(raw, _apart(raw), strict=True)]
    return Drawing(lines, [Tick(_height(value, top), value) for value in ticks], list(_moments(window)))


def nice_ticks(top: float) -> list[float]:
    """Return round figures from 0 to at least ``top``, three or four of them."""
    top = max(top, LEAST)
    rough = top / 3
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    return [round(step * number, 6) for number in range(math.ceil(top / step - 1e-9) + 1)]


def _line(window: Window, times: Sequence[datetime], series: Series, top: float) -> Line:
    known = [(at, value) for at, value in zip(times, series.values, strict=True) if value is not None]
    dots = [(window.place(at), _height(value, top)) for at, value in known]
    joined = [False, *(after - before <= window.step * GAP for (before, _), (after, _) in pairwise(known))]
    path = " ".join(f"{'L' if to else 'M'}{x:g} {y:g}" for (x, y), to in zip(dots, joined, strict=False))
    last = known[-1][1] if known else None
    words = textwrap.wrap(series.name, NAME_WIDTH, break_long_words=False)
    return Line(series.name, path, dots, last, dots[-1][1] if dots else HEIGHT - BOTTOM, words)


def _height(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)


def _apart(lines: Sequence[Line]) -> list[float]:
    """Return where the names stand, none upon another, in the order of their lines."""
    placed = [line.label_y for line in lines]
    order = sorted(range(len(placed)), key=lambda index: placed[index])
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + lines[above].label_height)
    # The first line of the lowest name has the foot of the drawing below it, and one more line of room.
    ends = [height + line.label_height - 2 * LINE_HEIGHT for height, line in zip(placed, lines, strict=True)]
    over = max([*ends, 0.0]) - (HEIGHT - BOTTOM)
    return [round(height - max(over, 0.0), 1) for height in placed]


def _moments(window: Window) -> Iterator[Moment]:
    anchors = ["start", *["middle"] * (X_TICKS - 2), "end"]
    for number, anchor in enumerate(anchors):
        at = window.begins + (window.ends - window.begins) * number / (X_TICKS - 1)
        yield Moment(window.place(at), at, anchor)
