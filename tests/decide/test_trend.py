"""When the share of differing accounts is more than everyday noise."""

import pytest

from webapp.decide.trend import growth

QUIET = [0.002, 0.004, 0.003, 0.002, 0.003]


@pytest.mark.parametrize(
    ("shares", "grows"),
    [
        ([], False),
        (QUIET, False),
        ([*QUIET, 0.01, 0.02, 0.03, 0.05], True),
        # Rising, and less than noise.
        ([*QUIET, 0.005, 0.008, 0.012, 0.02], False),
        # One jump is not a growth: limits and certificates are for that.
        ([*QUIET, 0.3], False),
        ([*QUIET, 0.3, 0.3, 0.3, 0.3], False),
        # It went up and down again.
        ([*QUIET, 0.01, 0.03, 0.01, 0.05], False),
        # High is usual here.
        ([0.05, 0.06, 0.05, 0.06, 0.05, 0.055, 0.06, 0.07, 0.08], False),
        # Too few readings to speak of usual.
        ([0.01, 0.03, 0.05], False),
        ([0.01, 0.03, 0.05, 0.08], True),
        # It stays where it rose to, and then comes down.
        ([*QUIET, 0.01, 0.02, 0.03, 0.05, 0.05, 0.045, 0.05], True),
        ([*QUIET, 0.01, 0.02, 0.03, 0.05, 0.05, 0.02, 0.021], False),
        ([*QUIET, 0.01, 0.02, 0.03, 0.05, 0.019], False),
    ],
)
def test_growth_is_told_where_it_is_one(shares, grows):
    assert (growth(shares) is not None) is grows


def test_growth_names_where_it_began_where_it_is_and_what_is_usual():
    found = growth([*QUIET, 0.01, 0.02, 0.03, 0.05, 0.06])
    assert found is not None
    assert (found.before, found.now, found.usual) == (0.02, 0.06, 0.003)
