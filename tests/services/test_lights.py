"""One light a platform and a source: the worst that is known wins."""

from datetime import timedelta
from typing import Any

import pytest

from webapp.clock import utc_now
from webapp.models import Integration, Source
from webapp.services.lights import BAD, GOOD, OFF, WARN, platform_light, source_light
from webapp.web import dashboard_words

NOW = utc_now()
HOUR = timedelta(hours=1)
PLATFORMS: list[tuple[dict[str, Any], tuple[Any, ...], tuple[str, str]]] = [
    ({"active": False, "paused_code": "x"}, (NOW - HOUR, 3, None), (OFF, "inactive")),
    ({"paused_code": "x", "paused_until": None}, (NOW - HOUR, 3, None), (BAD, "paused")),
    ({"paused_code": "x", "paused_until": NOW + HOUR}, (None, 0, NOW), (WARN, "retried")),
    ({}, (NOW - HOUR, 3, NOW), (WARN, "waits")),
    ({}, (NOW - timedelta(minutes=14), 0, NOW), (GOOD, "compared")),
    ({}, (None, 3, NOW), (WARN, "people")),
    ({}, (None, 0, NOW - 4 * HOUR), (WARN, "uncompared")),
    ({}, (None, 0, NOW - 2 * HOUR), (GOOD, "compared")),
    ({}, (None, 0, None), (GOOD, "good")),
]
SOURCES: list[tuple[dict[str, Any], Any, tuple[str, str]]] = [
    ({"active": False, "paused_code": "x"}, None, (OFF, "inactive")),
    ({"paused_code": "x"}, NOW, (BAD, "paused")),
    ({}, None, (OFF, "unread")),
    ({"failures": 2}, NOW, (WARN, "failing")),
    ({"full_due_at": NOW}, NOW - 4 * HOUR, (WARN, "old")),
    ({"full_due_at": None}, NOW - 400 * HOUR, (GOOD, "read")),
    ({"full_due_at": NOW}, NOW - 2 * HOUR, (GOOD, "read")),
]


@pytest.mark.parametrize(("values", "known", "expected"), PLATFORMS)
def test_light_of_a_platform(values: dict[str, Any], known: tuple[Any, ...], expected: tuple[str, str]) -> None:
    row = Integration(**{"active": True, "reconcile_interval_s": 3600, "paused_at": NOW, **values})
    light = platform_light(row, *known, NOW)
    assert (light.colour, light.code) == expected
    assert light.code in dashboard_words.PLATFORM


@pytest.mark.parametrize(("values", "read_at", "expected"), SOURCES)
def test_light_of_a_source(values: dict[str, Any], read_at: Any, expected: tuple[str, str]) -> None:
    row = Source(**{"active": True, "failures": 0, "full_interval_s": 3600, "paused_at": NOW, **values})
    light = source_light(row, read_at, NOW)
    assert (light.colour, light.code) == expected
    assert light.code in dashboard_words.SOURCE
