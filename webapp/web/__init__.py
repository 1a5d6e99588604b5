"""Pages: parse, authorise, call a service, render."""

from flask import Flask

from webapp.config import Settings
from webapp.web import (
    access,
    accounts,
    alerts,
    api_page,
    approval,
    assets,
    callback,
    causes,
    channels,
    customers,
    dashboard,
    facts,
    filters,
    fragments,
    gateways,
    headers,
    health,
    history,
    integrations,
    kept,
    moves,
    observing,
    once,
    orphans,
    packages,
    plans,
    products,
    pulls,
    recipes,
    reconciliation_settings,
    runs,
    sales,
    security,
    services,
    sessions,
    setup,
    source_hook,
    sources,
    tokens,
    transmissions,
)

BLUEPRINTS = (
    setup.bp, dashboard.bp, alerts.bp, customers.bp, services.bp, moves.bp, sales.bp, accounts.bp, transmissions.bp,
    observing.bp, runs.bp, kept.bp, history.bp, integrations.bp, recipes.bp, gateways.bp, products.bp, packages.bp,
    plans.bp, fragments.bp, callback.bp, source_hook.bp, health.bp, tokens.bp, api_page.bp, pulls.bp, sources.bp,
    orphans.bp, reconciliation_settings.bp, channels.bp, approval.bp,
)  # fmt: skip


def register(app: Flask, settings: Settings) -> None:
    """Bind sign-in, pages and fragments."""
    sessions.register(app)
    headers.register(app, settings)
    filters.register(app)
    facts.register(app)
    causes.register(app)
    gateways.register(app)
    assets.register(app)
    alerts.register(app)
    orphans.register(app)
    channels.register(app)
    observing.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    security.register(app, settings)
    access.register(app)
    recipes.register(app)
    pulls.register(app)
    # Behind the door: who may not, sends nothing at all.
    once.register(app)
