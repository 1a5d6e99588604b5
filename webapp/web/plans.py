"""Internet plans: list, form, copy; new values and longer contracts stand in ``plan_changes``."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Plan
from webapp.services import pages_plans, plans
from webapp.services.errors import ServiceError
from webapp.services.inputs import PlanInput
from webapp.services.tables import TABLES
from webapp.web import conflicts, htmx, plan_changes
from webapp.web.access import ADMINS, READERS, may, requires
from webapp.web.forms.base import edited_version, parse_input, show_refusal, what_was_sent
from webapp.web.forms.plans import PlanForm
from webapp.web.reasons import reason_given
from webapp.web.tables import show

bp = Blueprint("plans", __name__, url_prefix="/plans")
for name, view in (("readjust", plan_changes.readjust), ("renew", plan_changes.renew)):
    bp.add_url_rule(f"/<int:plan_id>/{name}", name, view, methods=["GET", "POST"])

SPEEDS = ("download_kbps", "upload_kbps", "contract_months")
OWN_FIELDS = ("description", "value", "technology", *SPEEDS, "band_control", "lock_packages")
LONGEST_NAME = 200


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List plans."""
    shown = show(TABLES["plans"])
    context = {"shown": shown, "table": shown.table, "page": shown.page}
    return htmx.page_or_partial("plans/index.html", "plans/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Create a plan, from nothing or as a copy; nothing is saved before the form is."""
    clone = request.args.get("clone", type=int)
    source = pages_plans.view_plan(clone) if clone else None
    form, status = _form(None, source), 200
    if request.method == "POST" and form.pressed(request.form):
        return _page(form, None, source)
    if form.validate_on_submit():
        try:
            plans.create_plan(_input(form, active=True))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("plans.index"), _("The plan was saved."))
    elif form.errors:
        status = 422
    return _page(form, None, source), status


@bp.get("/<int:plan_id>")
@requires(*READERS)
def edit(plan_id: int) -> ResponseReturnValue:
    """Show a plan: as a form to those who may change it, as a page to the others."""
    plan = pages_plans.view_plan(plan_id)
    if not may(*ADMINS):
        return render_template("plans/view.html", row=pages_plans.plan_row(plan))
    return _page(_form(plan), plan)


@bp.post("/<int:plan_id>")
@requires(*ADMINS)
def save(plan_id: int) -> ResponseReturnValue:
    """Change a plan; services that exist keep their packages."""
    plan = plans.get_plan(plan_id)
    form, status = _form(plan), 422
    if form.pressed(request.form):
        return _page(form, plan)
    if form.validate_on_submit():
        try:
            plans.update_plan(plan_id, _input(form, active=plan.active), version=edited_version(form))
        except ServiceError as error:
            edited = conflicts.Edited("plan", plan_id, lambda: _form(pages_plans.view_plan(plan_id)))
            status = conflicts.refuse(form, error, edited)
        else:
            return htmx.go_to(url_for("plans.index"), _("The plan was saved."))
    return _page(form, plans.get_plan(plan_id)), status


@bp.post("/<int:plan_id>/active")
@requires(*ADMINS)
def set_active(plan_id: int) -> ResponseReturnValue:
    """Inactivate or activate a plan; who has it keeps it."""
    active = request.form.get("active") == "1"
    plans.set_plan_active(plan_id, active, reason_given())
    said = _("The plan is on offer again.") if active else _("The plan was inactivated; who has it keeps it.")
    undo = htmx.Undo(url_for("plans.set_active", plan_id=plan_id), {"active": str(int(not active))})
    return htmx.go_to(url_for("plans.index", active="all"), said, undo=undo)


def _form(plan: Plan | None, source: Plan | None = None) -> PlanForm:
    packages = pages_plans.packages_for_plan(plan)
    origin = plan or source
    links = [link for link in origin.packages if link.package_id in packages] if origin else []
    rows = [{"package_id": link.package_id, "mandatory": link.mandatory} for link in links]
    own = {name: getattr(origin, name) for name in OWN_FIELDS} if origin else {}
    if source:
        own["description"] = _copy_of(source)
    form = PlanForm(data={**own, "version": plan.version if plan else None, "packages": rows})
    form.fit(packages, {link.package_id: link.params for link in links}, what_was_sent())
    return form


def _copy_of(source: Plan) -> str:
    name = _("Copy of %(plan)s", plan=source.description)[: LONGEST_NAME - 6]
    taken = pages_plans.taken_descriptions(name)
    numbers = range(2, len(taken) + 3)
    return next(text for text in (name, *(f"{name} ({number})" for number in numbers)) if text not in taken)


def _input(form: PlanForm, *, active: bool) -> PlanInput:
    values: dict[str, Any] = {name: form[name].data for name in OWN_FIELDS}
    packages = [
        {"package_id": row.data["package_id"], "mandatory": row.data["mandatory"], "params": preset.given()}
        for row, preset in form.chosen()
    ]
    zeros = {name: values[name] or 0 for name in SPEEDS}
    return parse_input(PlanInput, {**values, **zeros, "active": active, "packages": packages})


def _page(form: PlanForm, plan: Plan | None, source: Plan | None = None) -> str:
    action = url_for("plans.save", plan_id=plan.id) if plan else url_for("plans.new", clone=source and source.id)
    context: dict[str, Any] = {"form": form, "plan": plan, "action": action}
    if htmx.wants_fragment():
        return render_template("plans/_packages.html", **context)
    left_out = [link.package for link in source.packages if link.package_id not in form.offered] if source else []
    return render_template(
        "plans/form.html", **context, source=source, left_out=left_out, technologies=pages_plans.technologies(),
        row=pages_plans.plan_row(plan) if plan else None,
    )  # fmt: skip
