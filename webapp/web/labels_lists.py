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
}
