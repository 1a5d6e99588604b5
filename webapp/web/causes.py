"""Reasons of lines and batches in words: with the names that the screens give to statuses and people."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from webapp.messages import explain
from webapp.web.facts import actor
from webapp.web.labels import label


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(cause_words=cause_words)


def cause_words(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return why a line, or a part of a batch, is what it is; empty where there is no reason to tell."""
    if not code:
        return ""
    told = dict(params or {})
    if "status" in told:
        told["status"] = f"“{label('service', str(told['status'])).text}”"
    if "by" in told:
        told["by"] = actor(str(told["by"]))
    return explain(code, told).cause
