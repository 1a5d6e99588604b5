"""Codes of municipalities: which are ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.ibge import ODD, check_digit, is_code, plain_code, read_area


@pytest.mark.parametrize(
    "code", ["3550308", "2611606", "5300108", "3304557", "1302603", "4314902", "2927408", "2304400", *sorted(ODD)]
)
def test_codes_that_the_ibge_gave_out_are_codes(code: str) -> None:
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "355030", "3550309", "35503080", "9950308", "355O308", "٣٥٥٠٣٠٨", "0000000"])
def test_what_is_none_is_none(code: str) -> None:
    assert not is_code(code)


@given(st.integers(110_000, 539_999).filter(lambda number: number // 10_000 in (11, 29, 35, 53)), st.integers(0, 9))
def test_one_digit_alone_fits(six: int, digit: int) -> None:
    code = f"{six}{digit}"
    assert is_code(code) == (str(digit) == check_digit(str(six)) or code in ODD)


def test_code_is_read_as_spreadsheets_write_it() -> None:
    assert {plain_code(text) for text in (" 3550308 ", "3550308.0", "3550308,00", "355030-8")} == {"3550308"}


@pytest.mark.parametrize(
    ("word", "area"), [("Urbano", "urban"), (" ZONA  Rural ", "rural"), ("u", "urban"), ("", ""), ("mato", None)]
)
def test_area_is_read_as_people_write_it(word: str, area: str | None) -> None:
    assert read_area(word) == area
