"""Services of a customer: contract, change, suspend, enable, cancel."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.decide.policy import ENDED, NOT_PAYING, PAYING, STATUSES, WAITING
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Customer, Service
from webapp.services import pages_customers, pages_services, previews, subscriptions
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.services.inputs import ServiceInput
from webapp.services.pages_services import Offer
from webapp.services.plan_sales import email_param
from webapp.services.service_store import KEPT
from webapp.web import conflicts, htmx
from webapp.web.access import SELLERS, requires
from webapp.web.forms.base import REQUIRED, edited_version, parse_input, show_refusal
from webapp.web.forms.services import EditServiceForm, NewServiceForm, ServiceForm, StatusForm, kept_statuses
from webapp.web.forms.services import status_choices as choices_of

bp = Blueprint("services", __name__)

OWN_FIELDS = (
    "status", "login", "address", "pause_from", "pause_until", "no_suspend_until", "no_suspend_reason", *KEPT,
)  # fmt: skip
# What may be taken away altogether; in texts an empty one says so itself.
EMPTIED = ("sold_on", "city", "value", "due_day", "contract_ends_on")
NEW_STATUSES = (PAYING[0], *WAITING)
STEPS: Mapping[str, tuple[str, ...]] = {"suspend": NOT_PAYING, "enable": PAYING[:1], "cancel": ENDED[:1]}


@bp.route("/customers/<int:customer_id>/services/new", methods=["GET", "POST"])
@requires(*SELLERS)
def new(customer_id: int) -> ResponseReturnValue:
    """Contract a plan; of its packages exactly those that are chosen."""
    customer = _customer_or_404(customer_id)
    form = _new_form()
    offer, status = _offer(form), 200
    if request.method == "GET" or "show" in request.form or not _shown_is_chosen(form):
        _propose_end(form, offer)
        return _new_page(form, customer, offer, 422 if form.plan_id.errors else 200)
    if form.validate_on_submit():
        try:
            subscriptions.upsert_service(form.code.data, _new_input(form, offer, customer.code), version=0)
        except ServiceError as error:
            db.session.rollback()
            status = show_refusal(form, error)
        else:
            return _back(customer_id, _("The service was saved."))
    elif form.errors:
        status = 422
    return _new_page(form, _customer_or_404(customer_id), _offer(form), status)


@bp.route("/services/<int:service_id>/edit", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(service_id: int) -> ResponseReturnValue:
    """Change a service's own data."""
    service = pages_customers.view_service(service_id)
    form, status = _edit_form(service), 200
    if form.validate_on_submit():
        try:
            given = _edit_input(form, service)
            subscriptions.upsert_service(service.code, given, version=edited_version(form))
        except ServiceError as error:
            db.session.rollback()
            edited = conflicts.Edited("service", service_id, lambda: _edit_form(_service_or_404(service_id)))
            status = conflicts.refuse(form, error, edited)
        else:
            return _back(service.customer_id, _("The service was saved."))
    elif form.errors:
        status = 422
    service = pages_customers.view_service(service_id)
    steps = pages_services.status_steps(service.status)
    context = {"form": form, "customer": service.customer, "service": service, "steps": steps}
    return render_template("customers/service_form.html", **context), status


@bp.get("/services/<int:service_id>/status")
@requires(*SELLERS)
def status(service_id: int) -> ResponseReturnValue:
    """Show what suspending, enabling or cancelling does, before it is done."""
    service = _service_or_404(service_id)
    step = request.args.get("to", "")
    if step not in STEPS:
        step = pages_services.status_steps(service.status)[0]
    chosen = request.args.get("status", "")
    if chosen not in STEPS[step]:
        chosen = next((one for one in STEPS[step] if one != service.status), STEPS[step][0])
    form = StatusForm(formdata=None, data={"version": service.version, "status": chosen})
    return _status_page(service, form, 200)


@bp.post("/services/<int:service_id>/status")
@requires(*SELLERS)
def change_status(service_id: int) -> ResponseReturnValue:
    """Enable, suspend or cancel; the platforms follow through the queue."""
    service = _service_or_404(service_id)
    form, code = StatusForm(), 422
    if form.status.data not in STATUSES:
        abort(422)
    if "show" in request.form:
        return _status_page(service, form, 200)
    if form.status.data in ENDED and not form.reason.data:
        form.reason.errors = [REQUIRED]
    elif form.validate():
        version = edited_version(form) if form.version.data else None
        try:
            subscriptions.set_status(service.code, form.status.data, form.reason.data or "", version)
        except ServiceError as error:
            db.session.rollback()
            code = show_refusal(form, error)
        else:
            return _back(service.customer_id, _("The status was changed; the platforms follow."))
    return _status_page(_service_or_404(service_id), form, code)


def _status_page(service: Service, form: StatusForm, code: int) -> ResponseReturnValue:
    chosen = form.status.data
    step = next((name for name, statuses in STEPS.items() if chosen in statuses), "enable")
    choices = STEPS[step] if chosen in STEPS[step] else (chosen,)
    form.status.choices = choices_of(choices)
    form.reason.flags.required = step == "cancel"
    # After a refusal the page shows the service as it is now, and the next try is about that one.
    form.version.data = str(service.version)
    # First, because it loads all that the page shows of the service.
    effects = previews.effects_of_status(service.id, chosen)
    context = {
        "service": service, "form": form, "step": step, "chosen": chosen, "choices": choices, "effects": effects,
    }  # fmt: skip
    return htmx.page_or_partial("customers/status.html", "customers/_status.html", context, code)


def _back(customer_id: int, message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("customers.detail", customer_id=customer_id), message)


def _customer_or_404(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    return customer


def _service_or_404(service_id: int) -> Service:
    service = db.session.get(Service, service_id)
    if service is None:
        abort(404)
    return service


def _new_form() -> NewServiceForm:
    if request.method == "POST":
        form = NewServiceForm()
    else:
        asked = NewServiceForm(formdata=request.args)
        names = ("plan_id", "packages", "email", "shown_plan", "proposed_end", "contract_ends_on", "value")
        data = {name: asked[name].data for name in names}
        sold_on = asked.sold_on.data if "sold_on" in request.args else current_hub().today()
        form = NewServiceForm(formdata=None, data={**data, "sold_on": sold_on})
    form.plan_id.choices = [("", _("Choose a plan")), *pages_services.plan_choices()]
    form.status.choices = choices_of(NEW_STATUSES)
    return form


def _offer(form: NewServiceForm) -> Offer | None:
    """What is ticked counts only for the plan that the ticks were shown for."""
    if form.plan_id.data is None:
        return None
    ticked = form.shown_plan.data == str(form.plan_id.data)
    chosen = set(form.packages.data or ()) if ticked else None
    return pages_services.plan_offer(form.plan_id.data, chosen, value=form.value.data, sold_on=form.sold_on.data)


def _shown_is_chosen(form: NewServiceForm) -> bool:
    """Whoever saw the packages of one plan and then took another one is shown those first."""
    shown = form.shown_plan.data or ""
    if not shown or form.plan_id.data is None or shown == str(form.plan_id.data):
        return True
    form.plan_id.errors = [str(explain("choice_changed"))]
    return False


def _propose_end(form: NewServiceForm, offer: Offer | None) -> None:
    """Propose the contract's end anew, unless somebody typed another one."""
    typed = form.contract_ends_on.data.isoformat() if form.contract_ends_on.data else ""
    if typed == (form.proposed_end.data or ""):
        form.contract_ends_on.raw_data = None
        form.contract_ends_on.data = offer.contract_ends_on if offer else None
    form.proposed_end.raw_data = None
    form.proposed_end.data = offer.contract_ends_on.isoformat() if offer and offer.contract_ends_on else ""


def _new_page(form: NewServiceForm, customer: Customer, offer: Offer | None, code: int) -> ResponseReturnValue:
    context = {"form": form, "customer": customer, "offer": offer, "service": None}
    return htmx.page_or_partial("customers/service_new.html", "customers/_offer.html", context, code)


def _new_input(form: NewServiceForm, offer: Offer | None, customer_code: str) -> ServiceInput:
    if not form.shown_plan.data:
        _propose_end(form, offer)
    values = _values(form, customer_code)
    if offer is not None:
        email = form.email.data or ""
        values["packages"] = [
            {"package_id": line.package.id, "params": email_param(line.package, email)}
            for line in offer.lines
            if line.chosen
        ]
    values |= {"plan_id": form.plan_id.data, "password": form.password.data or None}
    return parse_input(ServiceInput, values, emptied=EMPTIED)


def _edit_form(service: Service) -> EditServiceForm:
    form = EditServiceForm(data={name: getattr(service, name) for name in ("code", "version", *OWN_FIELDS)})
    form.code.data = service.code
    form.status.choices = choices_of(kept_statuses(service.status))
    return form


def _edit_input(form: EditServiceForm, service: Service) -> ServiceInput:
    password = "" if form.no_password.data else form.password.data or None
    values = {**_values(form, service.customer.code), "plan_id": service.plan_id, "password": password}
    return parse_input(ServiceInput, values, emptied=EMPTIED)


def _values(form: ServiceForm, customer_code: str) -> dict[str, Any]:
    return {**{name: form[name].data for name in OWN_FIELDS}, "customer_code": customer_code}
