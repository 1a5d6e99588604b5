"""Customers: search, one customer with everything sold, and the forms."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.models import Customer
from webapp.services import customers, pages_customers, pages_plans
from webapp.services.errors import ServiceError
from webapp.services.inputs import CustomerInput
from webapp.web import htmx
from webapp.web.access import READERS, SELLERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.customers import CustomerForm, MigrateForm, StatusForm

bp = Blueprint("customers", __name__, url_prefix="/customers")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Search customers by name, document, code or e-mail."""
    query = request.args.get("q", "")
    page = pages_customers.find_customers(query, request.args.get("cursor", ""))
    return htmx.page_or_partial("customers/index.html", "customers/_table.html", {"page": page, "query": query})


@bp.route("/new", methods=["GET", "POST"])
@requires(*SELLERS)
def new() -> ResponseReturnValue:
    """Register a customer."""
    form, status = CustomerForm(), 200
    if form.validate_on_submit():
        try:
            customer, _created = customers.upsert_customer(form.code.data, _input(form), version=0)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("customers.detail", customer_id=customer.id), _("The customer was saved."))
    elif form.errors:
        status = 422
    return render_template("customers/form.html", form=form, customer=None), status


@bp.get("/<int:customer_id>")
@requires(*READERS)
def detail(customer_id: int) -> ResponseReturnValue:
    """Show one customer with services, packages, accounts and the last events."""
    view = pages_customers.view_customer(customer_id)
    return render_template("customers/detail.html", view=view, **_choices())


@bp.route("/<int:customer_id>/edit", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(customer_id: int) -> ResponseReturnValue:
    """Change a customer."""
    customer = _customer_or_404(customer_id)
    form, status = CustomerForm(obj=customer), 200
    form.code.data = customer.code
    if form.validate_on_submit():
        try:
            customers.upsert_customer(customer.code, _input(form), version=int(form.version.data or 0))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("customers.detail", customer_id=customer_id), _("The customer was saved."))
    elif form.errors:
        status = 422
    return render_template("customers/form.html", form=form, customer=_customer_or_404(customer_id)), status


def accounts_context(service_id: int) -> dict[str, Any]:
    """Return what the accounts of one service are shown with, on the page and polled."""
    service = pages_customers.view_service(service_id)
    accounts = pages_customers.accounts_of([service_id]).get(service_id, [])
    return {"service": service, "accounts": accounts}


def _choices() -> dict[str, Any]:
    """Return the small forms on a service's card."""
    migrate = MigrateForm(formdata=None)
    migrate.plan_id.choices = [(plan.id, plan.description) for plan in pages_plans.active_plans()]
    return {"status_form": StatusForm(formdata=None), "migrate_form": migrate, "statuses": STATUSES}


def _customer_or_404(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    return customer


def _input(form: CustomerForm) -> CustomerInput:
    fields = ("name", "document", "email", "phone")
    return parse_input(CustomerInput, {name: form[name].data or "" for name in fields})
