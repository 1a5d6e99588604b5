"""Sessions: how long one is good, and what ends it."""

from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Event, Operator, OperatorSession
from webapp.services import sessions, sign_in_rules
from webapp.services.errors import Invalid, NotFound
from webapp.services.operators import create_operator


@pytest.fixture
def bia(app: APIFlask) -> Operator:
    return create_operator("bia@example.com", PASSWORD, "viewer")


def only() -> OperatorSession:
    return db.session.query(OperatorSession).one()


def test_token_is_kept_as_a_hash_only_and_finds_its_session(bia: Operator) -> None:
    token = sessions.begin(bia, "192.0.2.1", "x" * 300)
    found = sessions.current(token, utc_now())
    assert found is not None
    assert (found.operator.email, found.address, len(found.agent)) == ("bia@example.com", "192.0.2.1", 200)
    assert token not in repr(vars(only()))
    assert sessions.current(token + "x", utc_now()) is None
    assert sessions.current("", utc_now()) is None


@pytest.mark.parametrize(
    ("clicks_min", "asked_min", "open_still"),
    [((), 59, True), ((), 60, False), ((50,), 109, True), ((50,), 110, False),
     (tuple(range(50, 720, 50)), 719, True), (tuple(range(50, 720, 50)), 720, False)],
)  # fmt: skip
def test_session_ends_an_hour_after_the_last_click_and_half_a_day_after_the_sign_in(
    bia: Operator, clicks_min: tuple[int, ...], asked_min: int, open_still: bool
) -> None:
    token, start = sessions.begin(bia, "", ""), utc_now()
    only().started_at = only().last_seen_at = start
    db.session.commit()
    for minute in clicks_min:
        sessions.touch(only(), start + timedelta(minutes=minute))
    assert (sessions.current(token, start + timedelta(minutes=asked_min)) is not None) == open_still


def test_rules_of_the_installation_count_for_open_sessions_too(bia: Operator) -> None:
    token, now = sessions.begin(bia, "", ""), utc_now()
    sign_in_rules.change_rules(5, 1)
    assert sessions.current(token, now + timedelta(minutes=4)) is not None
    assert sessions.current(token, now + timedelta(minutes=6)) is None
    assert db.session.query(Event).filter_by(action="sign_in_rules.change").one().before == {
        "idle_min": 60, "longest_h": 12,
    }  # fmt: skip
    for wrong in ((4, 12), (241, 12), (60, 0), (60, 25)):
        with pytest.raises(Invalid):
            sign_in_rules.change_rules(*wrong)


def test_clicks_within_a_minute_are_one_write(bia: Operator) -> None:
    sessions.begin(bia, "", "")
    start = only().last_seen_at
    sessions.touch(only(), start + timedelta(seconds=59))
    assert only().last_seen_at == start
    sessions.touch(only(), start + timedelta(seconds=60))
    assert only().last_seen_at == start + timedelta(seconds=60)


def test_late_click_never_revives_a_session_that_was_ended(bia: Operator) -> None:
    token = sessions.begin(bia, "", "")
    found = sessions.current(token, utc_now())
    assert found is not None
    assert sessions.end(found.id, sessions.REVOKED)
    assert not sessions.end(found.id, sessions.SIGNED_OUT)
    sessions.touch(only(), utc_now() + timedelta(minutes=5))
    sessions.prove(only().id)
    assert sessions.current(token, utc_now()) is None
    assert only().end_reason == sessions.REVOKED
    assert only().last_seen_at < utc_now() + timedelta(minutes=1)


def test_end_all_spares_the_one_and_nobody_else_is_touched(bia: Operator) -> None:
    mine = sessions.begin(bia, "", "")
    sessions.begin(bia, "", "")
    others = sessions.begin(create_operator("ana@example.com", PASSWORD, "admin"), "", "")
    spared = sessions.current(mine, utc_now())
    assert spared is not None
    assert sessions.sign_out_everywhere(spared.operator_id, but=spared.id) == 1
    assert sessions.current(mine, utc_now()) is not None
    assert sessions.current(others, utc_now()) is not None


def test_session_of_somebody_else_is_told_apart_from_none_by_nothing(bia: Operator) -> None:
    sessions.begin(create_operator("ana@example.com", PASSWORD, "admin"), "", "")
    codes = []
    for session_id in (only().id, 999):
        with pytest.raises(NotFound) as caught:
            sessions.get_session(session_id, bia.id)  # type: ignore[arg-type]
        codes.append(caught.value.code)
    assert codes == ["session_unknown"] * 2


def test_time_that_passed_is_written_down_by_the_job(bia: Operator) -> None:
    sessions.begin(bia, "", "")
    sessions.begin(bia, "", "")
    old, idle = db.session.query(OperatorSession).order_by(OperatorSession.id)
    old.started_at -= timedelta(hours=13)
    idle.last_seen_at -= timedelta(minutes=61)
    db.session.commit()
    sessions.close_passed()
    assert [row.end_reason for row in db.session.query(OperatorSession).order_by(OperatorSession.id)] == [
        sessions.TOO_OLD, sessions.IDLE,
    ]  # fmt: skip
