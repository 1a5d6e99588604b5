"""What an ERP tells us unasked: whom it names is looked at again, soon, and nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.services.memory_source import OFF, ON, Scene, make_scene
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest
from webapp.gateways.errors import Unavailable
from webapp.models import SourceHint, SourcePull
from webapp.services import source_hints, source_pulls, sources
from webapp.services.errors import NotFound
from webapp.services.source_pulls import ending, looking
from webapp.services.source_pulls.leases import LEASE


@pytest.fixture
def scene(app: object, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = make_scene(monkeypatch).known(10)
    scene.kind.set_status(OFF, "1000", "1001")
    scene.pull()
    scene.kind.asked.clear()
    return scene


def tell(scene: Scene, *codes: str, secret: str = "right", note: str = "") -> int:
    """Push a message that names these services."""
    token = sources.hook_url(scene.refreshed()).rsplit("/", 1)[1]
    body = f"{codes} {note}".encode()
    request = CallbackRequest("POST", {"X-Secret": secret}, {}, {}, {"services": list(codes)}, None, "127.0.0.1")
    return source_hints.receive(token, request, body, "127.0.0.1")


def look(scene: Scene) -> None:
    """Do what the worker does about hints now."""
    for due in source_pulls.due_work(clock.utc_now()):
        if due.mode == "hint":
            pull_id = source_pulls.begin_due(due)
            assert pull_id is not None
            source_pulls.work(pull_id)


def test_who_is_told_of_is_looked_at_and_what_the_message_says_is_not_believed(scene: Scene) -> None:
    scene.kind.set_status(ON, "1000")
    assert tell(scene, "1000", "1001") == 2
    look(scene)
    assert (scene.status("1000"), scene.status("1001")) == (ON, OFF)
    assert sorted(scene.kind.asked) == ["1000", "1001"]
    pull = SourcePull.query.filter_by(mode="hint").one()
    assert (pull.status, pull.trigger) == ("done", "hint")
    scene.kind.asked.clear()
    look(scene)
    assert scene.kind.asked == []


def test_the_same_message_twice_is_one_hint_and_much_later_a_new_one(scene: Scene) -> None:
    assert [tell(scene, "1005"), tell(scene, "1005")] == [1, 0]
    look(scene)
    assert tell(scene, "1005") == 0
    clock.move(timedelta(minutes=2))
    assert tell(scene, "1005") == 1
    assert waiting() == 1


@pytest.mark.parametrize("kind", ["secret", "token", "inactive"])
def test_who_may_not_tell_is_not_heard(scene: Scene, kind: str) -> None:
    if kind == "secret":
        with pytest.raises(source_hints.HintRefused):
            tell(scene, "1000", secret="wrong")
    elif kind == "token":
        with pytest.raises(NotFound):
            source_hints.receive("x" * 43, CallbackRequest("POST", {}, {}, {}, None, None, ""), b"", "127.0.0.1")
    else:
        sources.set_source_active(scene.source.id, active=False)
        assert tell(scene, "1000") == 0
    assert waiting() == 0


def test_an_address_that_was_renewed_is_good_for_a_day(scene: Scene) -> None:
    old = sources.hook_url(scene.refreshed()).rsplit("/", 1)[1]
    sources.rotate_hook(scene.source.id)
    request = CallbackRequest("POST", {"X-Secret": "right"}, {}, {}, {"services": ["1000"]}, None, "")
    assert source_hints.receive(old, request, b"one", "127.0.0.1") == 1
    clock.move(timedelta(hours=25))
    with pytest.raises(NotFound):
        source_hints.receive(old, request, b"two", "127.0.0.1")


def test_one_who_paid_is_not_kept_waiting_by_those_who_did_not(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "HINT_BUDGET_S", 0.0)
    for number in range(2, 9):
        tell(scene, f"100{number}")
    scene.kind.set_status(ON, "1001")
    tell(scene, "1001")
    look(scene)
    assert scene.kind.asked[0] == "1001"
    assert scene.status("1001") == ON
    # The others have their turn, one round after the other.
    assert waiting() == 6


def test_a_source_that_does_not_answer_is_asked_again_later_and_not_for_ever(scene: Scene) -> None:
    tell(scene, "1000")
    scene.kind.broken = Unavailable("connection_failed")
    for _ in range(ending.HINT_TRIES):
        assert waiting() == 1
        look(scene)
        clock.move(timedelta(hours=4))
    assert waiting() == 0
    assert scene.status("1000") == OFF


def waiting() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(SourceHint).where(SourceHint.done_at.is_(None))) or 0


def test_a_look_whose_process_died_keeps_what_it_made_and_the_next_one_does_the_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.kind.set_status(ON, "1000", "1001")
    tell(scene, "1000", "1001")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(looking, "_settle_hints", die)
        with pytest.raises(KeyboardInterrupt):
            look(scene)
    clock.move(LEASE)
    for due in source_pulls.due_work(clock.utc_now()):
        if due.pull_id is not None:
            source_pulls.work(due.pull_id)
    assert [(pull.status, pull.counts["updated"]) for pull in SourcePull.query.filter_by(mode="hint")] == [("done", 2)]
    assert waiting() == 1
    look(scene)
    assert (waiting(), scene.status("1000")) == (0, ON)
