"""Gateways: what each platform can do, who uses it, the versions of its recipe."""

from datetime import date

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.gateways import registry
from webapp.services import pages_gateways, recipes
from webapp.services.pages_gateways import BUNDLED
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.filters import day
from webapp.web.fresh import fresh

bp = Blueprint("gateways", __name__, url_prefix="/gateways")


def register(app: Flask) -> None:
    """Bind what the pages of gateways use."""
    app.jinja_env.filters.update(iso_day=iso_day)
    app.jinja_env.globals.update(gateway_row=pages_gateways.origin_of, whole_abilities=pages_gateways.whole_abilities)


def iso_day(text: str) -> str:
    """Return a date of a recipe as it is written locally."""
    return day(date.fromisoformat(text) if text else None)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List all gateways, the provider's own among them."""
    query = request.args.get("q", "")
    context = {"rows": pages_gateways.list_gateways(query), "query": query, "problems": registry.problems()}
    return htmx.page_or_partial("gateways/index.html", "gateways/_table.html", context)


@bp.get("/<key>")
@requires(*READERS)
def detail(key: str) -> ResponseReturnValue:
    """Show one gateway: what it can do, what it sends, who uses it."""
    view = pages_gateways.view_gateway(key)
    return render_template("gateways/detail.html", view=view, row=view.row, traits=view.row.traits)


@bp.get("/<key>/versions")
@requires(*ADMINS)
def versions(key: str) -> ResponseReturnValue:
    """List the versions of a recipe; with two of them named, also how they differ."""
    page = pages_gateways.list_versions(key, request.args.get("cursor", ""))
    old, new = request.args.get("old", ""), request.args.get("new", "")
    compared = pages_gateways.compare_versions(key, old, new) if old and new else None
    context = {
        "page": page, "key": key, "row": pages_gateways.origin_of(key), "compared": compared,
        "choices": pages_gateways.version_choices(key), "bundled": BUNDLED,
        "running": str(pages_gateways.active_number(key) or BUNDLED),
    }  # fmt: skip
    return htmx.page_or_partial("gateways/versions.html", "gateways/_versions.html", context)


@bp.get("/<key>/export")
@requires(*ADMINS)
def export(key: str) -> ResponseReturnValue:
    """Give a recipe as a file; it holds no secret, for those are params of an integration."""
    which = request.args.get("version", "")
    text = pages_gateways.version_text(key, which) if which else recipes.current_text(key)
    response = Response(text, mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}.toml"'
    return response


@bp.post("/<key>/versions/<int:number>/active")
@requires(*ADMINS)
@fresh
def activate(key: str, number: int) -> ResponseReturnValue:
    """Let another version run from now on."""
    recipes.activate_version(key, number, reason=request.form.get("reason", "").strip()[:500])
    message = _("Version %(number)s of %(gateway)s runs now.", number=number, gateway=key)
    return htmx.go_to(url_for("gateways.versions", key=key), message)


@bp.post("/<key>/remove")
@requires(*ADMINS)
@fresh
def remove(key: str) -> ResponseReturnValue:
    """Take the provider's own recipe out of use; its versions are kept."""
    recipes.remove_own(key, reason=request.form.get("reason", "").strip()[:500])
    return htmx.go_to(url_for("gateways.detail", key=key), _("The recipe is out of use; its versions are kept."))
