"""``audit``: is the history as it was written; of this hub, or of a file that was exported from one."""

from pathlib import Path

import click
from flask_babel import gettext as _

from webapp.commands.program import FAILED, Program, opened, pass_program, progress_bar
from webapp.messages import explain
from webapp.services import chain
from webapp.services.audit_files import BadFile, verify_file


@click.group()
def audit() -> None:
    """The history and its chain."""


@audit.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@pass_program
def verify(program: Program, file: Path | None) -> None:
    """Check every link of the history, or an exported FILE. Exit code 1 when something was changed."""
    with opened(program, migrate=False):
        good = _verify_hub() if file is None else _verify_file(file)
    if not good:
        raise click.exceptions.Exit(FAILED)


@audit.command("accept")
@click.option("--reason", required=True, help="Why the history ends elsewhere; stands in it afterwards.")
@pass_program
def accept(program: Program, reason: str) -> None:
    """Go on from the history as it is now, after a backup was restored on purpose."""
    with opened(program):
        chain.reanchor(reason)
        click.echo(_("The history goes on from here."))


def _verify_hub() -> bool:
    with progress_bar(_("Checking")) as show:
        chain.seal()
        report = chain.verify(tell=lambda done: show(done, 0))
    chain.keep(report)
    if report.first is not None:
        click.echo(str(explain(report.first.code, report.first.params)), err=True)
        return False
    figures = {"links": report.links, "place": report.head.place, "waiting": report.waiting}
    click.echo(str(explain("doctor_chain", figures)))
    click.echo(_("Removed lawfully: %(pruned)s; erased lawfully: %(erased)s. Last link: %(link)s.",
                 pruned=report.pruned + report.begins, erased=report.erased, link=report.head.link))  # fmt: skip
    return True


def _verify_file(file: Path) -> bool:
    try:
        found = verify_file(file)
    except BadFile as error:
        click.echo(str(explain(error.code, error.params)), err=True)
        return False
    click.echo(_("The file holds: %(count)s entries, %(erased)s of them without content. Last link: %(link)s.",
                 count=found.lines, erased=found.erased, link=found.link or "-"))  # fmt: skip
    return True
