"""One open row for each cause and object; quiet while it lasts, new when it comes anew."""

from datetime import timedelta

import pytest

from tests.services.helpers import actions
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert
from webapp.services import alerts, upkeep
from webapp.services.audit import acting_as
from webapp.services.errors import NotFound

pytestmark = pytest.mark.usefixtures("app")
SOURCE = "source"


def raised(code: str = "reading_shrunken", object_id: int = 1, now: int = 80) -> None:
    alerts.raise_alert(code, SOURCE, object_id, "HubSoft", {"now": now, "last": 100, "missing": 20})
    db.session.commit()


def cleared(code: str = "reading_shrunken", object_id: int = 1) -> None:
    alerts.clear_alert(code, SOURCE, object_id)
    db.session.commit()


def rows() -> list[Alert]:
    return db.session.query(Alert).order_by(Alert.id).all()


def closed_by_hand() -> Alert:
    with acting_as("ana@example.com"):
        return alerts.close_alert(rows()[-1].id)


def test_cause_that_comes_again_is_one_row_with_its_latest_figures() -> None:
    raised(now=80)
    raised(now=70)
    (row,) = rows()
    assert (row.times, row.params["now"], row.closed_at, alerts.count_open()) == (2, 70, None, 1)


def test_causes_and_objects_are_told_apart() -> None:
    raised()
    raised("reading_stale")
    raised(object_id=2)
    cleared()
    assert {(row.code, row.object_id) for row in alerts.open_alerts(9)} == {
        ("reading_stale", 1),
        ("reading_shrunken", 2),
    }


def test_cause_that_is_over_closes_by_itself_and_the_next_time_is_a_new_alert() -> None:
    raised()
    cleared()
    (first,) = rows()
    assert (first.closed_at is not None, first.closed_by) == (True, "")
    raised()
    assert [row.closed_at is None for row in rows()] == [False, True]


def test_all_causes_of_an_object_are_over_but_those_that_still_hold() -> None:
    for code in ("reading_shrunken", "reading_stale", "clock_ahead"):
        raised(code)
    raised(object_id=2)
    alerts.clear_alerts(SOURCE, 1, but=("clock_ahead",))
    assert [(row.code, row.object_id) for row in alerts.open_alerts(9)] == [("reading_shrunken", 2), ("clock_ahead", 1)]
    alerts.clear_alerts(SOURCE, 1)
    assert alerts.count_open() == 1


def test_alert_closed_by_hand_stays_closed_while_its_cause_lasts() -> None:
    raised()
    closed_by_hand()
    for _pull in range(3):
        raised()
    (row,) = rows()
    assert (row.closed_by, alerts.count_open()) == ("ana@example.com", 0)


def test_alert_closed_by_hand_comes_back_when_its_cause_ended_and_began_anew() -> None:
    raised()
    closed_by_hand()
    cleared()
    raised()
    assert [row.closed_by for row in rows()] == ["ana@example.com", ""]
    assert alerts.count_open() == 1


def test_closing_is_in_the_history_once_and_an_unknown_alert_is_refused() -> None:
    raised()
    closed_by_hand()
    closed_by_hand()
    assert actions().count("alert.close") == 1
    with pytest.raises(NotFound):
        alerts.close_alert(99)


def test_raising_is_undone_with_the_transaction_that_it_belongs_to() -> None:
    alerts.raise_alert("reading_stale", SOURCE, 1, params={"hours": 26})
    assert alerts.count_open() == 1
    db.session.rollback()
    assert alerts.count_open() == 0


def test_what_does_not_work_stands_before_what_can_wait() -> None:
    alerts.raise_alert("connect_timeout", SOURCE, 1, level=alerts.FAIL)
    raised()
    assert [row.level for row in alerts.open_alerts(9)] == ["fail", "warn"]
    assert len(alerts.open_alerts(1)) == 1


def test_old_closed_alerts_are_removed_and_open_or_lasting_ones_stay() -> None:
    for code in ("reading_shrunken", "reading_stale", "clock_ahead"):
        raised(code)
    cleared("reading_shrunken")
    closed_by_hand()
    clock.move(timedelta(days=91))
    upkeep.tidy()
    assert {row.code for row in rows()} == {"reading_stale", "clock_ahead"}
