"""One world for all examples."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.world import World

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Made once; each example swaps its database. In memory where the system has such a place: a disk is slow."""
    place = MEMORY if MEMORY.is_dir() else tmp_path_factory.mktemp("machine")
    with tempfile.TemporaryDirectory(dir=place) as folder, pytest.MonkeyPatch.context() as monkeypatch:
        made = World(Path(folder))
        made.open(monkeypatch)
        yield made
        made.close()
