"""Pages: parse, authorise, call a service, render."""

from flask import Flask

from webapp.config import Settings
from webapp.web import (
    access,
    access_log,
    accounts,
    alerts,
    api_page,
    approval,
    assets,
    backups,
    callback,
    causes,
    channels,
    customers,
    dashboard,
    enrolling,
    facts,
    filters,
    fragments,
    gateways,
    headers,
    health,
    history,
    integrations,
    invite,
    kept,
    moves,
    observing,
    once,
    orphans,
    own,
    packages,
    passkeys,
    people,
    plans,
    privacy,
    products,
    prove,
    pulls,
    recipes,
    reconciliation_settings,
    runs,
    sales,
    second_factor,
    secret_addresses,
    security,
    services,
    sessions,
    setup,
    sign_in,
    source_hook,
    sources,
    strength,
    tokens,
    transmissions,
)

BLUEPRINTS = (
    setup.bp, dashboard.bp, alerts.bp, customers.bp, services.bp, moves.bp, sales.bp, accounts.bp, transmissions.bp,
    observing.bp, runs.bp, kept.bp, history.bp, integrations.bp, recipes.bp, gateways.bp, products.bp, packages.bp,
    plans.bp, fragments.bp, callback.bp, source_hook.bp, health.bp, tokens.bp, api_page.bp, pulls.bp, sources.bp,
    orphans.bp, privacy.bp, reconciliation_settings.bp, channels.bp, approval.bp, sign_in.bp, prove.bp,
    second_factor.bp, passkeys.bp, strength.bp, people.bp, own.bp, invite.bp, backups.bp,
)  # fmt: skip


def register(app: Flask, settings: Settings) -> None:
    """Bind sign-in, pages and fragments."""
    secret_addresses.register(app)
    sessions.register(app)
    headers.register(app, settings)
    filters.register(app)
    privacy.register(app)
    access_log.register(app)
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
    enrolling.register(app)
    recipes.register(app)
    pulls.register(app)
    # Behind the door: who may not, sends nothing at all.
    once.register(app)
