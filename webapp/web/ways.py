"""Addresses of rows: those of one page differ by a number only, so a list works each kind out once."""

from typing import Any

from flask import Flask, g, url_for

# Stands in an address where the number comes; no other part of one has it.
STAND_IN = 2_147_480_969


def register(app: Flask) -> None:
    """Give templates ``way``."""
    app.jinja_env.globals.update(way=way)


def way(endpoint: str, name: str, number: int, **others: Any) -> str:
    """Return what ``url_for`` does, for the many rows of a list.

    Args:
        name: of the number in the address, which is an id.
        others: the same for all rows.
    """
    if "ways" not in g:
        g.ways = {}
    key = endpoint, *others.items()
    parts = g.ways.get(key)
    if parts is None:
        parts = g.ways[key] = url_for(endpoint, **others, **{name: STAND_IN}).split(str(STAND_IN))
    before, after = parts
    return f"{before}{number}{after}"
