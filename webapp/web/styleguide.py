"""``/styleguide``: every part of the screens in each of its states, for who makes pages. In debug only.

Its words are English and go through no catalogue: nobody but us reads them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_decimal
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from webapp.clock import utc_now
from webapp.web import htmx
from webapp.web.access import READERS, requires
from webapp.web.charts import Series, Window, draw
from webapp.web.dashboard_charts import Chart
from webapp.web.forms.base import PageForm
from webapp.web.labels import KINDS

bp = Blueprint("styleguide", __name__)

# Of tokens.css and Tabler; styleguide.css paints a sample of each.
COLOURS = ("primary", "link", "body", "surface", "side", "line", "quiet", "danger", "toast", "chart-1", "chart-2")
SPACES = ("1", "2", "3", "4", "5", "6")
TEXTS = ("title", "head", "lead", "body", "note", "small")
BUTTONS = ("btn-primary", "", "btn-outline-primary", "btn-danger", "btn-outline-danger", "btn-ghost-danger",
           "btn-ghost-secondary")  # fmt: skip
STATES = ("account", "service", "outcome", "run", "alert", "content")
WORDS: Mapping[str, str] = {
    "colours": "Colours", "spaces": "Spaces", "texts": "Letters", "buttons": "Buttons", "states": "States",
    "messages": "Messages on a page", "table": "Table", "forms": "Forms", "charts": "Charts", "empty": "Empty",
    "figures": "Figures",
    "tabs": "Tabs", "menu": "Menu", "ask": "Question", "progress": "Progress", "button": "Do it", "off": "Not now",
    "cause": "What happened, in one sentence.", "text": "What follows from it, and the next step.",
    "question": "Take “Cinema” off? Maria can no longer watch it; it can be sold again.", "name": "Name",
    "one": "First", "two": "Second", "search": "Search", "value": "1.247",
}  # fmt: skip


class SampleForm(PageForm):
    """One field of each kind."""

    name = StringField("Name", [InputRequired("Fill in this field.")], description="As it stands on the bill.")
    kind = SelectField("Kind", choices=[("a", "First"), ("b", "Second")])
    note = TextAreaField("Note")
    active = BooleanField("Active", description="Can be switched on again at any time.")


@bp.get("/styleguide")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show everything once."""
    wrong, right = SampleForm(formdata=None, prefix="wrong"), SampleForm(formdata=None, name="Cinema")
    wrong.validate()
    context = {
        "w": WORDS, "colours": COLOURS, "spaces": SPACES, "texts": TEXTS, "buttons": BUTTONS, "wrong": wrong,
        "right": right, "states": {kind: KINDS[kind] for kind in STATES}, "chart": _chart(utc_now()),
        "flash_undo": {"text": WORDS["cause"], "undo": {"action": "/styleguide", "fields": {}}},
    }  # fmt: skip
    return render_template("styleguide/index.html", **context)


@bp.post("/styleguide")
@requires(*READERS)
def tried() -> ResponseReturnValue:
    """Where the samples lead: nothing is done."""
    return htmx.go_to("/styleguide", WORDS["cause"], undo=htmx.Undo("/styleguide"))


def _chart(now: datetime) -> Chart:
    times = [now - timedelta(hours=hours) for hours in range(168, 0, -12)]
    series = [
        Series(WORDS["one"], [1_000.0 + 20 * place for place in range(len(times))]),
        Series(WORDS["two"], [300.0 + 90 * (place % 4) for place in range(len(times))]),
    ]
    rows: Any = list(zip(times, zip(*(one.values for one in series), strict=True), strict=True))
    drawing = draw(Window(times[0], now, timedelta(hours=12)), times, series, 4)
    return Chart("sample", WORDS["charts"], WORDS["text"], drawing, format_decimal, format_date, rows)
