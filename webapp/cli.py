"""One command tree: ``sintonia ...`` or ``python -m webapp ...``.

The application comes in from outside, so that this module needs nothing of the package's root.
"""

import os
from collections.abc import Callable

import click
from flask import Flask

from webapp.commands import (
    audit,
    backup,
    catalogue,
    clock,
    health,
    importing,
    people,
    queue,
    reconcile,
    secrets,
    serving,
    sources,
)
from webapp.commands.program import Program

NAME = "sintonia"


def _tell_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    program = context.find_object(Program)
    if asked and program is not None:
        click.echo(f"{NAME} {program.version}")
        context.exit()


@click.group(name=NAME, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_tell_version, help="Show the version."
)
def sintonia() -> None:
    """Sell content platforms together with internet plans."""


for _command in (
    serving.serve_command,
    serving.demo_command,
    people.user,
    people.token,
    catalogue.gateway,
    importing.imports,
    sources.source,
    queue.converge_command,
    reconcile.reconcile_command,
    backup.backup_command,
    backup.restore_command,
    secrets.secrets,
    audit.audit,
    health.doctor_command,
    clock.clock_command,
):
    sintonia.add_command(_command)


def main(make_app: Callable[..., Flask], version: str) -> None:
    """Run the command that the process was started with, and exit.

    Args:
        make_app: ``create_app``.
        version: what ``--version`` says.
    """
    # What this process makes holds personal data and keys: nobody else on the machine may read it.
    os.umask(0o077)
    sintonia.main(prog_name=NAME, obj=Program(make_app, version))
