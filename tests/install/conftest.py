"""A system that is being built in a folder, and a program to be installed there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli import sintonia
from webapp.install.machine import Machine

Install = Callable[..., Result]
USERS = "root:x:0:0:root:/root:/bin/bash\nsintonia:x:995:994::/var/lib/sintonia:/usr/sbin/nologin\n"
GROUPS = "root:x:0:\nsintonia:x:994:\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian with nginx and Caddy, without systemd running."""
    root = tmp_path / "root"
    for folder in ("etc/nginx/sites-available", "etc/nginx/sites-enabled", "etc/caddy", "etc/logrotate.d"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text(USERS)
    (root / "etc/group").write_text(GROUPS)
    (root / "etc/caddy/Caddyfile").write_text(":80 {\n\tfile_server\n}\n")
    return Machine(root)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "sintonia-1"
    path.write_text("#!/bin/sh\necho 1\n")
    return path


@pytest.fixture
def install(machine: Machine, program: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Run ``install``, or another command, on that system."""
    monkeypatch.setenv("SINTONIA_LOCALE", "en")

    def run(*options: str, command: str = "install", stdin: str = "") -> Result:
        given = ("--program", str(program), "--no-start") if command == "install" else ()
        return CliRunner().invoke(sintonia, [command, "--root", str(machine.root), *given, *options], input=stdin)

    return run
