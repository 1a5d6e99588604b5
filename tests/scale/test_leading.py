"""One scheduler of many leads; one that was stopped for longer than its lease writes nothing when it goes on."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests.journeys.engine_child import LEADER, EngineProcesses
from tests.journeys.test_crash_stops import wait_for
from tests.scale.stopped_leader import OLD
from webapp import clock
from webapp.extensions import db
from webapp.jobs.leading import Lead
from webapp.jobs.scheduler import run_task
from webapp.models import Heartbeat, Leader
from webapp.services.hub import current_hub

PAST_THE_LEASE = timedelta(seconds=16)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


@pytest.mark.parametrize("overtaken", [True, False])
def test_leader_that_was_stopped_in_a_task_writes_only_if_nobody_took_its_place(
    app: APIFlask, engines: EngineProcesses, overtaken: bool
) -> None:
    settings = current_hub().settings
    pid = engines.start(settings.instance, LEADER, url=settings.database_url)
    wait_for(lambda: state_of(pid) == "T", engines.errors)
    mine = Lead(db.engine, "new")
    mine.renew()
    assert mine.fence() is None
    if overtaken:
        clock.move(PAST_THE_LEASE)
        mine.renew()
        assert mine.fence() == 2
    os.kill(pid, signal.SIGCONT)
    assert engines.wait(pid) == 0, engines.errors()
    assert (db.session.get(Heartbeat, OLD) is None) is overtaken


def test_one_of_many_leads_runs_the_tasks_and_hands_over_at_its_end(app: APIFlask) -> None:
    leads, ran = [Lead(db.engine, f"process {number}") for number in range(3)], []
    for lead in leads:
        lead.renew()
        run_task(app, "ping", lambda lead=lead: ran.append(lead), lead)
        clock.move(timedelta(seconds=1))
    assert ran == leads[:1]
    leads[0].leave()
    for lead in leads[1:]:
        lead.renew()
    assert [lead.fence() for lead in leads] == [None, 2, None]


def test_lead_that_a_wrong_clock_wrote_far_ahead_is_not_waited_for(app: APIFlask) -> None:
    clock.move(timedelta(days=400))
    Lead(db.engine, "of the wrong clock").renew()
    clock.reset()
    mine = Lead(db.engine, "mine")
    mine.renew()
    assert mine.fence() == 2
    assert db.session.scalar(select(Leader.holder)) == "mine"
