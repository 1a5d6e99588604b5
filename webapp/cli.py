"""One command tree: ``sintonia ...`` or ``python -m webapp ...``.

The application comes in from outside, so that this module needs nothing of the package's root.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence

import click
from flask import Flask

from webapp.build import describe
from webapp.commands.program import FAILED, Program
from webapp.install import settled
from webapp.install.wanted import Refused

NAME = "sintonia"
# These work without a hub, or on one of their own.
WITHOUT_HUB = ("install", "uninstall", "demo", "sandbox", "self-check")
# Command -> where it is, below ``webapp.commands``.
PLACES: Mapping[str, str] = {
    "serve": "serving:serve_command",
    "demo": "serving:demo_command",
    "user": "people:user",
    "token": "people:token",
    "gateway": "catalogue:gateway",
    "import": "importing:imports",
    "source": "sources:source",
    "converge": "queue:converge_command",
    "reconcile": "reconcile:reconcile_command",
    "backup": "backup:backup_command",
    "restore": "backup:restore_command",
    "migrate-database": "moving:migrate_database_command",
    "secrets": "secrets:secrets",
    "audit": "audit:audit",
    "doctor": "health:doctor_command",
    "clock": "clock:clock_command",
    "self-check": "self_check:self_check_command",
    "sandbox": "sandbox:sandbox_command",
    "install": "installing:install_command",
    "uninstall": "installing:uninstall_command",
}


class Commands(click.Group):
    """The commands, each imported when it is called: a hub that serves needs none of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place, _, name = PLACES.get(cmd_name, "").partition(":")
        found: click.Command | None = (
            getattr(importlib.import_module(f"webapp.commands.{place}"), name) if place else None
        )
        return found


@click.group(
    name=NAME,
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    no_args_is_help=True,
)
@click.option("--version", is_flag=True, help="Show the version, and what it was built from.")
@click.option("--json", "as_json", is_flag=True, help="With --version: for machines.")
@click.pass_context
def sintonia(context: click.Context, version: bool, as_json: bool) -> None:
    """Sell content platforms together with internet plans."""
    program = context.find_object(Program)
    if version and program is not None:
        build = describe(program.version)
        click.echo(json.dumps(build.as_dict(), indent=2) if as_json else build.as_text())
        context.exit()
    if context.invoked_subcommand is None:
        raise click.UsageError("Missing command.")


def main(make_app: Callable[..., Flask], version: str) -> None:
    """Run the command that the process was started with, and exit.

    Args:
        make_app: ``create_app``.
        version: what ``--version`` says.
    """
    # What this process makes holds personal data and keys: nobody else on the machine may read it.
    os.umask(0o077)
    _settle(sys.argv[1:])
    sintonia.main(prog_name=NAME, obj=Program(make_app, version))


def _settle(arguments: Sequence[str]) -> None:
    """On a machine where the hub is installed, a command means that hub. What needs no hub at all is left alone."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in WITHOUT_HUB:
        return
    try:
        settled.adopt()
    except Refused as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(FAILED)
