"""The rows of a file that could not be used, as a file to mend and upload again: CSV and XLSX, safe to open."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp import lazy
from webapp.extensions import db
from webapp.models import SourcePull, SourcePullItem, SourceRow
from webapp.sources.formulas import harmless

if TYPE_CHECKING:
    import xlsxwriter  # type: ignore[import-untyped]
else:
    xlsxwriter = lazy.module("xlsxwriter")

COLUMNS = (
    "code", "name", "document", "email", "phone", "service_code", "plan", "status", "login", "packages",
)  # fmt: skip
MOST = 100_000

Line = tuple[str, ...]


def bad_lines(pull: SourcePull) -> Iterator[tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]]:
    """Return what each refused record says, as far as it is still kept, and its problems; ``row`` is its place."""
    rows = db.session.execute(
        select(SourcePullItem, SourceRow.payload)
        .outerjoin(
            SourceRow, (SourceRow.pull_id == SourcePullItem.pull_id) & (SourceRow.position == SourcePullItem.position)
        )
        .where(SourcePullItem.pull_id == pull.id, SourcePullItem.outcome == "refused")
        .order_by(SourcePullItem.id)
        .limit(MOST)
    )
    for item, payload in rows:
        yield _cells(item, payload or {}), item.problems


def as_csv(lines: Sequence[Line]) -> bytes:
    """Return lines as a CSV that spreadsheet programs in Brazil open by a double click."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Sequence[Line]) -> bytes:
    """Return lines as an XLSX in which every cell is text."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return content.getvalue()


def _cells(item: SourcePullItem, payload: Mapping[str, Any]) -> dict[str, str]:
    customer = payload.get("customer") or {"code": item.customer_code, "name": item.name}
    service = payload.get("service") or {}
    plan, status = service.get("plan") or ["", ""], service.get("status") or ["", ""]
    return {
        "row": str(payload.get("place", "")).rpartition(" ")[2],
        **{name: customer.get(name) or "" for name in COLUMNS[:5]},
        "service_code": service.get("code") or item.service_code,
        "plan": plan[1] or plan[0], "status": status[1] or status[0], "login": service.get("login") or "",
        "packages": "|".join(one["package"][1] or one["package"][0] for one in service.get("packages") or ()),
    }  # fmt: skip
