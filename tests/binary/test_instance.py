"""Where a provider's data begin when nobody says it, and what the program says about itself."""

import json
from pathlib import Path

import pytest

from webapp import build, paths


@pytest.mark.parametrize("place", ["/usr/local/bin/sintonia", "/usr/bin/sintonia", "/opt/sintonia/bin/sintonia"])
def test_program_installed_in_the_system_keeps_to_the_folder_of_the_system(place: str, tmp_path: Path) -> None:
    assert paths.default_instance(Path(place), tmp_path) == tmp_path


def test_program_that_lies_anywhere_else_keeps_its_data_beside_itself_even_through_a_link(tmp_path: Path) -> None:
    program = tmp_path / "fetched" / "sintonia"
    program.parent.mkdir()
    program.touch()
    (tmp_path / "link").symlink_to(program)
    assert paths.default_instance(tmp_path / "link") == tmp_path.resolve() / "fetched" / "instance"


def test_checkout_keeps_its_data_in_its_own_folder() -> None:
    assert paths.default_instance() == paths.BASE / "instance"


def test_version_is_what_the_build_wrote_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"version": "9.8.7", "commit": "0" * 40, "built_at": "2026-11-23T00:00:00+00:00"}
    (tmp_path / "build.json").write_text(json.dumps(told))
    monkeypatch.setattr(build, "BUILD", tmp_path / "build.json")
    monkeypatch.setattr(build, "FROZEN", True)
    found = build.describe("0.1.0")
    assert (found.version, found.commit, found.built_at) == tuple(told.values())
    assert f"commit {told['commit']}, {told['built_at']}" in found.as_text()
