"""Sources of subscribers: list, form, test, push address, and what their words mean here."""

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.models import Source
from webapp.services import pages_mapping, pages_sources, source_mapping, source_reports, sources
from webapp.services.errors import Conflict, Invalid, ServiceError
from webapp.services.inputs import SourceInput
from webapp.services.pages_mapping import MappingView
from webapp.services.pages_sources import SourceAbility, SourceTraits
from webapp.services.tables import TABLES
from webapp.vault import VaultError
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.sources import MappingForm, SourceForm, form_class, form_data, form_values, read_mapping
from webapp.web.fresh import fresh, may_save
from webapp.web.tables import show

bp = Blueprint("sources", __name__, url_prefix="/sources")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List sources with how their last reading went."""
    shown = show(TABLES["sources"])
    context = {"shown": shown, "table": shown.table, "page": shown.page}
    return htmx.page_or_partial("sources/index.html", "sources/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Choose a kind, then fill in what it needs."""
    key = request.args.get("kind", "")
    if not key:
        return render_template("sources/choose.html", kinds=sources.all_traits())
    return _form_view(pages_sources.find_traits(key) or abort(404), None)


@bp.route("/<int:source_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(source_id: int) -> ResponseReturnValue:
    """Show what is to be done next, and change the settings; secrets are written, never shown."""
    source = sources.get_source(source_id)
    traits = pages_sources.find_traits(source.kind)
    if traits is None:
        return render_template("sources/gone.html", source=source)
    return _form_view(traits, source)


@bp.post("/<int:source_id>/test")
@requires(*ADMINS)
def test(source_id: int) -> ResponseReturnValue:
    """Try address and credentials now; a success ends a pause."""
    source = sources.get_source(source_id)
    traits = pages_sources.find_traits(source.kind)
    if traits is None or not traits.can(SourceAbility.CHECK):
        return htmx.go_to(url_for("sources.edit", source_id=source_id))
    report = sources.run_test(source_id)
    source = sources.get_source(source_id)
    return render_template("sources/test.html", source=source, trial=report, report=report.test, **_guided(source))


@bp.post("/<int:source_id>/active")
@requires(*ADMINS)
def set_active(source_id: int) -> ResponseReturnValue:
    """Inactivate or activate; an inactive source is not read, and nobody loses anything for it."""
    active = request.form.get("active") == "1"
    sources.set_source_active(source_id, active, reason=request.form.get("reason", "").strip()[:500])
    message = _("The source was activated.") if active else _("The source was inactivated.")
    undo = htmx.Undo(url_for("sources.set_active", source_id=source_id), {"active": str(int(not active))})
    return htmx.go_to(url_for("sources.index", active="all"), message, undo=undo)


@bp.post("/<int:source_id>/resume")
@requires(*ADMINS)
def resume(source_id: int) -> ResponseReturnValue:
    """End a pause by hand."""
    sources.resume_source(source_id)
    return htmx.go_to(url_for("sources.edit", source_id=source_id), _("The source is read again."))


@bp.post("/<int:source_id>/hook")
@requires(*ADMINS)
@fresh
def renew_hook(source_id: int) -> ResponseReturnValue:
    """Make a new push address; the old one works for a day."""
    sources.rotate_hook(source_id)
    message = _("The push address is new; the old one works for 24 hours.")
    return htmx.go_to(url_for("sources.edit", source_id=source_id), message)


@bp.route("/<int:source_id>/mapping", methods=["GET", "POST"])
@requires(*ADMINS)
def mapping(source_id: int) -> ResponseReturnValue:
    """Show what every word of the source means here, and decide it."""
    source = sources.get_source(source_id)
    view = pages_mapping.view_mapping(source)
    if request.method == "GET":
        return _mapping_page(view, MappingForm())
    if "accept" in request.form:
        return _decided(source_id, source_mapping.accept_suggestions(source_id))
    form = read_mapping(request.form, view)
    if form.errors:
        return _mapping_page(view, form, 422)
    try:
        return _decided(source_id, source_mapping.save_mapping(source_id, form.choices(view), form.seen_words(view)))
    except Invalid as error:
        form.add_problems(view, error.problems)
        return _mapping_page(view, form, 422)
    except Conflict:
        form.yield_to(view)
        return _mapping_page(view, form, 409)


@bp.post("/<int:source_id>/mapping/plans")
@requires(*ADMINS)
def create_plans(source_id: int) -> ResponseReturnValue:
    """Make the plans that the source has and the hub has not."""
    count = source_mapping.create_missing_plans(source_id)
    message = ngettext(
        "%(num)d plan was created with the value 0.00; give it its value when you know it.",
        "%(num)d plans were created with the value 0.00; give them their values when you know them.", count,
    )  # fmt: skip
    return htmx.go_to(url_for("sources.mapping", source_id=source_id), message)


def _form_view(traits: SourceTraits, source: Source | None) -> ResponseReturnValue:
    form = _form(traits, source)
    if request.method == "GET":
        return _form_page(form, traits, source)
    if not form.validate_on_submit():
        return _form_page(form, traits, source, 422)
    if not may_save(form):
        return _form_page(form, traits, source, 422)
    try:
        saved = _save(form, traits, source)
    except ServiceError as error:
        return _form_page(form, traits, source, _refused(form, error, traits, source))
    return _saved(saved)


def _form(traits: SourceTraits, source: Source | None) -> SourceForm:
    stored = sources.secret_names_set(source) if source else set()
    shown = sources.public_params(source) if source else {}
    return form_class(traits, stored)(data=form_data(source, traits, shown))


def _refused(form: SourceForm, error: ServiceError, traits: SourceTraits, source: Source | None) -> int:
    if source is None:
        return show_refusal(form, error)
    source_id = source.id
    edited = conflicts.Edited("source", source_id, lambda: _form(traits, sources.get_source(source_id)))
    return conflicts.refuse(form, error, edited)


def _save(form: SourceForm, traits: SourceTraits, source: Source | None) -> Source:
    given = parse_input(SourceInput, form_values(form, traits, source), emptied=("light_interval_s",))
    if source is None:
        return sources.create_source(given)
    return sources.update_source(source.id, given, version=form.version.data or "-")


def _saved(source: Source) -> ResponseReturnValue:
    flash(_("The source was saved."), "success")
    twin = sources.prefix_twin(source.id, source.code_prefix)
    if twin is not None:
        flash(
            _("%(other)s has the same prefix: where both have a customer 10, the hub takes them for one person.",
              other=twin.description),
            "warning",
        )  # fmt: skip
    return htmx.go_to(url_for("sources.edit", source_id=source.id))


def _form_page(
    form: SourceForm, traits: SourceTraits, source: Source | None, status: int = 200
) -> ResponseReturnValue:  # fmt: skip
    context: dict[str, Any] = {"form": form, "traits": traits, "source": source}
    if source is not None:
        context |= _guided(source)
        context["address"] = _address(source) if traits.can(SourceAbility.HINT) else None
        context["last"] = source_reports.last_test(source.id)
    return htmx.page_or_partial("sources/form.html", "sources/_form.html", context, status)


def _guided(source: Source) -> dict[str, Any]:
    traits, newest = pages_sources.find_traits(source.kind), pages_sources.newest_pull(source.id)
    return {
        "steps": pages_sources.guide(source),
        "newest": newest,
        "known": traits is not None,
        "waiting_file": newest is not None and (newest.mode, newest.status) == ("file", "ready"),
        "reads": bool(traits and traits.can(SourceAbility.FULL)),
        "tests": bool(traits and traits.can(SourceAbility.CHECK)),
    }


def _address(source: Source) -> str:
    """Return the push address; an empty text when its key is gone, and the page says so."""
    try:
        return sources.hook_url(source)
    except VaultError:
        return ""


def _decided(source_id: int, count: int) -> ResponseReturnValue:
    message = ngettext(
        "%(num)d word was decided; the next reading acts on it.",
        "%(num)d words were decided; the next reading acts on them.", count,
    )  # fmt: skip
    return htmx.go_to(url_for("sources.mapping", source_id=source_id), message)


def _mapping_page(view: MappingView, form: MappingForm, status: int = 200) -> ResponseReturnValue:
    context = {"view": view, "form": form, "status": status, **_guided(view.source)}
    return htmx.page_or_partial("sources/mapping.html", "sources/_mapping.html", context, status)
