"""``converge``: work the queue now."""

import json

import click
from flask_babel import gettext as _

from webapp.commands.program import LEFT_OVER, Program, opened, pass_program, progress_bar
from webapp.extensions import db
from webapp.jobs import drain
from webapp.jobs.runs import carry_out
from webapp.services.integrations import get_integration

integration_option = click.option(
    "--integration", "integration_id", type=int, metavar="ID", help="Only this one; else all that are active."
)
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.command("converge")
@integration_option
@click.option("--until-idle", is_flag=True, help="Go on until nothing is due, or nothing moves for a minute.")
@json_option
@pass_program
def converge_command(program: Program, integration_id: int | None, until_idle: bool, as_json: bool) -> None:
    """Send what is due now and end. Exit code 0 only when nothing is left due, else 3."""
    with opened(program):
        if integration_id is not None:
            get_integration(integration_id)
            db.session.rollback()
        before = drain.due_count(integration_id)
        with progress_bar(_("Sending")) as show:
            left = carry_out(integration_id, until_idle=until_idle, progress=show)
        _tell_queue(before, left, as_json)
    if left:
        raise click.exceptions.Exit(LEFT_OVER)


def _tell_queue(before: int, left: int, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"due_before": before, "due_left": left}))
    elif left:
        click.echo(_("%(left)s accounts are still due. Run `sintonia doctor` to see what stops them.", left=left))
    else:
        click.echo(_("Nothing is due."))
