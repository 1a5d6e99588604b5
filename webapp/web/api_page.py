"""The API for people: what a program may ask, made from the document that programs read."""

import re

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from webapp.services.hub import current_hub
from webapp.web.access import READERS, requires
from webapp.web.api_reader import Node
from webapp.web.api_reference import group_names, overview, sheet

bp = Blueprint("api_page", __name__)

# Put there by the API: a function that returns the OpenAPI document.
DOCUMENT = "sintonia-openapi"
CODE = re.compile(r"``(.+?)``|`(.+?)`")
POINT = "* "


@bp.get("/api-docs")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show how to begin, every operation in short, and what every failure means."""
    return render_template("api/index.html", overview=overview(_document()))


@bp.get("/api-docs/<group>")
@requires(*READERS)
def show(group: str) -> ResponseReturnValue:
    """Show the operations of one group with their parameters, bodies and answers."""
    names = group_names(_document())
    if group not in names:
        abort(404)
    address = current_hub().settings.base_url or request.host_url.rstrip("/")
    return render_template("api/show.html", sheet=sheet(_document(), group, address), groups=names)


@bp.app_template_filter("with_code")
def with_code(text: str) -> Markup:
    """Return a text of the document as HTML: names between backticks as code."""
    parts = CODE.split(text)
    shown = [Markup("<code>{}</code>").format(part) if place % 3 else escape(part) for place, part in _known(parts)]
    return Markup("").join(shown)


@bp.app_template_filter("points")
def points(text: str) -> list[str]:
    """Return the points of a text that is a list, each as one line."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith(POINT):
            found.append(line.removeprefix(POINT))
        elif found and line.startswith("  "):
            found[-1] += " " + line.strip()
    return found


def _known(parts: list[str | None]) -> list[tuple[int, str]]:
    """Of the two ways to write a name only one was found."""
    return [(place, part) for place, part in enumerate(parts) if part]


def _document() -> Node:
    document: Node = current_app.extensions[DOCUMENT]()
    return document
