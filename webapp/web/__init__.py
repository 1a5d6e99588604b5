"""Pages: parse, authorise, call a service, render."""

from flask import Flask

from webapp.config import Settings
from webapp.web import (
    access,
    accounts,
    assets,
    callback,
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
    moves,
    once,
    packages,
    plans,
    products,
    recipes,
    runs,
    sales,
    security,
    services,
    sessions,
    setup,
    transmissions,
)

BLUEPRINTS = (
    setup.bp, dashboard.bp, customers.bp, services.bp, moves.bp, sales.bp, accounts.bp, transmissions.bp,
    runs.bp, history.bp, integrations.bp, recipes.bp, gateways.bp, products.bp, packages.bp, plans.bp, fragments.bp,
    callback.bp, health.bp,
)  # fmt: skip


def register(app: Flask, settings: Settings) -> None:
    """Bind sign-in, pages and fragments."""
    sessions.register(app)
    headers.register(app, settings)
    filters.register(app)
    facts.register(app)
    gateways.register(app)
    assets.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    security.register(app, settings)
    access.register(app)
    recipes.register(app)
    # Behind the door: who may not, sends nothing at all.
    once.register(app)
