"""What stands in the file with which an invoice is contested: titles and cells, in the language of the person."""

from flask_babel import gettext as _

from webapp.services.invoices.contest import Contested, local
from webapp.web.labels import label
from webapp.web.table_cells import Cell


def contest_titles() -> list[str]:
    """Return the titles of the columns."""
    return [
        _("Row of your invoice"), _("Subscriber"), _("Product"), _("Billed"), _("Right value"), _("Contested value"),
        _("Reason"), _("Time of the call (UTC)"), _("Time of the call (local)"), _("Id of the request"),
        _("HTTP status"), _("Your answer"),
    ]  # fmt: skip


def contest_cells(one: Contested) -> list[Cell]:
    """Return the cells of one line."""
    told = one.cancelled_at
    return [
        one.number, one.subject, one.item, one.billed, one.expected, one.contested,
        str(label("invoice_ground", one.verdict).text),
        told.isoformat().replace("+00:00", "Z") if told is not None else None,
        local(told) if told is not None else None, one.request_id or None, one.http_status, one.answer or None,
    ]  # fmt: skip
