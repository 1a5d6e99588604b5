"""The bench runs, on a size that takes seconds; its figures are not judged here."""

import pytest

from tests.bench import (
    callbacks,
    conference,
    deliveries,
    exports,
    imports,
    pages,
    platforms,
    recipes,
    report,
    runs,
    seats,
    sources,
)

pytestmark = pytest.mark.slow


def nothing() -> None:
    """Stand for a progress bar."""


def test_deliveries_of_both_platforms_are_measured_beside_the_bare_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "COUNTS", {0: 20, 5: 20})
    monkeypatch.setattr(deliveries, "ROUNDS", 1)
    monkeypatch.setattr(deliveries, "WARM_UP", 4)
    rows = deliveries.measure(nothing)
    each = [("outros", 0), ("nx_play", 0), ("outros", 5), ("nx_play", 5)]
    assert [(row.gateway, row.latency_ms) for row in rows] == each * 2
    assert [row.database for row in rows] == ["SQLite"] * 4 + ["PostgreSQL"] * 4
    assert all(row.ours[0] > 0 and row.bare[0] > 0 and row.ours_cpu_ms[0] > 0 for row in rows)
    assert [row.limit for row in rows] == [None, None, 6_400, 6_400] * 2


def test_log_ins_are_asked_at_their_moments_and_each_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "SECONDS", 0.5)
    monkeypatch.setattr(callbacks, "WARM_UP_S", 0.1)
    monkeypatch.setattr(callbacks, "CUSTOMERS", 30)
    asked = callbacks.measure(nothing)
    assert (len(asked.ms), asked.failed) == (100, 0)
    assert asked.cpu_ms > 0
    assert callbacks.table(asked).row_count == 1
    assert callbacks.as_json(asked)["p99_ms"] >= callbacks.as_json(asked)["p50_ms"]


def test_pages_are_measured_on_both_sizes_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "SIZES", (30, 60))
    monkeypatch.setattr(pages, "ROUNDS", 1)
    monkeypatch.setattr(pages, "REQUESTS", 2)
    monkeypatch.setattr(pages, "WARM_UP", 0)
    times, rss_mb = pages.measure(nothing)
    assert {(row.page, row.size) for row in times} >= {("dashboard", 30), ("one subscriber", 60)}
    assert [(row.page, row.queries) for row in times if (row.queries or 0) > pages.MOST_QUERIES] == []
    assert all(megabytes > 10 for megabytes in rss_mb.values())
    report.show([], times, rss_mb)
    assert "memory of the server" in capsys.readouterr().out
    assert len(report.as_json([], times, rss_mb)["pages"]) == len(times)


def test_whole_list_is_taken_as_each_kind_of_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CUSTOMERS", 60)
    taken = exports.measure(nothing)
    assert [one.fmt for one in taken] == ["csv", "xlsx"]
    assert all(one.is_within and one.megabytes > 0 for one in taken)
    assert exports.table(taken).row_count == len(exports.as_json(taken)) == 2


def test_cost_of_a_recipe_is_measured_beside_a_bare_call_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recipes, "ROUNDS", 1)
    monkeypatch.setattr(recipes, "CALLS", 5)
    rows = recipes.measure(nothing)
    assert [row.name for row in rows] == ["nx_play create", "rich create"]
    assert all(row.recipe_ms[0] > 0 and row.whole_ms[0] > 0 and row.bare_ms[0] > 0 for row in rows)
    report.show([], [], {}, rows)
    assert "rich create" in capsys.readouterr().out
    assert len(report.as_json([], [], {}, rows)["recipes"]) == len(rows)


def test_import_of_a_file_is_measured_twice_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(imports, "SIZES", (60,))
    rows = imports.measure(nothing)
    assert [(row.size, row.again) for row in rows] == [(60, False), (60, True)]
    assert (rows[0].counts["created"], rows[1].counts["unchanged"]) == (60, 60)
    report.show([], [], {}, imported=rows)
    assert "again" in capsys.readouterr().out
    assert len(report.as_json([], [], {}, imported=rows)["imports"]) == 2


def test_payments_are_measured_from_the_erp_to_the_platform_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"WAITING": 5, "PAYERS": 2, "LATENCY_MS": 0, "KINDS": {"hint": "sgp"}}.items():
        monkeypatch.setattr(sources, name, value)
    rows = sources.measure(nothing)
    assert [(row.way, len(row.seconds)) for row in rows] == [("hint", 2)]
    report.show([], [], {}, paid=rows)
    assert "hint" in capsys.readouterr().out
    assert len(report.as_json([], [], {}, paid=rows)["payments"]) == 1


def test_reading_of_a_platform_is_measured_at_each_pace_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SIZES", (2_000,))
    monkeypatch.setattr(runs, "LATENCIES_MS", (0, 1))
    rows = runs.measure(nothing)
    assert [(row.size, row.latency_ms, row.pages, row.differing) for row in rows] == [
        (2_000, 0, 4, 20), (2_000, 1, 4, 20),
    ]  # fmt: skip
    assert all(row.fetched_s > 0 and row.compare_cpu_s > 0 and row.peak_mb > 10 for row in rows)
    assert runs.table(rows).row_count == len(runs.as_json(rows)) == 2


def test_waits_beside_a_dead_platform_are_measured_beside_those_without_and_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"PEOPLE": 4, "SECONDS": 0.4, "ROUNDS": 1, "ILLNESSES": ("answers 503",)}.items():
        monkeypatch.setattr(platforms, name, value)
    rows = platforms.measure(nothing)
    assert [(row.beside, len(row.p95_ms)) for row in rows] == [("", 1), ("answers 503", 1)]
    assert platforms.table(rows).row_count == len(platforms.as_json(rows)) == 2


def test_invoice_of_a_month_is_checked_alone_and_found_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conference, "SUBSCRIBERS", 40)
    monkeypatch.setattr(conference, "KINDS", ("daily",))
    (one,) = conference.measure(nothing)
    assert (one.right, one.is_within, one.peak_mb > one.more_mb > 0) == (True, True, True)
    assert conference.table([one]).row_count == len(conference.as_json([one])) == 1


def test_ledger_of_a_year_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "SUBSCRIBERS", 200)
    monkeypatch.setattr(seats, "PIECE", 100)
    (one,) = seats.measure(nothing)
    assert one.seats > 400
    assert (one.is_within, one.mb_per_1000 == one.seats_mb * 5) == (True, True)
    assert seats.table([one]).row_count == len(seats.as_json([one])) == 1
