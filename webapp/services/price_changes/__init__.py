"""New values of packages and plans from a day on: shown, planned, applied on that day, taken back."""

from webapp.services.price_changes.applying import apply_change, apply_due
from webapp.services.price_changes.listing import list_changes, list_items
from webapp.services.price_changes.planning import drop_change, get_change, plan_changes
from webapp.services.price_changes.previews import Item, Line, Order, Preview, preview_changes
from webapp.services.price_changes.returning import take_back

__all__ = [
    "Item", "Line", "Order", "Preview", "apply_change", "apply_due", "drop_change", "get_change", "list_changes",
    "list_items", "plan_changes", "preview_changes", "take_back",
]  # fmt: skip
