"""``source``: list the sources, and read one now."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp import clock
from webapp.commands.program import FAILED, Program, opened, pass_program, progress_bar
from webapp.decide.certificate import load
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import SourcePull, SourcePullItem
from webapp.services import source_pulls, sources
from webapp.services.errors import Conflict
from webapp.services.source_pulls.leases import WORKABLE

# What a person must look at: nothing of it, or not all of it, was made.
TROUBLE = ("failed", "refused", "held", "staged", "stopped")
SHOW_S = 0.5
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group("source")
def source() -> None:
    """ERPs and spreadsheets from which customers come."""


@source.command("list")
@json_option
@pass_program
def list_command(program: Program, as_json: bool) -> None:
    """List all sources with their last reading."""
    with opened(program):
        rows = [_source(one.id) for one in sources.list_sources()]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        for row in rows:
            last = row["last_pull"] or {}
            click.echo(f"{row['id']} {row['description']} ({row['kind']}): {last.get('status', '-')}")
        if not rows:
            click.echo(_("There is no source yet. Make one on the page Sources."))


@source.command("pull")
@click.argument("source_id", type=int, metavar="ID")
@click.option("--dry-run", is_flag=True, help="Read and compare; write nothing.")
@json_option
@pass_program
def pull_command(program: Program, source_id: int, dry_run: bool, as_json: bool) -> None:
    """Read a source now. Exit code 1 when not everything could be made; the words say what to do."""
    with opened(program):
        pull_id = source_pulls.request_pull(source_id, dry_run=dry_run).id
        with _progress(pull_id):
            _work(pull_id)
        result = _result(source_pulls.get_pull(pull_id))
        click.echo(json.dumps(result, ensure_ascii=False, indent=2)) if as_json else _tell(result)
    if result["status"] in TROUBLE or result["message"] or (dry_run and result["findings"]):
        raise click.exceptions.Exit(FAILED)


def _work(pull_id: int) -> None:
    """Do it here, or wait for the server beside us when its worker was quicker."""
    try:
        source_pulls.work(pull_id)
    except Conflict:
        db.session.rollback()
        while source_pulls.get_pull(pull_id).status in WORKABLE:
            db.session.rollback()
            clock.sleep(SHOW_S)


@contextmanager
def _progress(pull_id: int) -> Iterator[None]:
    """Show on standard error how far the pull is, as its row says; nothing where no person looks on."""
    done = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def follow(show: Callable[[int, int], None]) -> None:
        while not done.wait(SHOW_S):
            with app.app_context(), db.engine.connect().execution_options(reads_only=True) as connection:
                table = SourcePull.__table__
                row = connection.execute(select(table).where(table.c.id == pull_id)).one_or_none()
                if row is not None:
                    applying = row.status == "applying"
                    show(row.applied if applying else row.records, (row.records if applying else row.total) or 0)

    with progress_bar(_("Reading the source")) as show:
        thread = threading.Thread(target=follow, args=(show,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _source(source_id: int) -> dict[str, Any]:
    one = sources.get_source(source_id)
    last = db.session.scalars(
        select(SourcePull).where(SourcePull.source_id == source_id).order_by(SourcePull.id.desc()).limit(1)
    ).one_or_none()
    return {
        "id": one.id, "description": one.description, "kind": one.kind, "active": one.active,
        "paused": one.paused_code, "full_due_at": one.full_due_at and one.full_due_at.isoformat(),
        "last_pull": last and {"id": last.id, "mode": last.mode, "status": last.status, "counts": last.counts},
    }  # fmt: skip


def _result(pull: SourcePull) -> dict[str, Any]:
    found = db.session.scalars(
        select(SourcePullItem).where(SourcePullItem.pull_id == pull.id).order_by(SourcePullItem.id)
    )
    items = [
        {
            "customer_code": item.customer_code, "service_code": item.service_code, "direction": item.direction,
            "outcome": item.outcome, "changes": item.changes,
            "problems": [{**one, "message": str(explain(one["code"], one["params"]))} for one in item.problems],
        }
        for item in found
    ]  # fmt: skip
    findings = [
        {"code": one.code, "message": str(explain(one.code, one.params))}
        for one in source_pulls.causes(load(pull.certificate), pull.counts)
    ]
    return {
        "id": pull.id, "source_id": pull.source_id, "dry_run": pull.dry_run, "status": pull.status,
        "records": pull.records, "counts": pull.counts, "findings": findings, "checksum": pull.checksum,
        "message": str(explain(pull.error_code, pull.error_params)) if pull.error_code else "", "items": items,
    }  # fmt: skip


def _tell(result: dict[str, Any]) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in result["counts"].items() if count)
    click.echo(f"{result['id']}: {result['status']}; {counts or '-'}")
    for line in [result["message"], *(finding["message"] for finding in result["findings"])]:
        if line:
            click.echo(f"  {line}")
    for item in result["items"]:
        click.echo(f"  {item['service_code'] or item['customer_code']} ({item['outcome']}): {_words(item)}".rstrip())
    if result["status"] == "staged":
        click.echo(_("Approve or reject what waits on the page of the reading %(id)s.", id=result["id"]))
    if result["dry_run"]:
        click.echo(_("Nothing was written."))


def _words(item: dict[str, Any]) -> str:
    changes = [f"{one['what']} {one['field']}: {one['before']} -> {one['after']}" for one in item["changes"]]
    return "; ".join([*changes, *(problem["message"] for problem in item["problems"])])
