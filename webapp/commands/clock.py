"""``clock``: is the clock in doubt, and the word of a person that it is right."""

import click
from flask_babel import gettext as _

from webapp.commands.program import Program, opened, pass_program
from webapp.services import clock_watch


@click.command("clock")
@click.option("--right", is_flag=True, help="Say that the server's clock is right now.")
@pass_program
def clock_command(program: Program, right: bool) -> None:
    """Tell whether the server's clock is in doubt; with --right, end the doubt."""
    with opened(program, migrate=False):
        if right:
            done = clock_watch.confirm()
            click.echo(_("The clock counts as right again.") if done else _("The clock was not in doubt."))
            return
        doubt = clock_watch.stands()
        click.echo(
            _("The clock is in doubt: nobody is suspended or cancelled.") if doubt else _("The clock is trusted.")
        )
