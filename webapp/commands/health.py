"""``doctor``: is the hub well, and what to do where it is not."""

import json

import click
from flask_babel import gettext as _

from webapp.commands.program import FAILED, Program, opened, pass_program
from webapp.messages import explain
from webapp.services.doctor import examine
from webapp.services.doctor_finding import FAIL, WARN, Finding

COLOURS = {FAIL: "red", WARN: "yellow"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def doctor_command(program: Program, as_json: bool) -> None:
    """Look the hub over; changes nothing. Exit code 1 when something fails."""
    with opened(program, migrate=False):
        findings = examine()
        _print_json(findings) if as_json else _print(findings)
    if any(finding.level == FAIL for finding in findings):
        raise click.exceptions.Exit(FAILED)


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        level = click.style(f"{finding.level:4}", fg=COLOURS.get(finding.level, "green"))
        click.echo(f"{level} {finding.name:12} {explain(finding.code, finding.params)}")
    bad = sum(finding.level != "ok" for finding in findings)
    click.echo(_("%(bad)s of %(count)s points need a look.", bad=bad, count=len(findings)))


def _print_json(findings: list[Finding]) -> None:
    rows = []
    for finding in findings:
        words = explain(finding.code, finding.params)
        rows.append(
            {"name": finding.name, "level": finding.level, "code": finding.code,
             "message": words.cause, "remedy": words.remedy}
        )  # fmt: skip
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
