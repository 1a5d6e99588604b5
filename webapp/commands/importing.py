"""``import``: people and services from a file."""

import json
from pathlib import Path

import click
from flask_babel import gettext as _

from webapp.commands.program import FAILED, Program, opened, pass_program, progress_bar
from webapp.messages import explain
from webapp.services.importing import ImportResult, RowProblem, import_customers


@click.group("import")
def imports() -> None:
    """Read customers from a file."""


@imports.command("customers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Judge every row, write nothing.")
@click.option(
    "--confirm-negatives",
    type=int,
    metavar="N",
    help="So many services may stop paying or end, where that is more than 20 and 5 %: exactly what was counted.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def customers(program: Program, file: Path, dry_run: bool, confirm_negatives: int | None, as_json: bool) -> None:
    """Import a CSV or XLSX; good rows are stored although others are bad. Exit code 1 when any row is bad."""
    with opened(program):
        with progress_bar(_("Importing")) as progress:
            result = import_customers(file, dry_run=dry_run, progress=progress, confirm_negatives=confirm_negatives)
        click.echo(json.dumps(_as_json(result, dry_run), ensure_ascii=False)) if as_json else _tell(result, dry_run)
    if result.problems:
        raise click.exceptions.Exit(FAILED)


def _tell(result: ImportResult, dry_run: bool) -> None:
    for problem in result.problems:
        click.echo(_line(problem))
    if any(problem.code == "negatives_unconfirmed" for problem in result.problems):
        click.echo(
            _("If all of these rows are right, repeat with --confirm-negatives %(count)s.", count=result.negatives)
        )
    counts = {
        "rows": result.rows, "created": result.created, "updated": result.updated,
        "unchanged": result.unchanged, "bad": result.bad_rows,
    }  # fmt: skip
    if dry_run:
        click.echo(
            _(
                "Nothing was written. Of %(rows)s rows %(created)s would be new, %(updated)s changed, "
                "%(unchanged)s the same; %(bad)s are bad.",
                **counts,
            )
        )
        return
    click.echo(
        _(
            "Of %(rows)s rows %(created)s are new, %(updated)s changed, %(unchanged)s the same; "
            "%(bad)s are bad and were left out.",
            **counts,
        )
    )


def _line(problem: RowProblem) -> str:
    words = str(explain(problem.code, problem.params))
    place = _("Row %(row)s", row=problem.row)
    if problem.column:
        place = _("Row %(row)s, column %(column)s", row=problem.row, column=problem.column)
    return f"{place} ({problem.value}): {words}" if problem.value else f"{place}: {words}"


def _as_json(result: ImportResult, dry_run: bool) -> dict[str, object]:
    problems = [
        {
            "row": one.row,
            "column": one.column,
            "value": one.value,
            "code": one.code,
            "message": str(explain(one.code, one.params)),
        }
        for one in result.problems
    ]
    return {
        "dry_run": dry_run, "rows": result.rows, "created": result.created, "updated": result.updated,
        "unchanged": result.unchanged, "negatives": result.negatives, "problems": problems,
    }  # fmt: skip
