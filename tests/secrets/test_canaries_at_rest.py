"""A canary in every sealed place of the database: no answer, file, figure, log or command ever says one.

Of the pages ``tests/web/test_pages.py`` asks the same, in the walk that it makes anyway.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from structlog.testing import capture_logs

from tests.fixtures.people import Browser, signed_in
from tests.secrets.canaries import LEFT, canary, found_in, handed_out, hide_in_every_place, rows_in_clear
from tests.web import states
from tests.web.walk import hub
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.extensions import db
from webapp.models.operator import ADMIN
from webapp.services.hub import current_hub
from webapp.services.secrets.places import PLACES
from webapp.services.tokens import create_token

COMMANDS = (
    ("doctor",), ("doctor", "--json"), ("secrets", "check"), ("audit", "verify"), ("gateway", "list"),
    ("source", "list"), ("gateway", "show", "nx_play"), ("nothing-like-it",),
)  # fmt: skip
# Filled by a platform or a program at work; ``test_rotation.py`` has them.
SELDOM = ("integration_token.sealed", "source_token.sealed", "integration_code.sealed", "idempotency_record.body")
WORDS = {"code": "1", "key": "nx_play", "kind": "plan", "name": "x"}


class Said:
    """Everything that was seen, with where it was seen; only what must not be there is kept."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self.count = 0

    def hear(self, where: str, said: str | bytes) -> None:
        self.count += 1
        for leak in found_in(said):
            if not handed_out(where, leak):
                self.leaks.append(f"{where}: {leak}")


@dataclass(frozen=True)
class Scene:
    """A hub with something of everything; ``filled`` names the sealed places that have a canary now."""

    app: APIFlask
    browser: Browser
    here: states.States
    filled: list[str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with hub(tmp_path_factory.mktemp("canaries")) as app:
        here = states.build()
        browser = signed_in(app, ADMIN)
        states.after_set_up(here)
        yield Scene(app, browser, here, hide_in_every_place())


def export(scene: Scene, said: Said) -> None:
    for fmt in ("csv", "jsonl"):
        answer = scene.browser.post("/history/export", data={"format": fmt, "query": "sent=yes"})
        said.hear(f"history.{fmt}", answer.get_data())
    said.hear("/metrics", scene.browser.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text)


def ask_the_api(scene: Scene, said: Said) -> None:
    _row, token = create_token("canary", "admin")
    ids = scene.here.ids()
    for path, operations in scene.app.spec["paths"].items():
        if "get" not in operations:
            continue
        address = re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found.group(1), WORDS.get(found.group(1), 1))), path)
        answer = scene.browser.get(address, headers={"Authorization": f"Bearer {token}"})
        said.hear(address, answer.text + str(answer.headers))


def run_commands(scene: Scene, said: Said) -> None:
    db.session.rollback()
    settings = current_hub().settings
    for arguments in COMMANDS:
        result = CliRunner().invoke(sintonia, arguments, obj=Program(lambda: create_app(settings, TESTING=True), "1"))
        said.hear(" ".join(arguments), result.output + repr(result.exception))


def test_canary_in_every_sealed_place_is_said_by_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    said = Said()
    caplog.set_level("DEBUG")
    with capture_logs() as lines:
        ask_the_api(scene, said)
        export(scene, said)
    run_commands(scene, said)
    told = capfd.readouterr()
    said.hear("logs", repr(lines) + caplog.text + told.out + told.err)
    assert said.leaks == [], "\n".join(said.leaks)
    assert said.count > 40


def test_every_sealed_place_has_a_canary_and_no_column_has_one_in_clear(scene: Scene) -> None:
    assert set(scene.filled) >= {one.name for one in PLACES} - {*LEFT, *SELDOM}
    assert list(rows_in_clear()) == []


@pytest.mark.parametrize("said", [canary("x"), f"k={canary('x').upper()}", "Q2FuYXJpbzdmM2E5", "9a3f7oiranaC"])
def test_canary_is_recognised_however_it_is_written(said: str) -> None:
    assert found_in(f"before {said} after".encode())
