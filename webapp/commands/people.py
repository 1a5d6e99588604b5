"""``user`` and ``token``: who may sign in, and what."""

from datetime import datetime

import click
from flask_babel import gettext as _

from webapp.commands.program import Program, opened, pass_program, read_password
from webapp.models.operator import ROLES
from webapp.services.operators import create_operator
from webapp.services.tokens import ALL_SCOPES, create_token, end_of_day


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("create")
@click.option("--email", required=True, help="The log-in.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="Shown beside what the person did.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@pass_program
def create_user(program: Program, email: str, role: str, name: str, password_stdin: bool) -> None:
    """Create an operator; without --password-stdin the password is asked for."""
    password = (
        read_password() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    with opened(program):
        operator = create_operator(email, password, role, name)
        click.echo(_("%(email)s may sign in now, as %(role)s.", email=operator.email, role=role))


@click.group()
def token() -> None:
    """Tokens with which programs use the API."""


@token.command("create")
@click.option("--name", required=True, help="Which program will use it.")
@click.option("--scope", type=click.Choice(ALL_SCOPES), required=True)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which it works; none = until revoked.")
@click.option("--allow", multiple=True, metavar="ADDRESS", help="Address or network that may use it; may be repeated.")
@click.option("--integration", type=int, help="Id of the integration; for the scope subscribers.")
@pass_program
def make_token(
    program: Program, name: str, scope: str, expires: datetime | None, allow: tuple[str, ...], integration: int | None
) -> None:
    """Create a token; it is shown this once, alone on the last line."""
    with opened(program):
        end = end_of_day(expires.date()) if expires else None
        _row, text = create_token(name, scope, end, allow, integration)
        click.echo(_("Keep this token: it cannot be shown again."), err=True)
        click.echo(text)
