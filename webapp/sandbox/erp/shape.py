"""What the shapes of a fake ERP have in common: what was asked, and how it is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.erp.view import View
from webapp.sandbox.stage import Result
from webapp.sandbox.wire import Request

SECRETS = ("password", "client_secret", "token", "senha")
HTML = b"<!doctype html><html><head><title>Login</title></head><body><h1>Acesso ao sistema</h1></body></html>"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(slots=True)
class Asked:
    """One request to an ERP.

    Attributes:
        operation: as the ledger names it.
        args: what was sent, from the query and the body.
        page: counts from 0, in the order of reading; None = it is no list.
        look: it is about one customer or service.
        change: what it would change: ``inserted`` or ``written``; a reader must never cause one.
    """

    operation: str
    args: Mapping[str, Any] = field(default_factory=dict)
    page: int | None = None
    look: bool = False
    change: str | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """Return what the ledger says of it."""
        args = {name: "***" if name in SECRETS else value for name, value in self.args.items()}
        return {"args": args, "page": self.page, "look": self.look}


class Shape(Protocol):
    """One ERP's way to be asked and to answer."""

    def asked(self, request: Request, rest: list[str]) -> Asked:
        """Return what a request asks for; ``rest`` is the path under the shape."""

    def refusal(self, state: ErpState, request: Request, asked: Asked) -> Result | None:
        """Return the answer to somebody who is not let in, or None."""

    def answer(self, view: View, state: ErpState, asked: Asked) -> Result:
        """Answer one who is let in."""

    def nothing(self, asked: Asked) -> Result:
        """Answer as if all were well and nobody there."""

    def failure(self) -> Result:
        """Answer with an error, in this ERP's way."""


def args_of(request: Request) -> dict[str, Any]:
    """Return what a request says, in its query and in its body, be that JSON or a form."""
    if not request.body:
        return dict(request.query)
    if "form" in request.headers.get("content-type", ""):
        body: Any = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    else:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = {}
    return {**request.query, **(body if isinstance(body, dict) else {})}


def whole(value: Any, default: int | None = None) -> int | None:
    """Return a whole number from text or number; the default where it is none."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.isdecimal() else default


def page_html(status: int) -> Result:
    """Return a page for people where a program expects data."""
    return Result(status, None, raw=HTML, content_type=HTML_TYPE)
