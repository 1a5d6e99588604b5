"""For how long each kind of record is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.decide.retention import PERIODS, Kind, PeriodOutOfRange, before, check, chosen

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("kind", Kind)
def test_what_the_product_proposes_lies_within_its_own_bounds(kind: Kind) -> None:
    period = PERIODS[kind]
    assert 1 <= period.least <= period.days <= period.most
    assert check(kind, period.least) == period.least
    for days in (period.least - 1, period.most + 1):
        with pytest.raises(PeriodOutOfRange):
            check(kind, days)


@pytest.mark.parametrize(("own", "days"), [({}, 90), ({"attempt_bodies": 30}, 30), ({"attempt_bodies": 0}, 7),
                                           ({"attempt_bodies": 9_999}, 365)])  # fmt: skip
def test_a_number_that_was_kept_and_is_outside_the_bounds_counts_as_the_nearest_bound(
    own: dict[str, int], days: int
) -> None:
    assert chosen(Kind.BODIES, own) == days
    assert before(Kind.BODIES, own, NOW) == NOW - timedelta(days=days)
