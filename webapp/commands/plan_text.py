"""A run as the command ``reconcile`` shows it: a table for people, plain values for machines."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Run, RunItem

HEAD = ("situation", "login", "before", "after", "action", "value", "outcome", "reason")
_ITEM = RunItem.__table__


def result_of(run: Run) -> dict[str, Any]:
    """Return a run with all its lines as plain values; leaves no transaction open."""
    found = {
        "id": run.id, "integration_id": run.integration_id, "integration": run.integration.description,
        "mode": run.mode, "reading": run.reading, "status": run.status, "counts": run.counts,
        "checksum": run.checksum, "limits": run.limits, "radius": run.radius,
        "findings": [
            {"code": one["code"], "text": str(explain(one["code"], one["params"]))}
            for one in run.certificate.get("findings", ())
        ],
        "message": str(explain(run.error_code, run.error_params)) if run.error_code else "",
        "items": list(_items(run.id)),
    }  # fmt: skip
    db.session.rollback()
    return found


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person reads of it: figures, the table, what would be lost and why, limits, the next step."""
    counts = ", ".join(f"{name} {count}" for name, count in result["counts"].items())
    yield f"{result['integration_id']} {result['integration']}: {result['status']}; {counts}"
    if result["message"]:
        yield f"  {result['message']}"
    yield from (f"  {finding['text']}" for finding in result["findings"])
    yield from (f"  {row}" for row in _table(result["items"]))
    if result["radius"].get("count"):
        yield from (f"  {row}" for row in _loss(result))


def _items(run_id: int) -> Iterator[dict[str, Any]]:
    wanted = select(_ITEM).where(_ITEM.c.run_id == run_id).order_by(_ITEM.c.id)
    for row in db.session.execute(wanted, execution_options={"yield_per": 500}):
        yield {
            "login": row.login, "situation": row.situation, "action": row.action, "outcome": row.outcome,
            "account_id": row.account_id, "before": row.before, "after": row.after, "cause": row.cause,
            "reason": _reason(row), "value": None if row.value is None else f"{row.value:.2f}",
        }  # fmt: skip


def _reason(row: Any) -> str:
    words = explain(row.cause, row.cause_params).cause if row.cause else ""
    return f"{words} {explain(row.error_code, row.error_params).cause}".strip() if row.error_code else words


def _table(items: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines as columns as wide as the widest of them; the reason comes last, whole."""
    if not items:
        return
    rows = [_cells(item) for item in items]
    widths = [max(len(row[place]) for row in (HEAD, *rows)) for place in range(len(HEAD) - 1)]
    for row in (HEAD, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _cells(item: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        item["situation"], item["login"], _facts(item["before"]), _facts(item["after"]), item["action"],
        item["value"] or "", item["outcome"], item["reason"],
    )  # fmt: skip


def _facts(side: Mapping[str, Any]) -> str:
    products = side.get("products") or ()
    return " ".join([str(side.get("state", "")), *([f"[{', '.join(products)}]"] if products else [])]).strip()


def _loss(result: Mapping[str, Any]) -> Iterator[str]:
    radius, limits = result["radius"], result["limits"]
    yield _(
        "%(accounts)s accounts lose content, R$ %(value)s a month:", accounts=radius["accounts"], value=radius["value"]
    )
    for cause in radius["causes"]:
        yield f"  {cause['percent']:g}% {explain(cause['code'], cause['params']).cause}"
    for example in radius["examples"]:
        yield _("  for example %(name)s (%(login)s)", name=example["name"] or "-", login=example["login"])
    if limits.get("hit"):
        yield str(explain(f"limit_{limits['hit']}", limits))
    yield _("Checksum: %(checksum)s", checksum=result["checksum"])
    if result["status"] == "staged" or (result["mode"] == "plan" and result["status"] == "done"):
        yield _(
            "To let exactly this go: sintonia reconcile --integration %(id)s --approve %(checksum)s",
            id=result["integration_id"], checksum=result["checksum"],
        )  # fmt: skip
