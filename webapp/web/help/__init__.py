"""The button "Help" in the head of every page: a few sentences, and the way into the guide.

Texts stand by area in the files beside. ``tests/web/test_help.py`` refuses a page without any.
"""

from collections.abc import Mapping

from flask import Flask, request, url_for

from webapp.web.help import activation, agenda, customers, daily, invoices, platforms, reports, seats, sources, system
from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    *daily.TOPICS, *agenda.TOPICS, *activation.TOPICS, *customers.TOPICS, *platforms.TOPICS,
    *sources.TOPICS, *system.TOPICS, *invoices.TOPICS, *seats.TOPICS, *reports.TOPICS,
)  # fmt: skip
BY_ENDPOINT: Mapping[str, Topic] = {endpoint: topic for topic in TOPICS for endpoint in topic.endpoints}


def register(app: Flask) -> None:
    """Bind what the layout asks for."""
    app.jinja_env.globals.update(help_here=help_here, guide_address=guide_address)


def help_here() -> Topic | None:
    """Return the help of the page that is being rendered; None where it has none."""
    return BY_ENDPOINT.get(request.endpoint or "")


def guide_address(place: str) -> str:
    """Return the address of a page and section of the guide, written ``page#section``."""
    page, _mark, section = place.partition("#")
    return url_for("guide.show", page=page, _anchor=section or None)
