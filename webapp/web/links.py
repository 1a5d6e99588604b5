"""Where the page of an object is, for whoever may open it."""

from collections.abc import Mapping

from flask import current_app, url_for

from webapp.services.history_names import Named
from webapp.web.access import PUBLIC, declared_access, may

# What has a page of its own: endpoint, and the name of the id in its address.
PAGES: Mapping[str, tuple[str, str]] = {
    "integration": ("integrations.edit", "integration_id"),
    "product": ("products.edit", "product_id"),
    "package": ("packages.edit", "package_id"),
    "plan": ("plans.edit", "plan_id"),
    "customer": ("customers.detail", "customer_id"),
    "service_package": ("sales.edit", "sale_id"),
    "run": ("runs.detail", "run_id"),
    "orphan": ("orphans.detail", "orphan_id"),
    "guided_move": ("guided_moves.detail", "move_id"),
    "invoice": ("invoices.detail", "invoice_id"),
    "source": ("sources.edit", "source_id"),
    "source_pull": ("pulls.detail", "pull_id"),
    "channel": ("channels.edit", "channel_id"),
}
# What stands on its customer's page.
PLACES: Mapping[str, str] = {"service": "service-{id}", "account": "account-{id}", "service_package": ""}
HOLDER = "customers.detail"
# A recipe is known by its key, which is its name.
RECIPE, RECIPE_PAGE = "recipe", "gateways.detail"


def page_of_object(named: Named | None) -> str | None:
    """Return the address; None when it has no page, or none that the reader may open."""
    if named is None:
        return None
    if named.kind == RECIPE and _may_open(RECIPE_PAGE):
        return url_for(RECIPE_PAGE, key=named.name)
    endpoint, argument = PAGES.get(named.kind, ("", ""))
    if endpoint and _may_open(endpoint):
        return url_for(endpoint, **{argument: named.id})
    if named.kind in PLACES and named.customer_id is not None and _may_open(HOLDER):
        anchor = PLACES[named.kind].format(id=named.id)
        return url_for(HOLDER, customer_id=named.customer_id, _anchor=anchor or None)
    return None


def _may_open(endpoint: str) -> bool:
    access = declared_access(current_app, endpoint)
    return access == PUBLIC or (access is not None and may(*access))
