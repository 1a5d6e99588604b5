"""``user`` and ``token``: who may sign in, and what."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask_babel import format_datetime
from flask_babel import gettext as _

from webapp import lazy
from webapp.commands.program import Program, opened, pass_program, read_password
from webapp.models import Invitation
from webapp.models.operator import ROLES
from webapp.services import access_reset, invitations, operators, pages_people
from webapp.services.errors import NotFound
from webapp.services.hub import current_hub
from webapp.services.operators import create_operator
from webapp.services.pages_people import PersonRow
from webapp.services.tokens import ALL_SCOPES, create_token, end_of_day

if TYPE_CHECKING:
    from rich import console, table
else:
    console, table = lazy.module("rich.console"), lazy.module("rich.table")


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


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def list_users(program: Program, as_json: bool) -> None:
    """List who may sign in, and who may not any more."""
    with opened(program):
        rows = [_row(one) for one in pages_people.all_people()]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2)) if as_json else _show(rows)


@user.command("invite")
@click.option("--email", required=True, help="The log-in.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="Shown beside what the person did.")
@pass_program
def invite_user(program: Program, email: str, role: str, name: str) -> None:
    """Make a link by which somebody chooses the own password; it stands alone on the last line."""
    with opened(program) as app:
        _tell_link(app, *invitations.invite(email, role, name))


@user.command("role")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@pass_program
def change_user_role(program: Program, email: str, role: str) -> None:
    """Give somebody another role; all sessions of that person end."""
    with opened(program):
        operators.change_role(_id_of(email), role)
        click.echo(_("%(email)s is %(role)s now, and signs in again.", email=email, role=role))


@user.command("deactivate")
@click.option("--email", required=True)
@click.option("--reason", default="", help="For the history.")
@click.option("--tokens", is_flag=True, help="Also revoke the API tokens that this person made.")
@pass_program
def deactivate_user(program: Program, email: str, reason: str, tokens: bool) -> None:
    """Let somebody in no more; all sessions of that person end at once."""
    with opened(program):
        revoked = operators.deactivate(_id_of(email), reason, and_tokens=tokens)
        click.echo(_("%(email)s is deactivated and signed out everywhere.", email=email))
        if tokens:
            click.echo(_("Tokens revoked: %(count)s", count=revoked))


@user.command("reactivate")
@click.option("--email", required=True)
@pass_program
def reactivate_user(program: Program, email: str) -> None:
    """Let somebody in again, with the former password and role."""
    with opened(program):
        operators.reactivate(_id_of(email))
        click.echo(_("%(email)s may sign in again.", email=email))


@user.command("reset")
@click.option("--email", required=True)
@click.option("--second-factor", is_flag=True, help="Also forget the app, the recovery codes and the passkeys.")
@pass_program
def reset_user(program: Program, email: str, second_factor: bool) -> None:
    """Make a link by which somebody sets a new password; for an administrator who lost everything, too."""
    with opened(program) as app:
        operator_id = _id_of(email)
        link = invitations.invite_to_reset(operator_id)
        if second_factor:
            access_reset.remove_second_factor(operator_id)
            click.echo(_("The second factor and the passkeys were removed."), err=True)
        _tell_link(app, *link)


def _id_of(email: str) -> int:
    operator: Any = operators.find_by_email(email)
    if operator is None:
        raise NotFound("operator_email_unknown", {"email": email})
    return int(operator.id)


def _tell_link(app: Flask, row: Invitation, token: str) -> None:
    """The link goes to standard output alone, so that a script can take it."""
    click.echo(
        _("Good once, until %(until)s. It cannot be shown again.", until=format_datetime(row.expires_at)), err=True
    )
    base_url = current_hub().settings.base_url
    if not base_url:
        click.echo(_("Put the address of the hub before it: SINTONIA_BASE_URL is not set."), err=True)
    click.echo(base_url + app.url_map.bind("hub").build("invite.accept", {"token": token}))


def _row(one: PersonRow) -> dict[str, Any]:
    operator: Any = one.operator
    last = one.last_sign_in.isoformat(timespec="seconds") if one.last_sign_in else None
    return {
        "id": operator.id, "email": operator.email, "name": operator.name, "role": one.role,
        "active": operator.active, "last_sign_in": last, "second_factor": one.second_factor, "sessions": one.sessions,
    }  # fmt: skip


def _show(rows: list[dict[str, Any]]) -> None:
    # The address is what other commands take: it is never cut.
    widest = max((len(str(row["email"])) for row in rows), default=0)
    email = table.Column(_("E-mail"), no_wrap=True, min_width=widest)
    others = (_("Name"), _("Role"), _("Active"), _("Last sign-in"), _("Second factor"), _("Sessions"))
    shown = table.Table("id", email, *others)
    for row in rows:
        shown.add_row(*map(_shown, row.values()))
    console.Console().print(shown)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "-" if value in (None, "") else str(value)


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
