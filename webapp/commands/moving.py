"""``migrate-database``: from the file of SQLite to a PostgreSQL, when one machine is not enough."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.commands.program import Program, opened, pass_program, progress_bar
from webapp.database_url import SQLITE, BadAddress, normal, shown
from webapp.jobs.owner import ServeLock
from webapp.messages import explain
from webapp.services import moving
from webapp.services.hub import current_hub
from webapp.services.moving import Look, Moved, MoveRefused, Order
from webapp.services.moving.work import COMPARE, COPY, HISTORY, Tell, named

MEGABYTE = 1024 * 1024
FROM_ENVIRONMENT = "SINTONIA_MOVE_TO"


@click.command("migrate-database")
@click.option(
    "--to",
    "url",
    metavar="URL",
    envvar=FROM_ENVIRONMENT,
    help=f"postgresql://user@host:5432/database; or the environment's {FROM_ENVIRONMENT}.",
)
@click.option("--dry-run", is_flag=True, help="Only look whether it can be done, and how long; the hub may run.")
@click.option("--back", is_flag=True, help="Serve from the SQLite database again; stop the hub on the other first.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def migrate_database_command(program: Program, url: str | None, dry_run: bool, back: bool, as_json: bool) -> None:
    """Move the hub from SQLite to an empty PostgreSQL; every row is compared. Stop the hub first."""
    if bool(url) == back:
        raise click.UsageError("Give either --to URL or --back.")
    with opened(program, migrate=False):
        settings = current_hub().settings
        if not settings.sqlite:
            raise MoveRefused("move_not_sqlite")
        order = Order(_address(url or ""), settings)
        # Who only looks keeps nobody from working.
        with nullcontext() if dry_run else ServeLock(settings.instance), _in_words():
            if back:
                _tell_back(moving.take_back(order))
            elif dry_run:
                _tell_look(moving.look(order), as_json)
            else:
                _move(order, as_json)


def _address(url: str) -> str:
    if not url:
        return ""
    try:
        found = normal(url)
    except BadAddress as error:
        raise click.UsageError(f"--to: {error}") from error
    if found.startswith(SQLITE):
        raise MoveRefused("move_not_postgres")
    return found


def _move(order: Order, as_json: bool) -> None:
    with _told() as tell:
        moved = moving.move(order, tell)
    if as_json:
        click.echo(json.dumps({"to": shown(order.url), **asdict(moved)}))
        return
    _tell_moved(moved)
    click.echo(
        _(
            "Now set this in %(file)s, with the address as you gave it, and start the hub:",
            file=order.settings.instance / "sintonia.toml",
        )
    )
    click.echo(f'  database_url = "{shown(order.url)}"')
    click.echo(
        _(
            "The file %(file)s stays and is not served any more. Keep it until you are content, then remove it. The "
            "folder of the instance stays in use: the keys are in it.",
            file=order.file,
        )
    )


@contextmanager
def _in_words() -> Iterator[None]:
    """What is wrong with the new database is said in the words that the hub has for it."""
    try:
        yield
    except MoveRefused as error:
        if error.code == "move_trouble":
            error.params["words"] = str(explain(str(error.params["code"])))
        raise


@contextmanager
def _told() -> Iterator[Tell]:
    """One bar, which begins anew with every step."""
    words = _("Copying"), _("Comparing"), _("Checking the history")
    with progress_bar(" · ".join(words)) as show:
        yield lambda _step, done, total: show(done, total)


def _tell_moved(moved: Moved) -> None:
    total = sum(moved.rows.values())
    click.echo(
        ngettext(
            "%(num)s row in %(tables)s tables was copied and compared, value by value: the same on both sides.",
            "%(num)s rows in %(tables)s tables were copied and compared, value by value: the same on both sides.",
            total,
            tables=len(moved.rows),
        )
    )
    click.echo(_("Checksum of all rows: %(digest)s", digest=moved.digest))
    click.echo(
        _(
            "The chain of the history holds (%(links)s links), and %(secrets)s secrets open.",
            links=moved.links,
            secrets=moved.secrets,
        )
    )
    seconds = moved.seconds
    click.echo(
        _(
            "It took %(all)s s: copying %(copy)s, comparing %(compare)s, checking the history %(history)s.",
            all=round(sum(seconds.values()), 1),
            copy=seconds[COPY],
            compare=seconds[COMPARE],
            history=seconds[HISTORY],
        )
    )


def _tell_look(look: Look, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(look)))
    elif look.done:
        click.echo(_("The hub has moved there already."))
    elif not look.misfits:
        click.echo(
            ngettext(
                "It can be done: %(rows)s rows, %(size)s MB. It takes about %(num)s minute, and the hub stands still "
                "meanwhile. Nothing was changed.",
                "It can be done: %(rows)s rows, %(size)s MB. It takes about %(num)s minutes, and the hub stands still "
                "meanwhile. Nothing was changed.",
                max(1, round(look.about_s / 60)),
                rows=look.total,
                size=max(1, look.size_bytes // MEGABYTE),
            )
        )
    if look.misfits:
        raise MoveRefused("move_misfits", {"rows": named(look.misfits)})


def _tell_back(was_moved: bool) -> None:
    if not was_moved:
        click.echo(_("The hub has not left this database. Nothing was changed."))
        return
    click.echo(
        _(
            "The hub is served from this database again. It only observes until you approve on the page “Observing”: "
            "what was done on the other one is not known here. Never start the other one again."
        )
    )
