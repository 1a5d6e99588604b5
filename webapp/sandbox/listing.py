"""One page of the listing, as the list dials leave it."""

from typing import Any

from webapp.sandbox.dials import Dials, Fault
from webapp.sandbox.stage import Result
from webapp.sandbox.tenants import Tenant

Rows = list[dict[str, Any]]
OWN_FAULTS = {"html": Fault(garbage="html"), "error": Fault(status=500)}


def page_of(tenant: Tenant, page: int, size: int) -> Result:
    """Return page ``page``, from 1, of ``size`` rows.

    ``list_fault`` strikes the page ``list_page``. Without that, ``half_page``, ``drop_page`` and
    ``repeat_page`` are about page 1 and the other faults about every page.
    """
    dials = tenant.dials
    rows = tenant.subscribers.rows(dials.lag_s, dials.show_cancelled)
    body: dict[str, Any] = {"subscribers": _cut(rows, page, size), "page": page, "total": len(rows)}
    result = Result(200, body)
    if dials.list_fault is not None:
        _spoil(result, rows, page, size, dials)
    result.facts = {"page": page, "rows": len(body["subscribers"])}
    return result


def _cut(rows: Rows, page: int, size: int) -> Rows:
    return rows[(page - 1) * size : page * size]


def _spoil(result: Result, rows: Rows, page: int, size: int, dials: Dials) -> None:
    """Change the page as the fault says; a fault about a page that is whole changes nothing."""
    body, kind, first = result.body, dials.list_fault, dials.list_page or 1
    here = page == first
    everywhere = dials.list_page is None or here
    if kind == "half_page" and here:
        body["subscribers"] = body["subscribers"][: len(body["subscribers"]) // 2]
    elif kind == "drop_page" and page >= first:
        body["subscribers"] = _cut(rows, page + 1, size)
    elif kind == "repeat_page" and page >= first:
        body["subscribers"] = _cut(rows, first, size)
    elif everywhere:
        _spoil_everywhere(result, dials)
    result.dials = [f"list_fault={kind}"]


def _spoil_everywhere(result: Result, dials: Dials) -> None:
    body, kind = result.body, dials.list_fault
    if kind == "empty":
        body["subscribers"] = []
        body["total"] = body["total"] if dials.list_page else 0
    elif kind == "wrong_total":
        body["total"] += dials.total_offset
    elif kind == "missing_total":
        del body["total"]
    else:
        result.fault = OWN_FAULTS.get(kind or "")
