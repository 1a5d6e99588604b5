"""JSON that others send: whatever is wrong with it is one error, which Flask answers as 400 or takes as no JSON."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class Provider(DefaultJSONProvider):
    """Flask's own, except that text which is nested too deep is malformed, and no fault of the hub."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a text.

        Raises:
            ValueError: it is no JSON, or nested deeper than anybody needs (about a thousand).
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


def register(app: Flask) -> None:
    """Read every body of the pages, the API and the callbacks so; before Flask-Security-Too, which builds upon it."""
    app.json_provider_class = Provider
    app.json = Provider(app)
