"""The measurement of the move measures a move that happened."""

from tests.bench import moving

CUSTOMERS = 120


def test_figures_are_those_of_a_hub_that_moved_whole() -> None:
    found = moving.measure(CUSTOMERS)
    # An account, a service and a history each, at the least; the history is linked.
    assert found.rows > 5 * CUSTOMERS
    assert found.links >= 4 * CUSTOMERS
    assert 0 < found.server_cpu_s < 60
    assert 0 < found.command_cpu_s < 120
    assert found.rss_mb > 50
    assert found.moved_mb > 1
