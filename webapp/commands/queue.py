"""``converge`` and ``reconcile``: work the queue now; compare platforms with what should be."""

import json
from typing import Any

import click
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.commands.program import FAILED, LEFT_OVER, Program, opened, pass_program, progress_bar
from webapp.extensions import db
from webapp.jobs import drain
from webapp.messages import explain
from webapp.models import Integration, Run
from webapp.services.errors import Conflict
from webapp.services.integrations import get_integration
from webapp.services.reconciliation import start_run

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
            left = drain.converge(integration_id, until_idle=until_idle, progress=show)
        _tell_queue(before, left, as_json)
    if left:
        raise click.exceptions.Exit(LEFT_OVER)


@click.command("reconcile")
@integration_option
@click.option("--apply", is_flag=True, help="Mend what differs, within the limits; else only show it.")
@json_option
@pass_program
def reconcile_command(program: Program, integration_id: int | None, apply: bool, as_json: bool) -> None:
    """Compare platforms with what should be. Exit code 1 when one could not be compared."""
    with opened(program):
        ids = [integration_id] if integration_id is not None else _active_ids()
        results = [_compare(one, "apply" if apply else "plan") for one in ids]
        click.echo(json.dumps(results, ensure_ascii=False, indent=2)) if as_json else _tell_runs(results)
    if any(result["status"] in ("refused", "failed") for result in results):
        raise click.exceptions.Exit(FAILED)


def _tell_queue(before: int, left: int, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"due_before": before, "due_left": left}))
    elif left:
        click.echo(_("%(left)s accounts are still due. Run `sintonia doctor` to see what stops them.", left=left))
    else:
        click.echo(_("Nothing is due."))


def _active_ids() -> list[int]:
    ids = list(db.session.scalars(select(Integration.id).where(Integration.active).order_by(Integration.id)))
    db.session.rollback()
    return ids


def _compare(integration_id: int, mode: str) -> dict[str, Any]:
    try:
        with progress_bar(_("Reading accounts")) as show:
            return _result(start_run(integration_id, mode, progress=lambda read: show(read, 0)))
    except Conflict as error:
        # One integration that cannot be compared must not keep the others from it.
        db.session.rollback()
        return _refusal(integration_id, mode, str(explain(error.code, error.params)))


def _result(run: Run) -> dict[str, Any]:
    lines = [
        {
            "login": item.login, "situation": item.situation, "action": item.action, "outcome": item.outcome,
            "account_id": item.account_id, "before": item.before, "after": item.after,
        }
        for item in run.items
    ]  # fmt: skip
    return {
        "id": run.id, "integration_id": run.integration_id, "integration": run.integration.description,
        "mode": run.mode, "status": run.status, "counts": run.counts, "checksum": run.checksum,
        "message": str(explain(run.error_code, run.error_params)) if run.error_code else "", "items": lines,
    }  # fmt: skip


def _refusal(integration_id: int, mode: str, message: str) -> dict[str, Any]:
    description = get_integration(integration_id).description
    db.session.rollback()
    return {
        "id": None, "integration_id": integration_id, "integration": description, "mode": mode,
        "status": "refused", "counts": {}, "checksum": "", "message": message, "items": [],
    }  # fmt: skip


def _tell_runs(results: list[dict[str, Any]]) -> None:
    if not results:
        click.echo(_("There is no active Integration."))
    for result in results:
        counts = ", ".join(f"{name} {count}" for name, count in result["counts"].items())
        click.echo(f"{result['integration_id']} {result['integration']}: {result['status']}; {counts}")
        if result["message"]:
            click.echo(f"  {result['message']}")
        for line in result["items"]:
            click.echo(f"  {line['login']}: {line['situation']} -> {line['action']} ({line['outcome']})")
