"""Parts of the hub in processes of their own, that a test stops by a signal and lets go on.

They are forked from a process that has imported everything once. The clock of each is moved as the test says.
"""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs import scheduler, tasks
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.services import notify, probes, recipes, runs
from webapp.services.connections import Connections
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.orphans import cancelling

OWING, PAYING = "suspenso_debito", "servico_habilitado"
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
PATIENCE_S = 60.0
TICKS_TOGETHER = 10
MEAN_REST_S = 1.0


class Hand:
    """One process; use it as a context: at the end it is gone, however it went.

    Args:
        work: what it does, with an application on the instance and a context pushed, and these arguments.
    """

    def __init__(self, instance: Path, work: Callable[..., None], *args: Any, ahead: timedelta = timedelta(0)) -> None:
        self._ahead_s = CONTEXT.Value("d", ahead.total_seconds(), lock=False)
        given = (str(instance), self._ahead_s, work, args)
        self._process: BaseProcess = CONTEXT.Process(target=_begin, args=given, daemon=True)

    def __enter__(self) -> "Hand":
        self._process.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._process.join(PATIENCE_S)

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def stop(self) -> None:
        """Let it stand still at once, wherever it is; returns when it does."""
        os.kill(self._pid, signal.SIGSTOP)
        until_s = time.monotonic() + PATIENCE_S
        while not _stands_still(self._pid):
            assert time.monotonic() < until_s
            time.sleep(0.005)

    def go_on(self, after: timedelta) -> None:
        """Let it go on as if nothing had been, when so much time has gone by."""
        self._ahead_s.value += after.total_seconds()
        os.kill(self._pid, signal.SIGCONT)

    def end(self, within_s: float = PATIENCE_S) -> int | None:
        """Wait until it has done its work; returns its exit code, None when it was not in time."""
        self._process.join(within_s)
        return self._process.exitcode


def _stands_still(pid: int) -> bool:
    """Say whether each of its threads stands: the first one does so before the others."""
    tasks = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)


class _Ahead:
    """How far the clock of a process is ahead; the test moves it while the process stands still."""

    def __init__(self, seconds: Any) -> None:
        self._seconds = seconds

    def __radd__(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._seconds.value)


def _begin(instance: str, ahead_s: Any, work: Callable[..., None], args: tuple[Any, ...]) -> None:
    app = create_app(load_settings({"SINTONIA_INSTANCE": instance, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}))
    setattr(clock, "_offset", _Ahead(ahead_s))  # noqa: B010 - no other process can move it
    with app.app_context():
        recipes.refresh(at_once=True)
        work(app, *args)


def read_run(app: APIFlask, run_id: int) -> None:
    """Work on a run that was asked for."""
    with suppress(Conflict):
        runs.work(run_id)


def converge(app: APIFlask, ended: Event) -> None:
    """Bring accounts to what they should be, until told to end."""
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), Connections(current_hub()), owner)
        thread = threading.Thread(target=engine.run)
        thread.start()
        ended.wait(PATIENCE_S)
        engine.stop()
        thread.join()


def probe(app: APIFlask) -> None:
    """Do one minute's part of the night."""
    probes.probe_due(clock.utc_now())


def end_orphans(app: APIFlask) -> None:
    """Do one round of ending accounts of nobody here."""
    cancelling.work_due(clock.utc_now())


def tell(app: APIFlask) -> None:
    """Send what the channels are to be told."""
    notify.send_due(clock.utc_now())


def tick_along(app: APIFlask, together: Barrier, first_s: float, ticks: int, path: str, work_every: int) -> None:
    """Live through so many ticks of ``reconcile`` beside others; now and then do what it asks for.

    Args:
        first_s: when the first tick is.
        path: gets a line for each tick that fires here.
        work_every: every so many ticks the task is the real one, and the runs it asked for are worked.
    """
    every_s = scheduler.EVERY_S["reconcile"]
    with Path(path).open("a", buffering=1) as log:
        for number in range(ticks):
            works = number % work_every == 0
            if works or number % TICKS_TOGETHER == 0:
                together.wait(PATIENCE_S)
            clock.reset()
            clock.move(timedelta(seconds=first_s + number * every_s + 1 - clock.utc_now().timestamp()))
            scheduler.run_task(app, "reconcile", lambda number=number, works=works: _fire(log, number, works=works))
            if works:
                together.wait(PATIENCE_S)
                _work_all()


def _fire(log: Any, number: int, *, works: bool) -> None:
    log.write(f"{number}\n")
    if works:
        tasks.reconcile_due()


def _work_all() -> None:
    for run_id, _ in runs.due_work(clock.utc_now()):
        with suppress(Conflict):
            runs.work(run_id)
    # What was read last holds SQLite's write lock until the session lets go.
    db.session.remove()


def schedule(app: APIFlask, path: str) -> None:
    """Be a scheduler with one task a second, until killed."""
    scheduler.TASKS = {"watch": lambda: _note(path)}
    scheduler.EVERY_S = {"watch": 1}
    built = scheduler.build_scheduler(app)
    built.start()
    threading.Event().wait()


def edit_services(app: APIFlask, token: str, threads: int, seconds: float, path: str) -> None:
    """Read services and change them through the API, in so many threads for so long.

    Args:
        path: gets a line for each change: how long it took in seconds, and the status of its answer.
    """
    # What a process does once only is no change of a service.
    codes = _codes(app, token)
    until_s = time.monotonic() + seconds
    with Path(path).open("a", buffering=1) as log:
        workers = [threading.Thread(target=_edit, args=(app, token, codes, until_s, log)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


def _codes(app: APIFlask, token: str) -> list[str]:
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    codes = [str(row["code"]) for row in client.get("/api/v1/services?limit=100", headers=headers).json["items"]]
    path = f"/api/v1/services/{codes[0]}"
    same = {"status": client.get(path, headers=headers).json["status"]}
    client.patch(path, json=same, headers=headers)
    # These requests used this thread's session, and what it read last holds SQLite's write lock.
    db.session.remove()
    return codes


def _edit(app: APIFlask, token: str, codes: list[str], until_s: float, log: Any) -> None:
    client, chance, headers = app.test_client(), random.Random(), {"Authorization": f"Bearer {token}"}
    while time.monotonic() < until_s:
        # People and their programs rest between two changes; without it only the processor is measured.
        time.sleep(chance.uniform(0, 2 * MEAN_REST_S))
        path = f"/api/v1/services/{chance.choice(codes)}"
        seen = client.get(path, headers=headers)
        other = OWING if seen.json["status"] == PAYING else PAYING
        began_s = time.monotonic()
        # Whoever was slower than another is told so (412), and looks again.
        answer = client.patch(path, json={"status": other}, headers={**headers, "If-Match": seen.headers["ETag"]})
        log.write(f"{time.monotonic() - began_s:.4f} {answer.status_code}\n")


def _note(path: str) -> None:
    with Path(path).open("a") as log:
        log.write(f"{time.monotonic()}\n")
