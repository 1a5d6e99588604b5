"""Packages: list and form."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Package
from webapp.services import packages, pages_packages, pages_platforms
from webapp.services.errors import ServiceError
from webapp.services.inputs import PackageInput
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, VALUERS, requires
from webapp.web.forms.base import change_rows, parse_input, show_refusal
from webapp.web.forms.packages import PackageForm

bp = Blueprint("packages", __name__, url_prefix="/packages")

PRODUCT_FIELD = "product-{}"


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List packages."""
    query, active = request.args.get("q", ""), request.args.get("active", "active")
    page = pages_packages.list_packages(query, active, request.args.get("cursor", ""))
    context = {"page": page, "query": query, "active": active}
    return htmx.page_or_partial("packages/index.html", "packages/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*VALUERS)
def new() -> ResponseReturnValue:
    """Create a package."""
    form, status = _form(), 200
    if request.method == "POST" and change_rows(form.composition, request.form, "composition"):
        return _page(form, None)
    if form.validate_on_submit():
        try:
            packages.create_package(_input(form, None))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("packages.index"), _("The package was saved."))
    elif form.errors:
        status = 422
    return _page(form, None), status


@bp.route("/<int:package_id>", methods=["GET", "POST"])
@requires(*VALUERS)
def edit(package_id: int) -> ResponseReturnValue:
    """Show and change a package."""
    package = packages.get_package(package_id)
    form, status = _form(package), 200
    if request.method == "POST" and change_rows(form.composition, request.form, "composition"):
        return _page(form, package)
    if form.validate_on_submit():
        try:
            packages.update_package(package_id, _input(form, package), version=int(form.version.data or 0))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("packages.index"), _("The package was saved."))
    elif form.errors:
        status = 422
    return _page(form, packages.get_package(package_id)), status


@bp.post("/<int:package_id>/active")
@requires(*ADMINS)
def set_active(package_id: int) -> ResponseReturnValue:
    """Inactivate or activate a package; what was sold stays sold."""
    packages.set_package_active(package_id, request.form.get("active") == "1")
    return htmx.go_to(url_for("packages.index", active="all"), _("The package was saved."))


def _form(package: Package | None = None) -> PackageForm:
    form = PackageForm(data=_data(package) if package else {"composition": [{}]})
    choices = [(row.id, row.description) for row in pages_platforms.active_integrations()]
    if package and package.integration and package.integration_id not in dict(choices):
        choices.append((package.integration.id, package.integration.description))
    form.integration_id.choices = [("", _("None: sold without a platform")), *choices]
    return form


def _data(package: Package) -> dict[str, Any]:
    names = ("version", "description", "code", "value", "accountant_note", "integration_id", "dici_type")
    lines = [{"description": row.description, "kind": row.kind, "value": row.value} for row in package.composition]
    return {**{name: getattr(package, name) for name in names}, "composition": lines}


def _input(form: PackageForm, package: Package | None) -> PackageInput:
    integration_id = form.integration_id.data
    lines = [row.data for row in form.composition.entries if row.data["description"] or row.data["value"]]
    kept = {"dici": dict(package.dici), "active": package.active} if package else {"dici": {}}
    values = {
        **kept,
        "description": form.description.data,
        "code": form.code.data or None,
        "value": form.value.data,
        "composition": [{name: line[name] for name in ("description", "kind", "value")} for line in lines],
        "integration_id": integration_id,
        "product_codes": request.form.getlist(PRODUCT_FIELD.format(integration_id)) if integration_id else [],
        "accountant_note": form.accountant_note.data or "",
    }
    values["dici"]["type"] = form.dici_type.data
    return parse_input(PackageInput, values)


def _page(form: PackageForm, package: Package | None) -> str:
    groups = pages_platforms.product_choices()
    if package and package.integration_id:
        known = {product.id for product in groups.get(package.integration_id, [])}
        extra = [product for product in package.products if product.id not in known]
        groups.setdefault(package.integration_id, []).extend(extra)
    return render_template(
        "packages/form.html", form=form, package=package, groups=groups, chosen=_chosen(package),
        product_field=PRODUCT_FIELD, sold=pages_packages.live_sales(package.id) if package else 0,
    )  # fmt: skip


def _chosen(package: Package | None) -> set[tuple[int, str]]:
    """Return (integration id, product code) of the ticked boxes, also of a form that was refused."""
    if request.method == "POST":
        return {
            (int(name.removeprefix("product-")), code)
            for name in request.form
            if name.startswith("product-") and name.removeprefix("product-").isdecimal()
            for code in request.form.getlist(name)
        }
    return {(product.integration_id, product.code) for product in package.products} if package else set()
