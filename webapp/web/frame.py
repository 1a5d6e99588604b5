"""Parts of the frame that say the same to all with the same language, roles and choices: made once, and kept.

The menu, the sheet of keys and the dialogs stand around every page and were most of its work. A part is rendered by
itself: it sees what is common to all pages, what it is given, and nothing of the page around it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from flask import Flask, current_app, request
from flask_babel import get_locale
from markupsafe import Markup

from webapp.web.cookies import shortcuts_on

# A part takes some kilobytes; there is one for each language, set of roles and entry of the menu that are in use.
MOST_KEPT = 500
Value = str | int | frozenset[str]
Given = tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Reader:
    """All that any kept part may know of who reads it: it is the same for equal readers.

    Who that is, is no part of it: pages for nobody in particular have a frame, too, also while the database is away.

    Attributes:
        root: where the hub stands below its host; addresses begin with it.
        shortcuts: single keys do something.
    """

    root: str
    language: str
    shortcuts: bool


def register(app: Flask) -> None:
    """Give templates their parts, and the application its own memory of them."""
    made = lru_cache(MOST_KEPT)(_make)
    app.jinja_env.globals.update(frame_part=partial(frame_part, made))


def frame_part(made: Callable[[str, Reader, Given], Markup], name: str, **given: Value) -> Markup:
    """Return a part of the frame.

    Args:
        made: makes one, or has it.
        name: of a template in ``layouts``.
        given: what else it depends on, and may use: ``roles`` where it asks what the person may.
    """
    # Whoever works on a template wants to see it anew.
    chosen = _make if current_app.debug else made
    return chosen(name, _reader(), tuple(sorted(given.items())))


def _make(name: str, _reader: Reader, given: Given) -> Markup:
    # Not by Flask's way, which asks who is signed in: that needs the database, and is no part of what is kept.
    template = current_app.jinja_env.get_template(f"layouts/{name}")
    return Markup(template.render(dict(given)))  # noqa: S704 - a template, which escapes


def _reader() -> Reader:
    return Reader(request.script_root, str(get_locale()), shortcuts_on())
