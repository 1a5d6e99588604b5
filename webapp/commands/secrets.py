"""``secrets``: the keys under which secrets are sealed."""

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.commands.program import FAILED, Program, opened, pass_program, progress_bar
from webapp.extensions import db
from webapp.messages import explain
from webapp.services import secrets as services
from webapp.services.hub import current_hub


@click.group()
def secrets() -> None:
    """Encryption keys and what is sealed under them."""


@secrets.command("rotate")
@click.option("--key", "fresh", is_flag=True, help="Make a new key first; without it, finish what was begun.")
@click.option("--drop-old", is_flag=True, help="Afterwards remove the former keys, when nothing needs them any more.")
@pass_program
def rotate(program: Program, fresh: bool, drop_old: bool) -> None:
    """Seal every secret under the newest key, while the hub works.

    With several machines on one database: after --key copy the file of the keys to each of them.
    """
    with opened(program):
        if fresh:
            click.echo(_("The new key is called %(name)s. Keep a copy of its file.", name=services.add_key()))
        count = _reseal()
        _tell(count)
        if drop_old:
            names = ", ".join(services.drop_former())
            click.echo(_("Removed: %(names)s. Backups made before still need them.", names=names))
    if count.unopened:
        raise click.exceptions.Exit(FAILED)


@secrets.command("check")
@pass_program
def check(program: Program) -> None:
    """Open every sealed secret once; changes nothing. Exit code 1 when one does not open."""
    with opened(program):
        count = services.look()
        click.echo(explain("doctor_secrets_rest", {"count": count.total, "former": count.former}).cause)
        _tell_closed(count)
    if count.unopened:
        raise click.exceptions.Exit(FAILED)


@secrets.command("give-up-marks")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_program
def give_up_marks(program: Program, yes: bool) -> None:
    """Go on although the key of the marks of erased people is lost for good.

    Without it nobody can be told from them, so nobody is let in. Afterwards a source that still has them brings them
    back: erase them there first.
    """
    with opened(program):
        if not yes:
            click.confirm(_("Forget by what erased people are known? Nothing brings that back."), abort=True)
        count = services.give_up_marks()
        click.echo(
            ngettext(
                "%(num)s erased person is not known any more. Look into your sources and erase them there, too.",
                "%(num)s erased people are not known any more. Look into your sources and erase them there, too.",
                count,
            )
        )


def _reseal() -> services.Count:
    with progress_bar(_("Sealing")) as show:
        return services.reseal(lambda done: show(done, 0))


def _tell(count: services.Count) -> None:
    newest = current_hub().vault.newest
    message = ngettext("%(num)s secret was sealed under %(key)s.", "%(num)s secrets were sealed under %(key)s.",
                       count.resealed, key=newest)  # fmt: skip
    click.echo(message)
    _tell_closed(count)
    db.session.rollback()


def _tell_closed(count: services.Count) -> None:
    if count.unopened:
        words = explain("secrets_unopened", {"count": count.unopened, "place": count.first})
        click.echo(str(words), err=True)
