"""Packages of a service: what is sold, add, change, take off; each shows first what it does."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.services import pages_sales, previews, subscriptions
from webapp.services.errors import Invalid, NotFound, ServiceError
from webapp.services.preview_inputs import packages_with_products
from webapp.services.sales import hindrances
from webapp.web import conflicts, htmx
from webapp.web.access import READERS, SELLERS, requires
from webapp.web.forms.base import change_rows, show_refusal
from webapp.web.forms.sales import ReasonForm, SaleForm
from webapp.web.sale_desk import Desk, field_errors

bp = Blueprint("sales", __name__)
bp.add_app_template_global(pages_sales.search_text, "search_text")


@bp.get("/services/<int:service_id>/packages")
@requires(*READERS)
def index(service_id: int) -> ResponseReturnValue:
    """Show the packages of a service, what they are on the platforms, and what was sold before."""
    return render_template("sales/index.html", view=pages_sales.view_sales(service_id))


@bp.route("/services/<int:service_id>/packages/new", methods=["GET", "POST"])
@requires(*SELLERS)
def sell(service_id: int) -> ResponseReturnValue:
    """Choose a package, then fill in value and params."""
    package_id = request.args.get("package_id", type=int)
    desk = _new_desk(service_id, package_id) if package_id else None
    if desk is None:
        return _choose(service_id)
    refused = hindrances(desk.service, desk.package)
    if refused and request.method == "GET":
        return _choose(service_id, refused[0])
    return _answer(desk, _("The package was sold; the platform follows."))


@bp.post("/services/<int:service_id>/packages/preview")
@requires(*SELLERS)
def preview(service_id: int) -> ResponseReturnValue:
    """Show what the form would do; nothing is saved."""
    sale_id = request.args.get("sale_id", type=int)
    desk = _edit_desk(sale_id) if sale_id else _new_desk(service_id, request.args.get("package_id", type=int) or 0)
    if desk.service.id != service_id:
        abort(404)
    form = desk.form()
    return render_template("sales/_preview.html", **_previewed(desk, form, valid=form.validate()))


@bp.route("/service-packages/<int:sale_id>", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(sale_id: int) -> ResponseReturnValue:
    """Change value, dates or params of a package sold."""
    return _answer(_edit_desk(sale_id), _("The package was saved."))


@bp.route("/service-packages/<int:sale_id>/remove", methods=["GET", "POST"])
@requires(*SELLERS)
def remove(sale_id: int) -> ResponseReturnValue:
    """Take a package off a service, after showing what that does."""
    sale = subscriptions.get_sale(sale_id)
    service = pages_sales.view_service(sale.service_id)
    if sale.removed_at is not None:
        return _back(service.id, _("This package was removed already."))
    form, status = ReasonForm(), 200
    if form.validate_on_submit():
        subscriptions.remove_sale(sale_id, reason=form.reason.data or "")
        return _back(service.id, _("The package was removed; the platform follows."))
    if form.errors:
        status = 422
    context = {"form": form, "sale": sale, "service": service, "mandatory": pages_sales.is_mandatory(sale)}
    return render_template(
        "sales/remove.html", effects=previews.effects_of_removal(sale_id, loaded=service), **context
    ), status


def _new_desk(service_id: int, package_id: int) -> Desk:
    service = pages_sales.view_service(service_id)
    package = packages_with_products({package_id}).get(package_id)
    if package is None:
        raise NotFound("package_unknown", {"id": package_id})
    return Desk(service, package)


def _edit_desk(sale_id: int) -> Desk:
    sale = subscriptions.get_sale(sale_id)
    service = pages_sales.view_service(sale.service_id)
    if sale.removed_at is not None:
        raise NotFound("sale_removed", {"id": sale_id})
    return Desk(service, sale.package, sale)


def _choose(service_id: int, refused: Any = None) -> ResponseReturnValue:
    query = request.args.get("q", "")
    context = {"choices": pages_sales.view_choices(service_id, query), "query": query, "refused": refused}
    return render_template("sales/choose.html", **context)


def _answer(desk: Desk, message: str) -> ResponseReturnValue:
    """Show the form, add or drop a row, preview, or save: whichever button was pressed."""
    form, status = desk.form(), 200
    if request.method == "POST" and change_rows(form.free, request.form, "free"):
        return _page(desk, form)
    if request.method == "POST" and "preview" in request.form:
        valid = form.validate()
        return _page(desk, form, _previewed(desk, form, valid=valid, beside=True))
    if form.validate_on_submit():
        try:
            desk.save(form)
        except ServiceError as error:
            db.session.rollback()
            status = _refused(desk, form, error)
        else:
            return _back(desk.service.id, message)
    elif form.errors:
        status = 422
    return _page(desk, form), status


def _refused(desk: Desk, form: SaleForm, error: ServiceError) -> int:
    if desk.sale is None:
        return show_refusal(form, error)
    sale_id = desk.sale.id
    edited = conflicts.Edited("service_package", sale_id, lambda: _edit_desk(sale_id).form())
    return conflicts.refuse(form, error, edited)


def _previewed(desk: Desk, form: SaleForm, *, valid: bool, beside: bool = False) -> dict[str, Any]:
    """Return what a preview shows.

    Args:
        beside: put the problems on the form's fields; otherwise they are listed in the preview.
    """
    if not valid:
        return {"errors": [] if beside else field_errors(form, []), "effects": None}
    try:
        problems, effects = desk.problems(form), desk.effects(form)
    except Invalid as error:
        problems, effects = error.problems, None
    if beside:
        form.add_problems(problems)
    return {"errors": [] if beside else field_errors(form, problems), "effects": effects}


def _page(desk: Desk, form: SaleForm, previewed: dict[str, Any] | None = None) -> str:
    return render_template("sales/form.html", desk=desk, form=form, previewed=previewed)


def _back(service_id: int, message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("sales.index", service_id=service_id), message)
