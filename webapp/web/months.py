"""Months to choose from: a browser has no field for them, or one that speaks its own language and not the reader's."""

from collections.abc import Sequence
from datetime import date

from flask import Flask

from webapp.decide.reports import MOST_MONTHS, first_of, months_back, months_between
from webapp.services.hub import current_hub


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals["months_to_choose"] = months_to_choose
    app.jinja_env.filters["month_code"] = month_code


def months_to_choose(*shown: date) -> Sequence[date]:
    """Return the running month and those before it, the latest first; and what is shown, wherever it lies."""
    running = first_of(current_hub().today())
    usual = months_between(months_back(running, MOST_MONTHS), running)
    return sorted({*usual, *map(first_of, shown)}, reverse=True)


def month_code(month: date) -> str:
    """Return a month as addresses and forms have it: 2026-11."""
    return month.isoformat()[:7]
