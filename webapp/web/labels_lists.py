"""What lists are called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

TABLE: Mapping[str, Any] = {
    "customers": _("Customers"),
    "accounts_pending": _("Transmissions: pending"),
    "accounts_stuck": _("Transmissions: blocked"),
    "attempts": _("Transmissions: done"),
    "packages": _("Packages"),
    "plans": _("Services/Plans"),
    "products": _("Products"),
    "orphans": _("Orphan accounts"),
    "runs": _("Reconciliations"),
    "pulls": _("Readings"),
    "history": _("History"),
    "leaking_rights": _("Seats that leak: sold and there do not agree"),
    "leaking_seats": _("Seats that leak: suspended for long"),
    "invoice_lines": _("Lines of an invoice"),
    "never_used": _("Never used"),
}
