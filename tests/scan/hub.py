"""The hub as a process: started, scanned, thrown away."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

STOP_S, ANSWER_S = 45, 60
# Beside the roles of operators: who is not signed in, and who has a token.
STRANGER, PROGRAM = "anonymous", "api"


@dataclass(frozen=True)
class Hub:
    """Where it is and how to come in."""

    address: str
    cookies: dict[str, str]
    token: str

    def get(self, path: str, headers: dict[str, str]) -> tuple[str, str]:
        """Return type and text of what the hub answers.

        Raises:
            OSError: it answers an error, or not at all.
        """
        with urlopen(Request(self.address + path, headers=headers), timeout=ANSWER_S) as answer:  # noqa: S310
            return answer.headers.get("Content-Type", ""), answer.read().decode("utf-8", "replace")


@contextmanager
def running(folder: Path, name: str) -> Iterator[Hub]:
    """Run a hub of its own until the end of the block; its log stands in ``folder``."""
    with (folder / f"{name}.hub.log").open("wb") as log:
        command = [sys.executable, "-m", "tests.scan.hub_child", str(folder / f"{name}.hub.json")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            if not told:
                raise RuntimeError(f"the hub did not start; see {log.name}")
            yield Hub(**json.loads(told))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S)


def seen(folder: Path, name: str) -> dict[str, Any]:
    """Return what the hub counted while it was scanned."""
    found: dict[str, Any] = json.loads((folder / f"{name}.hub.json").read_text("utf-8"))
    return found
