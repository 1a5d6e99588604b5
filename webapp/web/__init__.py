"""Pages: parse, authorise, call a service, render."""

from flask import Flask

from webapp.config import Settings
from webapp.web import (
    access,
    access_log,
    accounts,
    activation,
    agenda,
    alerts,
    api_page,
    approval,
    asked,
    assets,
    backups,
    bulk,
    callback,
    campaigns,
    causes,
    channels,
    compression,
    conflicts,
    cookies,
    costs,
    customers,
    dashboard,
    enrolling,
    facts,
    filters,
    first_run,
    fragments,
    frame,
    gateways,
    guide,
    guided_moves,
    headers,
    health,
    help,
    history,
    integrations,
    invite,
    invoices,
    kept,
    languages,
    menu,
    menu_counts,
    months,
    moves,
    never_used,
    observing,
    once,
    orphans,
    own,
    packages,
    passkeys,
    password_link,
    people,
    plans,
    practice,
    preferences,
    price_changes,
    privacy,
    products,
    prove,
    pulls,
    receipts,
    recipes,
    reconciliation_settings,
    report_cities,
    reports,
    request_ids,
    runs,
    sales,
    search,
    seats,
    second_factor,
    secret_addresses,
    security,
    services,
    sessions,
    setup,
    shell,
    sign_in,
    source_hook,
    sources,
    strength,
    styleguide,
    system,
    table_desk,
    table_views,
    timeline,
    tokens,
    transmissions,
    ways,
    why,
    why_mends,
    why_words,
    wording,
)

BLUEPRINTS = (
    setup.bp, dashboard.bp, alerts.bp, customers.bp, services.bp, moves.bp, sales.bp, accounts.bp, transmissions.bp,
    why.bp, timeline.bp,
    observing.bp, runs.bp, kept.bp, history.bp, integrations.bp, recipes.bp, gateways.bp, products.bp, packages.bp,
    plans.bp, fragments.bp, callback.bp, source_hook.bp, health.bp, tokens.bp, api_page.bp, pulls.bp, sources.bp,
    orphans.bp, invoices.bp, privacy.bp, reconciliation_settings.bp, channels.bp, approval.bp, activation.bp,
    password_link.bp, never_used.bp, sign_in.bp, prove.bp,
    second_factor.bp, passkeys.bp, strength.bp, people.bp, own.bp, invite.bp, backups.bp, bulk.bp, system.bp,
    search.bp, preferences.bp, shell.bp,
    first_run.bp, practice.bp, table_desk.bp,
    table_views.bp, agenda.bp, campaigns.bp, price_changes.bp, guided_moves.bp,
    guide.bp, reports.bp, report_cities.bp, receipts.bp, seats.bp, costs.bp,
)  # fmt: skip


def register(app: Flask, settings: Settings) -> None:
    """Bind sign-in, pages and fragments."""
    request_ids.register(app)
    secret_addresses.register(app)
    sessions.register(app)
    headers.register(app, settings)
    compression.register(app)
    filters.register(app)
    cookies.register(app)
    languages.register(app)
    wording.register(app)
    ways.register(app)
    menu.register(app)
    menu_counts.register(app)
    frame.register(app)
    privacy.register(app)
    access_log.register(app)
    facts.register(app)
    help.register(app)
    causes.register(app)
    why_words.register(app)
    why_mends.register(app)
    gateways.register(app)
    assets.register(app)
    alerts.register(app)
    orphans.register(app)
    bulk.register(app)
    channels.register(app)
    activation.register(app)
    observing.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.debug:
        app.register_blueprint(styleguide.bp)
    security.register(app, settings)
    access.register(app)
    enrolling.register(app)
    recipes.register(app)
    pulls.register(app)
    reports.register(app)
    months.register(app)
    receipts.register(app)
    table_desk.register(app)
    # Behind the door: who may not, sends nothing at all.
    asked.register(app)
    conflicts.register(app)
    once.register(app)
