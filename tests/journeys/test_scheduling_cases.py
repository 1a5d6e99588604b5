"""Several processes on one database (E1 to E3): each tick once, and who was taken for dead writes nothing more."""

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import current_app
from sqlalchemy import func, select, update

from tests.fixtures.databases import nobody_writes
from tests.gateways.servers import LoopbackServer, http
from tests.journeys import hands
from tests.journeys.crowd import OWING, PAYING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.hands import CONTEXT, PATIENCE_S, Hand
from tests.journeys.platforms import Recipe, integrate, use
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import scheduler, tasks
from webapp.models import Account, Alert, AlertMessage, Attempt, Heartbeat, Integration, Orphan, Run, RunItem, Tick
from webapp.sandbox.client import Tenant
from webapp.services import alerts, channels, notify, probes, runs, watchdogs
from webapp.services.channels import ChannelInput
from webapp.services.hub import current_hub
from webapp.services.leases import LeaseLost
from webapp.services.orphans import cancelling
from webapp.services.orphans.deciding import cancel
from webapp.services.runs import ending, leases
from webapp.services.runs.reading import Read

PEOPLE = 12
PAGES = {'pager = { kind = "page", start = 1, size = 500 }': 'pager = { kind = "page", start = 1, size = 4 }'}
# As many as the facts ask for: SINTONIA_TICKS=1000.
PROCESSES, TICKS, WORK_EVERY = 6, int(os.environ.get("SINTONIA_TICKS", "120")), 40
pytestmark = pytest.mark.usefixtures("app")


def in_step(nx: Tenant, key: str, **limits: float) -> tuple[Integration, list[int]]:
    """Return an integration of three pages whose people are all active, and their services."""
    integration = integrate(use(Recipe(key, changes=PAGES, limits=limits)), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain(patience_s=1)
    db.session.rollback()
    return integration, services


def row(model: type, row_id: int) -> dict[str, Any]:
    """Return a row as it stands in the database now."""
    db.session.rollback()
    table = model.__table__  # type: ignore[attr-defined]
    found = dict(db.session.execute(select(table).where(table.c.id == row_id)).mappings().one())
    db.session.rollback()
    return found


def writes(nx: Tenant, since: int) -> dict[str, int]:
    lines = nx.ledger(since, kind="nx")
    return dict(Counter(line["operation"] for line in lines if line["operation"] not in ("list", "find")))


def test_e1_four_servers_and_two_schedulers_fire_each_tick_once_and_read_a_platform_one_at_a_time(
    settings: Settings, nx: Tenant, tmp_path: Path
) -> None:
    integration, _ = in_step(nx, "nx_ticks")
    every_s = scheduler.EVERY_S["reconcile"]
    # Each tick at which the runs are worked finds the next reading due.
    table = Integration.__table__
    db.session.execute(
        update(table).values(reconcile_interval_s=(WORK_EVERY - 1) * every_s, reconcile_due_at=clock.utc_now())
    )
    db.session.commit()
    nx.set_dials(latency_ms=20, operations=["list"])
    since, first_s = nx.seq(), (clock.utc_now().timestamp() // every_s + 2) * every_s
    together, fired = CONTEXT.Barrier(PROCESSES), tmp_path / "fired"
    given = (together, first_s, TICKS, str(fired), WORK_EVERY)
    processes = [Hand(settings.instance, hands.tick_along, *given) for _ in range(PROCESSES)]
    for one in processes:
        one.__enter__()
    try:
        assert [one.end(4 * PATIENCE_S) for one in processes] == [0] * PROCESSES
    finally:
        for one in processes:
            one.__exit__()
    assert Counter(map(int, fired.read_text().split())) == Counter(range(TICKS))
    assert Tick.query.count() == TICKS
    pages = [int(line["page"]) for line in nx.ledger(since, operation="list")]
    rounds = TICKS // WORK_EVERY
    # Two readings at the same time would mix their pages.
    assert pages == [1, 2, 3] * rounds
    assert Run.query.filter_by(status="done", trigger="schedule").count() == Run.query.count() == rounds


def test_e2_a_reader_that_stood_still_past_its_lease_writes_nothing_of_what_it_read(
    settings: Settings, nx: Tenant
) -> None:
    integration, _ = in_step(nx, "nx_reader")
    ids = [one["id"] for one in nx.subscribers()]
    nx.suspend(ids[:3])
    nx.change(ids[3:4], status="cancelled")
    nx.set_dials(latency_ms=400, operations=["list"])
    run_id = runs.request_run(integration.id).id
    db.session.rollback()
    with Hand(settings.instance, hands.read_run, run_id) as reader:
        nx.wait_calls("list", 2, PATIENCE_S)
        reader.stop()
        # What it saw is so no more when another process reads the same run.
        nx.clear_dials()
        nx.enable(ids[:3])
        nx.change(ids[3:4], status="active")
        clock.move(leases.LEASE + timedelta(seconds=1))
        assert runs.work(run_id).status == "done"
        since, before = nx.seq(), row(Run, run_id)
        reader.go_on(leases.LEASE + timedelta(seconds=1))
        assert reader.end() == 0
    assert row(Run, run_id) == before
    assert (RunItem.query.count(), Account.query.filter(Account.missing_since.is_not(None)).count()) == (0, 0)
    assert writes(nx, since) == {}


def test_e2_who_lost_the_lease_after_the_last_page_notes_nobody_as_missing(nx: Tenant) -> None:
    integration, _ = in_step(nx, "nx_left")
    run = runs.request_run(integration.id)
    left, missing = leases.take(run.id), [one.id for one in accounts_of(integration)]
    assert left is not None
    clock.move(leases.LEASE + timedelta(seconds=1))
    assert leases.take(run.id) is not None
    with pytest.raises(LeaseLost):
        ending.note_presence(Read(missing_ids=tuple(missing)), clock.utc_now(), left)
    db.session.rollback()
    assert Account.query.filter(Account.missing_since.is_not(None)).count() == 0


def test_e2_an_engine_that_stood_still_past_its_leases_sends_nothing_old(settings: Settings, nx: Tenant) -> None:
    integration, services = in_step(nx, "nx_engine", concurrency=1, total_timeout_s=4)
    set_statuses(services, OWING)
    nx.set_dials(latency_ms=300, operations=["suspend"])
    ended = CONTEXT.Event()
    with Hand(settings.instance, hands.converge, ended) as engine:
        nx.wait_calls("suspend", 4, PATIENCE_S)
        stop_with_a_call_waiting(engine)
        # What the platform had before is over when the next process comes.
        time.sleep(1.5)
        nx.clear_dials()
        clock.move(timedelta(minutes=5))
        drain(patience_s=1)
        set_statuses(services, PAYING)
        drain(patience_s=1)
        assert len(nx.subscribers(status="active")) == PEOPLE
        since, before = nx.seq(), [row(Account, one.id) for one in accounts_of(integration)]
        engine.go_on(timedelta(minutes=5))
        # Those that it had taken in hand are settled, or given back, when this is written.
        wait_for(lambda: not open_attempts())
        ended.set()
        assert engine.end() == 0
    assert writes(nx, since) == {}
    assert len(nx.subscribers(status="active")) == PEOPLE
    after = [row(Account, one.id) for one in accounts_of(integration)]
    assert after == before
    assert Attempt.query.filter(Attempt.outcome.in_(("late", "unsent"))).count() > 0


def stop_with_a_call_waiting(engine: Hand) -> None:
    """Stop it while one call is under way and another one waits behind it, its intent written down."""
    engine.stop()
    while not nobody_writes(current_hub().settings.instance) or open_attempts() < 2:
        engine.go_on(timedelta(0))
        time.sleep(0.05)
        engine.stop()


def open_attempts() -> int:
    db.session.rollback()
    count = db.session.scalar(select(func.count()).where(Attempt.outcome.is_(None))) or 0
    db.session.rollback()
    return count


def wait_for(done: Any) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_e2_a_night_of_probes_goes_on_elsewhere_and_who_stood_still_adds_nothing(
    settings: Settings, nx: Tenant
) -> None:
    text = re.sub(r"\[operations\.list\].*?(?=\n\[|\Z)", "", Recipe("nx_probed").text, flags=re.S)
    integration = integrate(use(Text("nx_probed", text)), nx)
    sell_to_crowd(package_of(integration), PEOPLE)
    drain(patience_s=1)
    table = Integration.__table__
    db.session.execute(update(table).values(probe_nights=1))
    db.session.commit()
    nx.suspend([one["id"] for one in nx.subscribers()])
    go_to(3, 30)
    nx.set_dials(latency_ms=600, operations=["find"])
    ahead = clock.utc_now() - real_now()
    with Hand(settings.instance, hands.probe, ahead=ahead) as prober:
        nx.wait_calls("find", 2, PATIENCE_S)
        prober.stop()
        nx.clear_dials()
        clock.move(timedelta(minutes=4))
        db.session.rollback()
        probes.probe_due(clock.utc_now())
        run_id = Run.query.one().id
        since, lines = nx.seq(), RunItem.query.count()
        before = row(Run, run_id)
        assert before["counts"]["compared"] > 0
        prober.go_on(timedelta(minutes=4))
        assert prober.end() == 0
    assert row(Run, run_id) == before
    assert RunItem.query.count() == lines
    assert writes(nx, since) == {}


def test_e2_the_end_of_an_account_of_nobody_is_sent_once_although_one_process_stood_still(
    settings: Settings, nx: Tenant
) -> None:
    integration, _ = in_step(nx, "nx_strangers")
    nx.add_foreign(1)
    runs.start_run(integration.id, "plan")
    [orphan] = Orphan.query.all()
    orphan_id = orphan.id
    cancel([orphan_id], "Nobody knows it")
    db.session.rollback()
    nx.set_dials(latency_ms=2_000, operations=["find"])
    finds = nx.calls("find")
    with Hand(settings.instance, hands.end_orphans) as ender:
        wait_for(lambda: open_attempts() == 1)
        ender.stop()
        nx.clear_dials()
        clock.move(timedelta(minutes=10))
        cancelling.work_due(clock.utc_now())
        since, before = nx.seq(), row(Orphan, orphan_id)
        assert before["status"] == "cancelled"
        ender.go_on(timedelta(minutes=10))
        assert ender.end() == 0
    assert nx.calls("find") > finds
    assert (row(Orphan, orphan_id), writes(nx, since)) == (before, {})


@pytest.fixture
def slow_phone() -> Iterator[LoopbackServer]:
    """A service that takes its time with the first message."""

    def answer(peer: Any, raw: bytes) -> None:
        time.sleep(5.0 if server.connections == 1 else 0.0)
        peer.sendall(http())

    with LoopbackServer(answer) as server:
        yield server


def test_e2_a_message_that_another_process_sent_stays_as_that_one_wrote_it(
    settings: Settings, slow_phone: LoopbackServer
) -> None:
    address = f"json://127.0.0.1:{slow_phone.port}/hook"
    channels.create_channel(ChannelInput.model_validate({"description": "Plantão", "address": address}))
    alerts.raise_alert("reading_shrunken", "source", 1, "HubSoft", {"now": 8, "last": 10, "missing": 2}, alerts.WARN)
    db.session.commit()
    with Hand(settings.instance, hands.tell) as teller:
        wait_for(lambda: slow_phone.requests)
        teller.stop()
        clock.move(notify.LEASE + timedelta(seconds=1))
        assert notify.send_due(clock.utc_now()) == 1
        message_id = AlertMessage.query.one().id
        before = row(AlertMessage, message_id)
        teller.go_on(notify.LEASE + timedelta(seconds=1))
        assert teller.end() == 0
    assert (row(AlertMessage, message_id), before["tries"]) == (before, 1)


def test_e3_a_scheduler_that_stood_still_fires_once_when_it_goes_on_and_a_person_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "fired"
    path.touch()

    def fired() -> list[float]:
        return [float(line) for line in path.read_text().split()]

    with Hand(settings.instance, hands.schedule, str(path)) as late:
        wait_for(lambda: len(fired()) >= 2)
        late.stop()
        stood_s, count = time.monotonic(), len(fired())
        time.sleep(3.5)
        assert len(fired()) == count
        late.go_on(timedelta(0))
        on_s = time.monotonic()
        wait_for(lambda: len(fired()) > count)
        time.sleep(0.3)
        again, since_s = fired()[count:], time.monotonic() - on_s
    # Three ticks were missed: one stands for them all, at once.
    assert (len(again) <= 2 + int(since_s), again[0] - on_s < 1.0 + since_s, on_s - stood_s > 3) == (True, True, True)
    assert Heartbeat.query.filter_by(name=scheduler.BEAT).count() == 1
    clock.move(timedelta(minutes=3))
    db.session.rollback()
    watchdogs.watch(clock.utc_now())
    db.session.rollback()
    assert "scheduler_silent" in set(db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))))


def test_e3_a_task_that_comes_ten_minutes_late_runs_once(nx: Tenant) -> None:
    integration, _ = in_step(nx, "nx_late_tick")
    clock.move(timedelta(seconds=integration.reconcile_interval_s) + timedelta(hours=30))
    app = current_app_object()
    for _ in range(2):
        db.session.rollback()
        scheduler.run_task(app, "reconcile", tasks.reconcile_due)
    assert Run.query.count() == 1


class Text:
    """A recipe that is written out."""

    def __init__(self, key: str, text: str) -> None:
        self.key = key
        self.text = text


def go_to(hour: int, minute: int) -> None:
    """Let it become that time of tomorrow where the provider is."""
    local = clock.utc_now().astimezone(ZoneInfo(current_hub().settings.timezone))
    clock.move(local.replace(hour=hour, minute=minute, second=30, microsecond=0) + timedelta(days=1) - local)


def real_now() -> Any:
    return clock.datetime.now(clock.UTC)


def current_app_object() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]
