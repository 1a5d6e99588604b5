"""Packages: list, form, where each is used."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.models import Package
from webapp.services import packages, pages_packages
from webapp.services.errors import ServiceError
from webapp.services.inputs import PackageInput
from webapp.services.pages_packages import ProductGroup, Use
from webapp.services.tables import TABLES
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, READERS, VALUERS, may, requires
from webapp.web.forms.base import change_rows, edited_version, parse_input, show_refusal
from webapp.web.forms.packages import PRODUCTS_OF, PackageForm
from webapp.web.reasons import reason_given
from webapp.web.tables import show

bp = Blueprint("packages", __name__, url_prefix="/packages")

DICI_FIELDS = ("technology", "medium", "product_kind", "speed_mbps")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List packages."""
    shown = show(TABLES["packages"])
    there = bool(shown.page.items) or pages_packages.has_packages()
    context = {"shown": shown, "table": shown.table, "page": shown.page, "any": there}
    return htmx.page_or_partial("packages/index.html", "packages/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*VALUERS)
def new() -> ResponseReturnValue:
    """Create a package; ``?integration_id=`` chooses the integration beforehand."""
    groups = pages_packages.product_groups()
    form, status = _form(groups), 200
    if _rows_changed(form):
        return _page(form, groups, added=True)
    if form.validate_on_submit():
        try:
            packages.create_package(_input(form, None))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("packages.index"), _("The package was saved."))
    elif form.errors:
        status = 422
    return _page(form, groups, status=status)


@bp.get("/<int:package_id>")
@requires(*READERS)
def edit(package_id: int) -> ResponseReturnValue:
    """Show a package and where it is used; who may change it gets a form."""
    package, use = pages_packages.view_package(package_id), pages_packages.use_of(package_id)
    groups = pages_packages.product_groups(package)
    return _page(_form(groups, package, use), groups, package, use)


@bp.post("/<int:package_id>")
@requires(*VALUERS)
def update(package_id: int) -> ResponseReturnValue:
    """Change a package."""
    package, use = pages_packages.view_package(package_id), pages_packages.use_of(package_id)
    groups = pages_packages.product_groups(package)
    form, status = _form(groups, package, use), 422
    if _rows_changed(form):
        return _page(form, groups, package, use, added=True)
    if form.validate_on_submit():
        try:
            packages.update_package(package_id, _input(form, package), version=edited_version(form))
        except ServiceError as error:
            status = conflicts.refuse(form, error, conflicts.Edited("package", package_id, lambda: _stored(package_id)))
        else:
            return htmx.go_to(url_for("packages.index"), _("The package was saved."))
    return _page(form, groups, package, use, status=status)


@bp.post("/<int:package_id>/active")
@requires(*ADMINS)
def set_active(package_id: int) -> ResponseReturnValue:
    """Inactivate or reactivate a package; what was sold stays sold."""
    active = request.form.get("active") == "1"
    packages.set_package_active(package_id, active, reason_given())
    undo = htmx.Undo(url_for("packages.set_active", package_id=package_id), {"active": str(int(not active))})
    if active:
        return htmx.go_to(url_for("packages.index", active="all"), _("The package was reactivated."), undo=undo)
    held = pages_packages.use_of(package_id).services
    kept = ngettext("%(num)d service keeps it.", "%(num)d services keep it.", held) if held else ""
    # Collectors of words do not look into f-strings.
    done = _("The package was inactivated.")
    return htmx.go_to(url_for("packages.index", active="all"), f"{done} {kept}".strip(), undo=undo)


def _rows_changed(form: PackageForm) -> bool:
    """Carry out the buttons beside the composition; they save nothing."""
    if request.method != "POST":
        return False
    if "composition-rest" in request.form:
        form.add_rest()
        return True
    return change_rows(form.composition, request.form, "composition")


def _form(groups: list[ProductGroup], package: Package | None = None, use: Use | None = None) -> PackageForm:
    wanted = request.args.get("integration_id", type=int)
    form = PackageForm(data=_data(package) if package else {"composition": [{}], "integration_id": wanted})
    form.product_codes.names = {
        group.integration.id: {product.code: product.name for product in group.products} for group in groups
    }
    choices = [(group.integration.id, group.integration.description) for group in groups]
    form.integration_id.choices = [("", _("None: sold without a platform")), *choices]
    if package and use and use.ever_sold:
        # Who has it has an account there; the use case would refuse any other choice.
        form.integration_id.choices = [
            choice for choice in form.integration_id.choices if choice[0] == (package.integration_id or "")
        ]
    return form


def _stored(package_id: int) -> PackageForm:
    package = pages_packages.view_package(package_id)
    return _form(pages_packages.product_groups(package), package, pages_packages.use_of(package_id))


def _data(package: Package) -> dict[str, Any]:
    names = ("version", "description", "code", "value", "accountant_note", "integration_id", "dici_type")
    speed = package.dici.get("speed_mbps")
    return {
        **{name: getattr(package, name) for name in names},
        **{f"dici_{name}": package.dici.get(name, "") for name in DICI_FIELDS},
        "dici_speed_mbps": None if speed is None else Decimal(speed),
        "composition": [
            {"description": row.description, "kind": row.kind, "value": row.value} for row in package.composition
        ],
        "product_codes": {package.integration_id: [product.code for product in package.products]},
    }


def _input(form: PackageForm, package: Package | None) -> PackageInput:
    dici = {name: form[f"dici_{name}"].data for name in DICI_FIELDS}
    values = {
        "active": package.active if package else True,
        "description": form.description.data,
        "code": form.code.data or None,
        "value": form["value"].data,
        "composition": form.composition_lines(),
        "integration_id": form.integration_id.data,
        "product_codes": form.product_codes.of(form.integration_id.data),
        "accountant_note": form.accountant_note.data or "",
        "dici": {"type": form.dici_type.data, **{name: given for name, given in dici.items() if given is not None}},
    }
    return parse_input(PackageInput, values)


def _page(
    form: PackageForm,
    groups: list[ProductGroup],
    package: Package | None = None,
    use: Use | None = None,
    *,
    added: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    shown = use or Use()
    context = {
        "form": form, "groups": groups, "package": package, "use": shown, "added": added,
        "editable": may(*VALUERS), "products_of": PRODUCTS_OF, "wrong": _wrong_tabs(form),
    }  # fmt: skip
    return render_template("packages/form.html", **context), status


def _wrong_tabs(form: PackageForm) -> set[str]:
    """Return the tabs on which something is marked."""
    tabs = {"integration_id": "integration", "product_codes": "integration"}
    return {
        "dici" if name.startswith("dici") else tabs.get(name, "general")
        for name, errors in form.errors.items()
        if name and errors
    }
