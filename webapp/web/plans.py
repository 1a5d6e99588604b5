"""Internet plans: list and form."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Plan
from webapp.services import pages_packages, pages_plans, plans
from webapp.services.errors import ServiceError
from webapp.services.inputs import PlanInput
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import change_rows, parse_input, show_refusal
from webapp.web.forms.plans import PlanForm

bp = Blueprint("plans", __name__, url_prefix="/plans")

OWN_FIELDS = ("description", "value", "technology", "download_kbps", "upload_kbps", "band_control", "lock_packages")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List plans."""
    query, active = request.args.get("q", ""), request.args.get("active", "active")
    page = pages_plans.list_plans(query, active, request.args.get("cursor", ""))
    context = {"page": page, "query": query, "active": active}
    return htmx.page_or_partial("plans/index.html", "plans/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Create a plan."""
    form, status = _form(), 200
    if request.method == "POST" and change_rows(form.packages, request.form, "packages"):
        return _page(form, None)
    if form.validate_on_submit():
        try:
            plans.create_plan(_input(form, None))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("plans.index"), _("The plan was saved."))
    elif form.errors:
        status = 422
    return _page(form, None), status


@bp.route("/<int:plan_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(plan_id: int) -> ResponseReturnValue:
    """Show and change a plan; services that exist keep their packages."""
    plan = plans.get_plan(plan_id)
    form, status = _form(plan), 200
    if request.method == "POST" and change_rows(form.packages, request.form, "packages"):
        return _page(form, plan)
    if form.validate_on_submit():
        try:
            plans.update_plan(plan_id, _input(form, plan), version=int(form.version.data or 0))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("plans.index"), _("The plan was saved."))
    elif form.errors:
        status = 422
    return _page(form, plans.get_plan(plan_id)), status


@bp.post("/<int:plan_id>/active")
@requires(*ADMINS)
def set_active(plan_id: int) -> ResponseReturnValue:
    """Inactivate or activate a plan."""
    plans.set_plan_active(plan_id, request.form.get("active") == "1")
    return htmx.go_to(url_for("plans.index", active="all"), _("The plan was saved."))


def _form(plan: Plan | None = None) -> PlanForm:
    form = PlanForm(data=_data(plan) if plan else None)
    _fill_choices(form, plan)
    return form


def _data(plan: Plan) -> dict[str, Any]:
    rows = [{"package_id": link.package_id, "mandatory": link.mandatory} for link in plan.packages]
    return {**{name: getattr(plan, name) for name in ("version", *OWN_FIELDS)}, "packages": rows}


def _fill_choices(form: PlanForm, plan: Plan | None) -> None:
    choices = {row.id: row.description for row in pages_packages.active_packages()}
    for link in plan.packages if plan else []:
        choices.setdefault(link.package_id, link.package.description)
    for row in form.packages.entries:
        row.form.package_id.choices = [("", _("Choose a package")), *choices.items()]


def _input(form: PlanForm, plan: Plan | None) -> PlanInput:
    params = {link.package_id: dict(link.params) for link in plan.packages} if plan else {}
    rows = [row.data for row in form.packages.entries if row.data["package_id"] is not None]
    values = {name: form[name].data for name in OWN_FIELDS}
    values["download_kbps"] = values["download_kbps"] or 0
    values["upload_kbps"] = values["upload_kbps"] or 0
    values["active"] = plan.active if plan else True
    values["packages"] = [
        {"package_id": row["package_id"], "mandatory": row["mandatory"], "params": params.get(row["package_id"], {})}
        for row in rows
    ]
    return parse_input(PlanInput, values)


def _page(form: PlanForm, plan: Plan | None) -> str:
    _fill_choices(form, plan)
    return render_template("plans/form.html", form=form, plan=plan)
