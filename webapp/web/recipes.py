"""The editor of recipes: new, copied or imported; checked while typing, previewed, tried, saved."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.gateways.contract import Operation
from webapp.messages import explain
from webapp.services import pages_gateways, recipe_texts, recipe_trials, recipes
from webapp.services.errors import Conflict
from webapp.services.recipe_trials import Draft, TrialResult
from webapp.web import htmx
from webapp.web.access import ADMINS, requires
from webapp.web.forms.recipes import (
    RecipeForm,
    example_data,
    form_class,
    offer_operations,
    trial_specs,
    trial_values,
    value_fields,
)
from webapp.web.fresh import is_fresh, may_save

bp = Blueprint("recipes", __name__, url_prefix="/gateways")

PAGE = "gateways/edit.html"
# Whoever only fetches a file, or asks whether we live, needs no gateway.
WITHOUT_GATEWAYS = ("static", "health.alive")


def register(app: Flask) -> None:
    """Before every request, notice a recipe that another process installed."""
    app.before_request(_refresh)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Write a recipe: from the small example, or from a copy of another one."""
    if request.method == "POST":
        return _save("")
    source = request.args.get("source", "")
    text = recipes.copy_text(source) if source else recipe_texts.starter_text()
    return _show("", text, "0.0")


@bp.post("/import")
@requires(*ADMINS)
def take_file() -> ResponseReturnValue:
    """Show a recipe from a file in the editor; nothing is saved yet."""
    file = request.files.get("file")
    text = file.read(recipe_texts.LARGEST_BYTES + 1).decode("utf-8-sig", "replace") if file is not None else ""
    if not text.strip():
        return _show("", recipe_texts.starter_text(), "0.0", status=422, wrong=_("Choose a file with a recipe."))
    key = recipe_texts.key_in(text)
    known = key if recipes.is_known(key) else ""
    return _show(known, text, recipes.edition(known) if known else "0.0")


@bp.route("/<key>/edit", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(key: str) -> ResponseReturnValue:
    """Change a recipe; of a bundled one a copy is changed, which then runs in its place."""
    if request.method == "POST":
        return _save(key)
    return _show(key, recipes.current_text(key), recipes.edition(key))


@bp.post("/check")
@requires(*ADMINS)
def check() -> ResponseReturnValue:
    """Say what is wrong with a text; nothing is kept."""
    text, key = request.form.get("text", ""), request.form.get("key", "")
    if not htmx.wants_fragment():
        return _show(key, text, request.form.get("base", ""))
    context = {"draft": recipe_trials.read_draft(text, key)}
    return htmx.page_or_partial(PAGE, "gateways/_problems.html", context)


@bp.post("/preview")
@requires(*ADMINS)
def preview() -> ResponseReturnValue:
    """Show the request that an operation would send; nothing is sent, nothing is kept."""
    return _try(recipe_trials.preview_operation, sends=False)


@bp.post("/try")
@requires(*ADMINS)
def send() -> ResponseReturnValue:
    """Send one operation for real, within the platform's time-outs, and show how it ended."""
    return _try(recipe_trials.try_operation, sends=True)


def _refresh() -> None:
    if request.endpoint not in WITHOUT_GATEWAYS:
        recipes.refresh()


def _save(key: str) -> ResponseReturnValue:
    form = request.form
    text, reason, base = form.get("text", ""), form.get("reason", "").strip()[:500], form.get("base", "")
    if not reason:
        return _show(key, text, base, status=422, wrong=str(explain("recipe_reason_missing")))
    # A recipe says to which address the secrets of its integrations go.
    if not is_fresh():
        return _show(key, text, base, status=422, unproved=True)
    try:
        version = recipes.save_version(text, reason=reason, base=base, key=key)
    except recipes.RecipeRefused:
        return _show(key, text, base, status=422)
    except Conflict as error:
        return _show(key, text, "", status=409, wrong=str(explain(error.code, error.params)), stale=True)
    message = _("Version %(number)s of %(gateway)s runs now.", number=version.number, gateway=version.key)
    return htmx.go_to(url_for("gateways.detail", key=version.key), message)


def _try(attempt: Callable[..., TrialResult], *, sends: bool) -> ResponseReturnValue:
    text, key = request.form.get("text", ""), request.form.get("key", "")
    draft = recipe_trials.read_draft(text, key)
    form = _form(draft, key, text, request.form.get("base", ""))
    trial: dict[str, Any] = {"sent": sends}
    if draft.problems or form.operation.data not in draft.operations:
        return _page(form, draft, trial, 422)
    if sends and not form.confirmed.data:
        return _page(form, draft, {**trial, "code": "trial_unconfirmed"}, 422)
    result = attempt(text, Operation(form.operation.data), trial_values(form, draft))
    # A tick is for one call.
    form.confirmed.data = False
    return _page(form, draft, {**trial, "result": result})


def _show(
    key: str, text: str, base: str, *, status: int = 200, wrong: str = "", stale: bool = False, unproved: bool = False
) -> ResponseReturnValue:
    """Show the editor; with what others saved meanwhile where that is in the way."""
    draft = recipe_trials.read_draft(text, key)
    theirs = key or recipe_texts.key_in(text)
    form = _form(draft, key, text, recipes.edition(theirs) if stale else base)
    if wrong:
        form.form_errors.append(wrong)
    if unproved:
        may_save(form)
    lines = pages_gateways.difference(recipes.running_text(theirs), recipe_texts.plain_text(text)) if stale else None
    return _page(form, draft, {"lines": lines}, status)


def _form(draft: Draft, key: str, text: str, base: str) -> RecipeForm:
    posted = request.form if request.method == "POST" and "text" in request.form else None
    form = form_class(draft)(formdata=posted, data=example_data(draft))
    form.key.data, form.base.data, form.text.data = key, base, text
    offer_operations(form, draft)
    return form


def _page(form: RecipeForm, draft: Draft, extra: dict[str, Any], status: int = 200) -> ResponseReturnValue:
    key = form.key.data
    specs = trial_specs(draft.traits) if draft.traits is not None else []
    context = {
        "form": form, "draft": draft, "key": key, "specs": specs,
        "values": value_fields(form, draft), "row": pages_gateways.origin_of(key) if key else None,
        "sources": [] if key else pages_gateways.copyable(), **extra,
    }  # fmt: skip
    return htmx.page_or_partial(PAGE, "gateways/_trial_result.html", context, status)
