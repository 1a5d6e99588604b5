"""What a page asks before it acts: by its script in a dialog, and without a script on a page of its own.

A form with a question carries it in the field ``ask``. The script, once a person agreed, leaves that field out; where
no script runs it comes along, and nothing is done before the page that asks has been answered.
"""

import re

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.web import htmx
from webapp.web.next_page import former_page

FIELD, VERB = "ask", "ask-verb"
QUOTED = re.compile("“[^”]*”")
# The page has a token of its own; the mark of a form that is sent once goes on with it.
LEFT_OUT = (FIELD, VERB, "csrf_token")


def register(app: Flask) -> None:
    """Stand behind the door and before the marks: a form that still has to ask has not been sent."""
    app.before_request(_ask)


def _ask() -> ResponseReturnValue | None:
    sent = request.method == "POST" and request.endpoint and current_user.is_authenticated
    question = request.form.get(FIELD, "") if sent and not htmx.is_htmx() else ""
    if not question:
        return None
    asks, tells = parted(question)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in LEFT_OUT]
    verb = request.form.get(VERB, "")
    return render_template("forms/asked.html", asks=asks, tells=tells, verb=verb, fields=fields, back=former_page())


def parted(text: str) -> tuple[str, str]:
    """Return the sentence that asks, which is the name of the page, and the others, which tell what follows from it."""
    # A name may have stops of its own.
    plain = QUOTED.sub(lambda name: "_" * len(name[0]), text)
    end = plain.find("?") + 1 or len(text)
    begin = plain.rfind(". ", 0, end) + 1
    return text[begin:end].strip(), (text[:begin] + text[end:]).strip()
