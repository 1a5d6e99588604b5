"""Names of processes, and the lock that one server holds."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.jobs.owner import AlreadyServing, Owner, ServeLock

HOLD = "import sys, time; from pathlib import Path; from webapp.jobs.owner import Owner, ServeLock\n"
OWN = HOLD + "with Owner(Path(sys.argv[1])) as owner: print(owner.name, flush=True); time.sleep(60)"
SERVE = HOLD + "with ServeLock(Path(sys.argv[1])): print('serving', flush=True); time.sleep(60)"
ROOT = Path(__file__).resolve().parents[2]


def hold(code: str, instance: Path) -> tuple["subprocess.Popen[str]", str]:
    """Run the code in a process of its own; returns it and the line that it says when it holds its lock."""
    process = subprocess.Popen([sys.executable, "-c", code, str(instance)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def test_a_killed_process_is_dead_at_once_and_a_living_one_is_not(tmp_path: Path) -> None:
    process, name = hold(OWN, tmp_path)
    with Owner(tmp_path) as mine:
        try:
            assert mine.dead({name, mine.name}) == set()
        finally:
            end(process)
        assert mine.dead({name, mine.name, "1-never"}) == {name, "1-never"}


def test_a_name_that_was_given_back_is_dead(tmp_path: Path) -> None:
    with Owner(tmp_path) as mine:
        with Owner(tmp_path) as other:
            assert mine.dead({other.name}) == set()
        assert mine.dead({other.name}) == {other.name}


def test_no_lock_file_is_left_behind(tmp_path: Path) -> None:
    for _ in range(50):
        with Owner(tmp_path):
            pass
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_second_server_on_the_same_instance_is_refused_until_the_first_has_died(tmp_path: Path) -> None:
    process, _ = hold(SERVE, tmp_path)
    try:
        with pytest.raises(AlreadyServing, match=tmp_path.name), ServeLock(tmp_path):
            pass
    finally:
        end(process)
    with ServeLock(tmp_path), pytest.raises(AlreadyServing), ServeLock(tmp_path):
        pass
    with ServeLock(tmp_path):
        pass
