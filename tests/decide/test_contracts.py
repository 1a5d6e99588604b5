"""When contracts end."""

from datetime import date

import pytest

from webapp.decide.contracts import contract_end, contract_state


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        ("2026-11-22", 0, None),
        ("2026-11-22", 12, "2027-11-21"),
        ("2026-12-01", 1, "2026-12-31"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-03-31", 120, "2036-03-30"),
    ],
)
def test_contract_runs_to_the_day_before_it_began(begins: str, months: int, ends: str | None) -> None:
    expected = date.fromisoformat(ends) if ends else None
    assert contract_end(date.fromisoformat(begins), months) == expected


@pytest.mark.parametrize(("ends_on", "state"), [(None, "none"), ("2026-11-22", "running"), ("2026-11-21", "ended")])
def test_contract_is_in_force_on_its_last_day(ends_on: str | None, state: str) -> None:
    assert contract_state(date.fromisoformat(ends_on) if ends_on else None, date(2026, 11, 22)) == state
