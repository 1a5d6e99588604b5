"""The numbers in the menu, asked for only where it is shown, and once a request."""

from flask import Flask, g

from webapp.services import pages_frame


def register(app: Flask) -> None:
    """Give templates the numbers."""
    app.jinja_env.globals.update(open_alert_count=open_alerts, open_bulk_count=open_jobs)


def open_alerts() -> int:
    """Return how many alerts are open."""
    return _counts().alerts


def open_jobs() -> int:
    """Return how many jobs on many rows wait or go on."""
    return _counts().jobs


def _counts() -> pages_frame.Counts:
    if "menu_counts" not in g:
        g.menu_counts = pages_frame.menu_counts()
    counts: pages_frame.Counts = g.menu_counts
    return counts
