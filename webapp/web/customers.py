"""Customers: search, one customer with everything sold, and the forms."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.models import Customer
from webapp.services import customers, pages_subscriber
from webapp.services.errors import ServiceError
from webapp.services.inputs import CustomerInput
from webapp.services.tables import TABLES
from webapp.web import conflicts, htmx
from webapp.web.access import READERS, SELLERS, requires
from webapp.web.forms.base import edited_version, parse_input, show_refusal
from webapp.web.forms.customers import CustomerForm
from webapp.web.tables import show

bp = Blueprint("customers", __name__, url_prefix="/customers")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Search customers by name, document, code or e-mail; narrow and sort them."""
    shown = show(TABLES["customers"])
    context = {"shown": shown, "table": shown.table, "page": shown.page}
    return htmx.page_or_partial("customers/index.html", "customers/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*SELLERS)
def new() -> ResponseReturnValue:
    """Register a customer; ``?transfer=`` leads back to the change of ownership that needs them."""
    form, status = CustomerForm(), 200
    if form.validate_on_submit():
        try:
            customer, _created = customers.upsert_customer(form.code.data, _input(form), version=0)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(_after_new(customer), _("The customer was saved."))
    elif form.errors:
        status = 422
    return render_template("customers/form.html", form=form, customer=None), status


@bp.get("/<int:customer_id>")
@requires(*READERS)
def detail(customer_id: int) -> ResponseReturnValue:
    """Show one customer: what can be watched, what happens next, services, packages, the newest events."""
    ended = request.args.get("services") == "all"
    after = request.args.get("after", 0, type=int)
    view = pages_subscriber.view_subscriber(customer_id, ended=ended, after=after)
    return htmx.page_or_partial("customers/detail.html", "customers/_services.html", {"view": view, "ended": ended})


@bp.route("/<int:customer_id>/edit", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(customer_id: int) -> ResponseReturnValue:
    """Change a customer."""
    customer = _customer_or_404(customer_id)
    form, status = _form(customer_id), 200
    if form.validate_on_submit():
        try:
            customers.upsert_customer(customer.code, _input(form), version=edited_version(form))
        except ServiceError as error:
            status = conflicts.refuse(
                form, error, conflicts.Edited("customer", customer_id, lambda: _form(customer_id))
            )
        else:
            return htmx.go_to(url_for("customers.detail", customer_id=customer_id), _("The customer was saved."))
    elif form.errors:
        status = 422
    return render_template("customers/form.html", form=form, customer=_customer_or_404(customer_id)), status


def _after_new(customer: Customer) -> str:
    service_id = request.args.get("transfer", type=int)
    if service_id is not None:
        return url_for("moves.transfer", service_id=service_id, customer_id=customer.id)
    return url_for("customers.detail", customer_id=customer.id)


def _customer_or_404(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    return customer


def _form(customer_id: int) -> CustomerForm:
    customer = _customer_or_404(customer_id)
    form = CustomerForm(obj=customer)
    # A code never changes, whatever was sent.
    form.code.data = customer.code
    return form


def _input(form: CustomerForm) -> CustomerInput:
    fields = ("name", "document", "email", "phone")
    return parse_input(CustomerInput, {name: form[name].data or "" for name in fields})
