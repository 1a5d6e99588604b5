"""A command typed on a machine where the hub is installed works on that hub, as its own user."""

import os
from pathlib import Path

import pytest

from webapp.install.settled import adopt
from webapp.install.wanted import Refused


def settings_in(folder: Path) -> Path:
    path = folder / "sintonia.env"
    path.write_text(f"# ours\nSINTONIA_INSTANCE={folder / 'data'}\nSINTONIA_WORKERS=32\n")
    return path


def test_settings_of_the_installed_hub_are_taken_and_those_of_the_shell_win(tmp_path: Path) -> None:
    environ = {"SINTONIA_WORKERS": "8"}
    assert adopt(environ, installed=settings_in(tmp_path))
    assert environ == {"SINTONIA_WORKERS": "8", "SINTONIA_INSTANCE": str(tmp_path / "data")}


def test_whoever_names_an_instance_and_a_machine_without_a_hub_are_left_alone(tmp_path: Path) -> None:
    for environ, installed in (
        ({"SINTONIA_INSTANCE": "/elsewhere"}, settings_in(tmp_path)), ({}, tmp_path / "none"), ({}, None),
    ):  # fmt: skip
        before = dict(environ)
        assert not adopt(environ, installed=installed)
        assert environ == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_becomes_the_owner_of_the_data_for_good(tmp_path: Path) -> None:
    path, data = settings_in(tmp_path), tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 65534, 65534)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        # Whatever comes, the child must not go on with the tests.
        try:
            adopt({}, installed=path)
            os.write(theirs, f"{os.geteuid()} {os.getegid()} {os.getgroups()}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 100).decode() == "65534 65534 [65534]"


def test_settings_that_may_not_be_read_are_refused_with_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(Refused, match="sudo"):
        adopt({}, installed=tmp_path / "sintonia.env")
