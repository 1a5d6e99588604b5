"""What a hub that only waits has not loaded: each of these is memory and a longer start for nothing."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.binary.debian import ROOT
from webapp import lazy

START_S, END_S = 120, 60
IMPORTED = re.compile(r"^import time:.*\|\s*([\w.]+)$", re.M)
# Library -> what needs it, and loads it then. webauthn itself is looked for; ``cbor2`` is what it needs.
LATER = {
    "apprise": "a channel of alerts", "holidays": "quiet days", "markdown_it": "the guide", "psycopg": "PostgreSQL",
    "procrastinate": "many workers", "pyrage": "an encrypted backup", "python_calamine": "a spreadsheet that comes",
    "qrcode": "an app for codes is set up", "rich.console": "a table in a terminal", "cbor2": "a passkey",
    "xlsxwriter": "a spreadsheet that goes", "zxcvbn": "a password is chosen", "webapp.demo": "the demonstration",
    "webapp.install.installing": "an installation", "webapp.commands.self_check": "self-check",
}  # fmt: skip
MIGRATING = {"alembic", "flask_migrate", "mako"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """What the first start of a hub imports, and what the second one does."""
    instance = tmp_path_factory.mktemp("quiet")
    return [imported(instance), imported(instance)]


def imported(instance: Path) -> set[str]:
    """Serve until the hub is ready, and return the modules that it imported."""
    settings = {"SINTONIA_INSTANCE": str(instance), "PYTHONPROFILEIMPORTTIME": "1", "PYTHONUNBUFFERED": "1"}
    said = instance / "said"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", "serve", "--port", "0"], cwd=ROOT, env={**os.environ, **settings},
            stdout=subprocess.PIPE, stderr=stream, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        # The link is printed when it listens.
        assert any("/setup/" in line for line in process.stdout), said.read_text("utf-8")[-3000:]
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_S) == 0
    return set(IMPORTED.findall(said.read_text("utf-8")))


def loaded(names: set[str], library: str) -> list[str]:
    return sorted(name for name in names if name == library or name.startswith(f"{library}."))


@pytest.mark.parametrize("library", sorted(LATER))
def test_hub_that_waits_has_not_loaded_what_nobody_asked_for(started: list[set[str]], library: str) -> None:
    assert [loaded(names, library) for names in started] == [[], []]
    assert all("webapp.jobs.server" in names for names in started)


@pytest.mark.parametrize("library", sorted(MIGRATING))
def test_hub_whose_tables_are_up_to_date_has_not_loaded_what_migrates_them(
    started: list[set[str]], library: str
) -> None:
    first, second = (loaded(names, library) for names in started)
    assert first
    assert second == []


def test_what_stands_for_a_module_asks_it_when_it_is_asked() -> None:
    sys.modules.pop("this_is_none", None)
    awaited = lazy.module("this_is_none")
    with pytest.raises(ModuleNotFoundError):
        awaited.anything  # noqa: B018
    assert lazy.module("json").dumps([1]) == "[1]"


def test_what_stands_for_an_object_makes_it_once() -> None:
    made: list[Path] = []

    def make() -> Path:
        made.append(Path("a/b"))
        return made[-1]

    awaited = lazy.made(make)
    assert not made
    assert (awaited.name, awaited.parent.name) == ("b", "a")
    assert len(made) == 1


def test_library_that_was_hidden_is_found_afterwards() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import webapp, webauthn, rich; print(webauthn.__name__, rich.__name__)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == ["webauthn", "rich"]
    assert found.stderr == ""
