"""One page of any list of a fake ERP, as the page dials leave it."""

from collections.abc import Sequence
from typing import TypeVar

from webapp.sandbox.erp.dials import ErpDials

Row = TypeVar("Row")


def page_of(rows: Sequence[Row], page: int, size: int, dials: ErpDials) -> list[Row]:
    """Return page ``page``, from 0, of ``size`` rows."""
    return slice_of(rows, page * size, size, page, dials)


def slice_of(rows: Sequence[Row], start: int, size: int, page: int, dials: ErpDials) -> list[Row]:
    """Return ``size`` rows from ``start``, which make up page ``page``."""
    if dials.repeat_page is not None and page >= dials.repeat_page:
        start -= (page - dials.repeat_page) * size
    if dials.drop_page is not None and page >= dials.drop_page:
        start += size
    if dials.shift_rows and rows:
        moved = dials.shift_rows * page % len(rows)
        rows = [*rows[moved:], *rows[:moved]]
    taken = list(rows[start : start + min(size, dials.page_cap or size)])
    return taken[: len(taken) // 2] if page == dials.half_page else taken


def total_of(rows: Sequence[Row], dials: ErpDials) -> int | None:
    """Return how many rows the ERP says there are; None where it says nothing."""
    return None if dials.no_total else len(rows) + dials.total_offset
