"""Months, their figures, and what sales are made of."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.access_counts import Access, client_of, gather, line_of
from webapp.decide.composing import Line, Sold, compose, split
from webapp.decide.receipts import Compared, compare, cover, cover_login, judge, spell
from webapp.decide.reports import (
    Figures,
    Part,
    by_key,
    by_month,
    former_month,
    last_day,
    months_back,
    months_between,
    next_month,
    over_time,
    read_month,
)

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
MONEY = st.decimals(0, 5000, places=2)


@given(st.dates(date(2000, 1, 1), date(2099, 11, 30)))
def test_months_follow_one_another_without_a_gap(day: date) -> None:
    month = day.replace(day=1)
    assert former_month(next_month(month)) == month
    assert (next_month(month) - last_day(month)).days == 1
    assert list(months_between(months_back(month, 12), month))[-1] == month
    assert len(list(months_between(months_back(month, 12), month))) == 12


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-11-01", "26-11", "x" * 7])
def test_what_is_no_month_is_none(text: str) -> None:
    assert read_month(text) is None


def test_period_begins_with_its_first_month_and_ends_with_its_last() -> None:
    months = {OCTOBER: Figures(10, 3, 1, 0, 12, Decimal(120)), NOVEMBER: Figures(12, 1, 4, 2, 9, Decimal(90))}
    total = over_time(months)
    assert (total.at_start, total.added, total.ended, total.cancelled, total.at_end) == (10, 4, 5, 2, 9)
    assert (total.revenue, total.churn) == (Decimal(210), Decimal("50.0"))


def test_churn_of_nobody_is_unknown_and_margin_may_be_negative() -> None:
    assert Figures(0, 5, 1, 0, 4).churn is None
    assert Figures(cost=Decimal("3.10")).margin == Decimal("-3.10")


def test_who_is_gone_in_the_last_month_ends_the_period_with_nothing() -> None:
    parts = [Part(OCTOBER, 1, Figures(2, 0, 2, 0, 0)), Part(OCTOBER, 2, Figures(1, 0, 0, 0, 1, Decimal(5))),
             Part(NOVEMBER, 2, Figures(1, 1, 0, 0, 2, Decimal(10)))]  # fmt: skip
    found = by_key(parts, OCTOBER, NOVEMBER)
    assert list(found) == [2, 1]
    assert found[1].at_end == 0
    assert found[2].at_end == 2
    assert by_month(parts)[OCTOBER].at_start == 3


@given(MONEY, st.lists(st.decimals("0.01", 100, places=2), min_size=1, max_size=8))
def test_parts_of_a_value_add_up_to_the_cent_and_none_is_negative(value: Decimal, weights: list[Decimal]) -> None:
    parts = split(value, weights)
    assert sum(parts) == value
    assert min(parts) >= 0


@given(st.lists(st.tuples(MONEY, st.integers(1, 500)), max_size=6), st.lists(MONEY, max_size=4))
def test_composition_comes_to_what_the_sales_come_to(sold: list[tuple[Decimal, int]], lines: list[Decimal]) -> None:
    shares = compose([Line("x", "sva", value) for value in lines], [Sold(*one) for one in sold])
    assert sum(share.value for share in shares) == sum((value * count for value, count in sold), Decimal(0))


def test_what_is_left_over_goes_to_the_largest_line() -> None:
    lines = [Line("Access", "scm", Decimal("10.00")), Line("Films", "sva", Decimal("20.00"))]
    [access, films] = compose(lines, [Sold(Decimal("10.00"), 3)])
    assert (access.value, films.value) == (Decimal("9.99"), Decimal("20.01"))


def test_accesses_of_one_kind_are_one_line_and_what_is_unknown_stays_empty() -> None:
    rows = gather([Access("scm", "A", "", "PF", 2, speed="500"), Access("scm", "A", "", "PF", 3, speed="500")])
    assert [row.count for row in rows] == [5]
    assert line_of(rows[0], "", 2026, 10) == ["", "2026", "10", "", "PF", "", "", "", "", "500", "5"]
    assert rows[0].missing("") == ["cnpj", "ibge", "area", "medium", "product_kind", "technology"]
    assert [client_of(length) for length in (11, 14, 0)] == ["PF", "PJ", ""]


def test_document_is_covered_also_where_it_is_a_log_in() -> None:
    assert cover("52998224725") == "***982247**"
    assert (cover("1"), cover("")) == ("***", "")
    assert cover_login("529.982.247-25", "52998224725") == "***982247**"
    assert cover_login("ana@example.com", "52998224725") == "ana@example.com"


def test_spelling_does_not_depend_on_the_order() -> None:
    assert spell({"b": 1, "a": "ç"}) == spell({"a": "ç", "b": 1}) == '{"a":"ç","b":1}'.encode()


def test_verdict_is_the_worst_that_was_found() -> None:
    entries: list[dict[str, object]] = [{"place": 1, "link": "a"}, {"place": 2, "link": "b"}, {"place": "", "link": ""}]
    found = compare(entries, {2: "x"})
    assert found == Compared(0, 1, [2])
    assert judge(signed=False, pages=True, compared=Compared()) == "forged"
    assert judge(signed=True, pages=False, compared=found) == "differs"
    assert judge(signed=True, pages=False, compared=Compared(1)) == "pages"
    assert judge(signed=True, pages=True, compared=Compared(1)) == "genuine"
