"""``reconcile``: compare platforms with what should be; show the plan, carry it out, approve what waits."""

import json
from typing import Any

import click
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.commands import plan_text
from webapp.commands.program import FAILED, Program, opened, pass_program, progress_bar
from webapp.commands.queue import integration_option, json_option
from webapp.extensions import db
from webapp.jobs.runs import hand_over, is_served
from webapp.messages import explain
from webapp.models import Integration, Run
from webapp.models.run import STAGED
from webapp.services import epoch, runs
from webapp.services.errors import Conflict
from webapp.services.integrations import get_integration

GOING = ("applying", "staged")
NOT_COMPARED = ("refused", "failed")


@click.command("reconcile")
@integration_option
@click.option("--apply", is_flag=True, help="Mend what differs, within the limits; else only show it.")
@click.option(
    "--approve",
    metavar="CHECKSUM",
    help="Let go the batch that waits with this checksum, or make the plan anew and carry it out if it is the same.",
)
@json_option
@pass_program
def reconcile_command(
    program: Program, integration_id: int | None, apply: bool, approve: str | None, as_json: bool
) -> None:
    """Compare platforms with what should be.

    With --approve, exactly the plan with this checksum is carried out, with --apply beside it or without.
    Exit code 1 when one could not be compared, or when no plan has the checksum that is approved.
    """
    with opened(program):
        if apply or approve:
            epoch.refuse()
        ids = [integration_id] if integration_id is not None else _active_ids()
        found, same = _approved(ids, approve) if approve else ([_compare(one, apply=apply) for one in ids], True)
        results = _carried_on(found) if (apply or approve) and same else found
        click.echo(json.dumps(results, ensure_ascii=False, indent=2)) if as_json else _tell(results)
        if not same:
            raise click.ClickException(_("No plan has this checksum, so nothing was done. Look at the plan above."))
    if any(result["status"] in NOT_COMPARED for result in results):
        raise click.exceptions.Exit(FAILED)


def _active_ids() -> list[int]:
    ids = list(db.session.scalars(select(Integration.id).where(Integration.active).order_by(Integration.id)))
    db.session.rollback()
    return ids


def _compare(integration_id: int, *, apply: bool) -> dict[str, Any]:
    mode = "apply" if apply else "plan"
    try:
        with progress_bar(_("Reading accounts")) as show:
            run = runs.start_run(integration_id, mode, progress=lambda read: show(read, 0))
    except Conflict as error:
        # One integration that cannot be compared must not keep the others from it.
        db.session.rollback()
        return _refusal(integration_id, mode, str(explain(error.code, error.params)))
    return plan_text.result_of(run)


def _approved(ids: list[int], checksum: str) -> tuple[list[dict[str, Any]], bool]:
    """Return results, and whether the checksum was that of a plan, which is under way then."""
    waiting = _waiting(ids, checksum)
    if waiting is not None:
        return [plan_text.result_of(runs.approve_run(waiting, checksum))], True
    plans = [_compare(one, apply=False) for one in ids]
    same = [plan for plan in plans if plan["checksum"] == checksum and plan["status"] == "done"]
    if not same:
        return plans, False
    return [plan_text.result_of(runs.apply_plan(plan["id"], checksum)) for plan in same], True


def _waiting(ids: list[int], checksum: str) -> int | None:
    wanted = select(Run.id).where(
        Run.integration_id.in_(ids), Run.status == STAGED, Run.checksum == checksum
    )  # fmt: skip
    found = db.session.scalar(wanted.order_by(Run.id.desc()).limit(1))
    db.session.rollback()
    return found


def _carried_on(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hand to the queue what may go now; what is sent by whom is told with the results."""
    if not any(result["status"] in GOING for result in results):
        return results
    hand_over()
    return [result if result["id"] is None else plan_text.result_of(runs.get_run(result["id"])) for result in results]


def _refusal(integration_id: int, mode: str, message: str) -> dict[str, Any]:
    description = get_integration(integration_id).description
    db.session.rollback()
    return {
        "id": None, "integration_id": integration_id, "integration": description, "mode": mode, "reading": "full",
        "status": "refused", "counts": {}, "checksum": "", "limits": {}, "radius": {}, "findings": [],
        "message": message, "items": [],
    }  # fmt: skip


def _tell(results: list[dict[str, Any]]) -> None:
    if not results:
        click.echo(_("There is no active Integration."))
    for result in results:
        for line in plan_text.lines(result):
            click.echo(line)
    if any(result["status"] in GOING and result["mode"] == "apply" for result in results):
        click.echo(
            _("The server sends it.") if is_served() else _("Run `sintonia converge --until-idle` to send it now.")
        )
