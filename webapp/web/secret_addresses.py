"""Addresses that carry a secret: nobody to whom a page leads learns them, nobody keeps or indexes what they show.

The name of the hub alone may be told, never the path: without any referrer, the protection of forms refuses them all
over https (Flask-WTF asks for one of the same site there).
"""

from flask import Flask, Response, request

ARGUMENT = "token"


def register(app: Flask) -> None:
    """Bind it before all other headers: what is bound first has the last word on an answer."""
    app.after_request(_hide)


def _hide(response: Response) -> Response:
    if ARGUMENT in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "strict-origin"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
