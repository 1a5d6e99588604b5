"""``source``: what it prints, and how it ends."""

import json
from collections.abc import Callable

import pytest
from apiflask import APIFlask

from tests.cli.conftest import Run
from tests.services.memory_source import Scene, make_scene, people
from webapp.extensions import db
from webapp.gateways.errors import AuthFailed
from webapp.schema import migrate_database


@pytest.fixture
def scene(make: Callable[[], APIFlask], monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A source in the database that the commands open."""
    with make().app_context():
        migrate_database(db.engine)
        scene = make_scene(monkeypatch)
        scene.kind.people = people(3)
        scene.id = scene.source.id
        db.session.remove()
    return scene


def test_a_dry_run_a_pull_and_a_second_one_are_told(scene: Scene, run: Run) -> None:
    results = [run("source", "pull", str(scene.id), *more) for more in (["--dry-run"], [], ["--json"])]
    assert [result.exit_code for result in results] == [0, 0, 0]
    assert "Nada foi gravado" in results[0].stdout or "Nothing was written" in results[0].stdout
    assert "created 3" in results[1].stdout
    told = json.loads(results[2].stdout)
    assert (told["status"], told["counts"]["unchanged"], told["items"]) == ("done", 3, [])
    listed = json.loads(run("source", "list", "--json").stdout)
    assert [row["last_pull"]["status"] for row in listed] == ["done"]


def test_a_pull_that_fails_says_why_and_ends_with_one(scene: Scene, run: Run) -> None:
    scene.kind.broken = AuthFailed("credentials_refused")
    result = run("source", "pull", str(scene.id))
    assert result.exit_code == 1
    assert "failed" in result.stdout
    assert run("source", "pull", "99").exit_code == 1
    assert "ERP of the test (memory): failed" in run("source", "list").stdout
