"""``install`` and ``uninstall``: the hub as a service of a Debian with systemd."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from webapp.install.installing import Installer, Order
from webapp.install.machine import Machine
from webapp.install.planning import chosen, read_record
from webapp.install.uninstalling import files_of, kept, uninstall
from webapp.install.wanted import PROXIES, Refused
from webapp.install.words import gettext as _
from webapp.paths import FROZEN

CHOICES = ("prefix", "user", "data", "domain", "proxy", "port", "log_file")
Place = click.Path(path_type=Path)
root_option = click.option("--root", type=Place, default="/", hidden=True, help="A system that is being built there.")


@click.command("install")
@click.option("--prefix", type=Place, help="The command goes to bin below it.  [default: /usr/local]")
@click.option("--user", help="Its own user, made if it is not there.  [default: sintonia]")
@click.option("--data-dir", "data", type=Place, help="Database and backups.  [default: /var/lib/sintonia]")
@click.option("--domain", help="Public name, such as hub.provedor.example.")
@click.option("--proxy", type=click.Choice(PROXIES), help="What stands in front with TLS; its site is written.")
@click.option("--port", type=int, help="On which the hub listens, on this machine alone.  [default: 8000]")
@click.option("--log-file", type=Place, help="Log into this file, with logrotate, instead of the journal.")
@click.option("--program", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another one to install.")
@click.option("--without-backup", is_flag=True, help="Replace the program although no backup can be made before.")
@click.option("--no-start", is_flag=True, help="Write everything, start nothing.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@root_option
def install_command(root: Path, dry_run: bool, yes: bool, **options: Any) -> None:
    """Make the hub a service of this machine, or bring it to this version. What is so already stays as it is."""
    with _refusing():
        machine = Machine(root.resolve())
        _need(machine, start=not options["no_start"], only_look=dry_run)
        installer = Installer(machine, _order(machine, options), click.echo)
        planned = installer.planned()
        for number, step in enumerate(planned, 1):
            click.echo(f"{number:2}. {step.say()}")
        if dry_run:
            click.echo(_("Nothing was changed.") if planned else _("Nothing to do: all is as it should be."))
            return
        if planned and not yes:
            click.confirm(_("Do this now?"), abort=True)
        installer.run()


@click.command("uninstall")
@click.option("--purge", is_flag=True, help="Data, keys and settings too, for ever.")
@click.option("--confirm", help="With --purge: the data folder, typed out.")
@click.option("--yes", is_flag=True, help="Do not ask; a purge is asked all the same.")
@root_option
def uninstall_command(root: Path, purge: bool, confirm: str | None, yes: bool) -> None:
    """Stop the service and take it off this machine; data, keys and settings stay unless purged."""
    with _refusing():
        machine = Machine(root.resolve())
        _need(machine, start=False, only_look=False)
        record = read_record(machine)
        for path in (*files_of(machine, record), *(kept(record) if purge else ())):
            click.echo(_("To be removed: %(path)s", path=path))
        if purge:
            _confirm_purge(str(record.wanted.data), confirm)
        elif not yes:
            click.confirm(_("Do this now?"), abort=True)
        uninstall(machine, record, click.echo, purge=purge)
        if not purge:
            click.echo(_("These stay: %(paths)s", paths=", ".join(map(str, kept(record)))))


def _order(machine: Machine, options: dict[str, Any]) -> Order:
    told = {name: options[name] for name in CHOICES if options[name] is not None}
    record = read_record(machine)
    wanted = chosen(record, told)
    source = options["program"] or (Path(sys.executable) if FROZEN else None)
    if source is None and not machine.exists(wanted.program):
        raise Refused(
            _("This is the source code, not the one file that is installed. Build it (`make binary`) and run "
              "`sudo dist/sintonia install`, or name one with --program.")
        )  # fmt: skip
    return Order(
        wanted, record, source.resolve() if source else None, told.keys(), not options["no_start"],
        not options["without_backup"],
    )  # fmt: skip


def _need(machine: Machine, *, start: bool, only_look: bool) -> None:
    if not only_look and os.geteuid() != 0 and machine.root == Path("/"):
        raise Refused(_("This is for root: repeat with sudo."))
    if start and not only_look and machine.root == Path("/") and not machine.alive:
        raise Refused(
            _("systemd does not run here, so nothing can be started. Repeat with --no-start to write everything "
              "without starting, or run `sintonia serve` by what starts services here.")
        )  # fmt: skip


def _confirm_purge(data: str, typed: str | None) -> None:
    click.echo(
        _("Customers, accounts, history, keys and the backups in %(data)s go for ever. The platforms keep their "
          "accounts: nobody is suspended or cancelled by this.", data=data)
    )  # fmt: skip
    said = typed if typed is not None else click.prompt(_("Type %(data)s to confirm", data=data), default="")
    if said.strip() != data:
        raise Refused(_("Not confirmed: nothing was changed."))


@contextmanager
def _refusing() -> Iterator[None]:
    """Say in one sentence what cannot be done."""
    # Folders of the system are for all to read; what is not, gets its own mode.
    former = os.umask(0o022)
    try:
        yield
    except (Refused, OSError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        os.umask(former)
