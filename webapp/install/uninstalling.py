"""Takes an installation off a machine. Data, keys and settings stay, unless a person typed that they should not."""

from collections.abc import Callable
from pathlib import Path

from webapp.install.machine import Machine
from webapp.install.planning import CADDY, CADDYFILE, NGINX, NGINX_ON, RECORD, ROTATION, UNIT, WANTS, Record
from webapp.install.steps import AddLine
from webapp.install.wanted import CONFIG
from webapp.install.words import gettext as _

Say = Callable[[str], None]


def files_of(machine: Machine, record: Record) -> list[Path]:
    """Return what is taken away in any case, in its order: all that can be installed again."""
    wanted = record.wanted
    ours = [WANTS, UNIT, NGINX_ON, NGINX, CADDY, ROTATION, wanted.program, wanted.former_program, RECORD]
    return [path for path in ours if machine.exists(path)]


def kept(record: Record) -> list[Path]:
    """Return what stays, or goes with a purge: data with the backups in it, keys, settings, the log."""
    log = [record.wanted.log_file.parent] if record.wanted.log_file else []
    return [record.wanted.data, CONFIG, *log]


def uninstall(machine: Machine, record: Record, say: Say, *, purge: bool) -> None:
    """Stop the service and take it away.

    Args:
        purge: the data too, for ever. Backups elsewhere stay.

    Raises:
        Refused: a command of the system failed; mend that and repeat, what was done already is no concern.
    """
    if machine.alive:
        machine.run("systemctl", "disable", "--now", UNIT.name, check=False)
    imported = not AddLine(CADDYFILE, f"import {CADDY}").needed(machine)
    for path in files_of(machine, record):
        machine.remove(path)
        say(_("Removed: %(path)s", path=path))
    if imported:
        _take_line_out(machine)
    if machine.alive:
        machine.run("systemctl", "daemon-reload")
        for proxy in ("nginx", "caddy"):
            if record.wanted.proxy == proxy:
                machine.run("systemctl", "reload-or-restart", proxy, check=False)
    if purge:
        _purge(machine, record, say)


def _take_line_out(machine: Machine) -> None:
    lines = (machine.read(CADDYFILE) or b"").decode().splitlines()
    real = machine.real(CADDYFILE)
    real.write_text("\n".join(line for line in lines if line != f"import {CADDY}") + "\n", "utf-8")


def _purge(machine: Machine, record: Record, say: Say) -> None:
    for path in kept(record):
        if machine.exists(path):
            machine.remove(path)
            say(_("Removed for ever: %(path)s", path=path))
    # One that was there before, for something else, has another home.
    if machine.home_of(record.wanted.user) == record.wanted.data:
        where = () if machine.root == Path("/") else ("--prefix", str(machine.root))
        machine.run("userdel", *where, record.wanted.user, check=False)
        say(_("Removed the user %(name)s.", name=record.wanted.user))
