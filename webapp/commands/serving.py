"""``serve`` and ``demo``: the hub as a process that stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click
from flask import Flask
from flask_babel import gettext as _

from webapp import lazy
from webapp.commands.program import Program, explained, pass_program
from webapp.extensions import db
from webapp.jobs.server import ROLES, serve
from webapp.services import secrets
from webapp.services.backups.upgrading import upgrade
from webapp.services.hub import current_hub
from webapp.services.moving import refuse_moved
from webapp.services.queue import tables as queue_tables
from webapp.services.setup import issue_setup_token

if TYPE_CHECKING:
    from webapp.demo import run as demonstration
else:
    demonstration = lazy.module("webapp.demo.run")

HOST, PORT = "127.0.0.1", 8000

host_option = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
port_option = click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
)


@click.command("serve")
@host_option
@port_option
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True)
@click.option("--without-backup", is_flag=True, help="Upgrade the database although no backup can be made before.")
@pass_program
def serve_command(program: Program, host: str, port: int, role: str, without_backup: bool) -> None:
    """Migrate the database, then serve pages, scheduler and workers until stopped."""
    with explained():
        app = program.make_app()
    # In the application's context, so that a refusal is told in the provider's language.
    with app.app_context(), explained(), _listening(host, port):
        serve(
            app,
            host,
            port,
            role,
            prepare=partial(_prepare, app, not without_backup),
            ready=partial(_tell_setup_link, app),
        )


@click.command("demo")
@host_option
@port_option
@pass_program
def demo_command(program: Program, host: str, port: int) -> None:
    """Serve a made-up provider on fake platforms; nothing of it stays."""
    with explained(), _listening(host, port):
        demonstration.run(program.make_app, click.echo, host, port)


@contextmanager
def _listening(host: str, port: int) -> Iterator[None]:
    """An address that is taken is no fault of the program."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            _(
                "The hub cannot listen on %(host)s:%(port)s (%(reason)s). Choose another one with --host and --port.",
                host=host,
                port=port,
                reason=error.strerror or str(error),
            )
        ) from error


def _prepare(app: Flask, with_backup: bool) -> None:
    with app.app_context():
        refuse_moved(db.engine)
        upgrade(db.engine, with_backup=with_backup)
        queue_tables.install(db.engine)
        secrets.check_keys()
        db.session.remove()


def _tell_setup_link(app: Flask, address: str) -> None:
    """While nobody can sign in, the first administrator comes in by a link that works once."""
    with app.app_context():
        token = issue_setup_token()
        if token is not None:
            click.echo(_("Nobody can sign in yet. Open this link once to create the first administrator:"))
            click.echo(f"{current_hub().settings.base_url or address}/setup/{token}")
        db.session.remove()
