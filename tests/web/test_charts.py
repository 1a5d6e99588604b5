"""Geometry of the charts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.web.charts import BOTTOM, HEIGHT, LEFT, LINE_HEIGHT, RIGHT, TOP, WIDTH, Series, Window, draw, nice_ticks

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=10), NOW, timedelta(hours=1))


@given(st.floats(0, 1e9))
def test_axis_has_few_round_figures_that_hold_everything(top):
    ticks = nice_ticks(top)
    assert (ticks[0], ticks[-1] >= top * 0.999_999, 2 <= len(ticks) <= 5) == (0, True, True)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(("top", "ticks"), [(100, [0, 50, 100]), (4, [0, 2, 4]), (1_240, [0, 500, 1_000, 1_500])])
def test_axis_reads_well(top, ticks):
    assert nice_ticks(top) == ticks


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=11), st.lists(st.floats(0, 1e6), max_size=11))
def test_everything_drawn_lies_within_the_drawing_and_no_name_upon_another(first, second):
    size = min(len(first), len(second))
    times = [NOW - timedelta(hours=size - number) for number in range(size)]
    drawing = draw(WINDOW, times, [Series("a", first[:size]), Series("b", second[:size])], 1)
    for line in drawing.lines:
        assert all(LEFT <= x <= WIDTH - RIGHT and TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1 for x, y in line.dots)
    one, other = drawing.lines
    assert abs(one.label_y - other.label_y) >= one.label_height - 0.2
    assert max(one.label_y, other.label_y) <= HEIGHT - BOTTOM + 0.1


def test_long_name_is_broken_into_lines_that_stand_on_no_other():
    times = [NOW - timedelta(hours=1), NOW]
    first, second = draw(WINDOW, times, [Series("Packages sold", [1, 2]), Series("Billed seats", [1, 2])], 1).lines
    assert (first.words, second.words) == (["Packages", "sold"], ["Billed", "seats"])
    assert abs(first.label_y - second.label_y) >= first.label_height - 0.2
    assert max(first.label_y, second.label_y) + LINE_HEIGHT <= HEIGHT - BOTTOM + 0.1


def test_gap_is_not_joined_and_an_unknown_figure_has_no_mark():
    times = [NOW - timedelta(hours=back) for back in (6, 5, 4, 1, 0)]
    drawing = draw(WINDOW, times, [Series("a", [1, 2, 3, None, 2])], 1)
    (line,) = drawing.lines
    assert (line.path.count("M"), line.path.count("L"), len(line.dots), line.last) == (2, 2, 4, 2)


def test_line_without_any_figure_is_empty():
    (line,) = draw(WINDOW, [NOW], [Series("a", [None])], 1).lines
    assert (line.path, line.dots, line.last) == ("", [], None)
