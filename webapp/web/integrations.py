"""Content platforms: list, form, test, pause, callback address."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.validators import ValidationError as FieldError

from webapp.decide.params import INTEGRATION, specs_for
from webapp.gateways.contract import Traits
from webapp.gateways.registry import UnknownGateway, all_gateways, get_gateway
from webapp.models import Integration
from webapp.services import integrations, pages_platforms
from webapp.services.errors import ServiceError
from webapp.services.inputs import IntegrationInput
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import change_rows, parse_input, show_refusal
from webapp.web.forms.integrations import IntegrationForm, form_class, form_data, form_values

bp = Blueprint("integrations", __name__, url_prefix="/integrations")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List integrations with their callback addresses."""
    query, active = request.args.get("q", ""), request.args.get("active", "active")
    page = pages_platforms.list_integrations(query, active, request.args.get("cursor", ""))
    context = {
        "page": page, "query": query, "active": active, "callback_url": integrations.callback_url,
        "labels": {gateway.traits.key: gateway.traits.label for gateway in all_gateways()},
    }  # fmt: skip
    return htmx.page_or_partial("integrations/index.html", "integrations/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Choose a gateway, then fill in what it needs."""
    key = request.args.get("gateway", "")
    if not key:
        return render_template("integrations/choose.html", gateways=[gateway.traits for gateway in all_gateways()])
    traits = _traits_or_404(key)
    form, status = form_class(traits)(), 200
    if request.method == "POST" and change_rows(form.free, request.form, "free"):
        return _form_page(form, traits, None)
    if form.validate_on_submit():
        try:
            created = integrations.create_integration(_input(form, traits, set()))
        except (ServiceError, FieldError) as error:
            status = _refused(form, error)
        else:
            return htmx.go_to(url_for("integrations.edit", integration_id=created.id), _("The integration was saved."))
    elif form.errors:
        status = 422
    return _form_page(form, traits, None), status


@bp.route("/<int:integration_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(integration_id: int) -> ResponseReturnValue:
    """Show and change an integration; secrets are written, never shown."""
    integration = integrations.get_integration(integration_id)
    traits, stored = _traits_or_404(integration.gateway), integrations.secret_names_set(integration)
    start = form_data(integration, traits, integrations.public_params(integration))
    form, status = form_class(traits, stored)(data=start), 200
    if request.method == "POST" and change_rows(form.free, request.form, "free"):
        return _form_page(form, traits, integration)
    if form.validate_on_submit():
        try:
            given = _input(form, traits, stored, integration)
            integrations.update_integration(integration_id, given, version=int(form.version.data or 0))
        except (ServiceError, FieldError) as error:
            status = _refused(form, error)
        else:
            page = url_for("integrations.edit", integration_id=integration_id)
            return htmx.go_to(page, _("The integration was saved."))
    elif form.errors:
        status = 422
    return _form_page(form, traits, integrations.get_integration(integration_id)), status


@bp.post("/<int:integration_id>/test")
@requires(*ADMINS)
def test(integration_id: int) -> ResponseReturnValue:
    """Try the credentials on the platform now; a success ends a pause."""
    integration = integrations.get_integration(integration_id)
    steps = integrations.test_integration(integration_id)
    return render_template("integrations/test.html", integration=integration, steps=steps)


@bp.post("/<int:integration_id>/active")
@requires(*ADMINS)
def set_active(integration_id: int) -> ResponseReturnValue:
    """Inactivate or activate; an inactive integration sends nothing and forgets nothing."""
    active = request.form.get("active") == "1"
    integrations.set_integration_active(integration_id, active, reason=request.form.get("reason", "").strip()[:500])
    message = _("The integration was activated.") if active else _("The integration was inactivated.")
    return htmx.go_to(url_for("integrations.index", active="all"), message)


@bp.post("/<int:integration_id>/resume")
@requires(*ADMINS)
def resume(integration_id: int) -> ResponseReturnValue:
    """End a pause by hand."""
    integrations.resume_integration(integration_id)
    return htmx.go_to(url_for("dashboard.index"), _("The integration sends again."))


@bp.post("/<int:integration_id>/callback-token")
@requires(*ADMINS)
def renew_callback(integration_id: int) -> ResponseReturnValue:
    """Make a new callback address; the old one works for a day."""
    integrations.rotate_callback_token(integration_id)
    message = _("The callback address is new; the old one works for 24 hours.")
    return htmx.go_to(url_for("integrations.edit", integration_id=integration_id), message)


def _traits_or_404(key: str) -> Traits:
    try:
        return get_gateway(key).traits
    except UnknownGateway:
        abort(404)


def _input(
    form: IntegrationForm, traits: Traits, stored: set[str], integration: Integration | None = None
) -> IntegrationInput:
    kept: dict[str, Any] = {}
    if integration is not None:
        kept = {"active": integration.active, "status_rules": integration.status_rules}
    return parse_input(IntegrationInput, {**form_values(form, traits, stored), **kept})


def _refused(form: IntegrationForm, error: ServiceError | FieldError) -> int:
    if isinstance(error, FieldError):
        form.form_errors.append(str(error))
        return 422
    return show_refusal(form, error)


def _form_page(form: IntegrationForm, traits: Traits, integration: Integration | None) -> str:
    address = integrations.callback_url(integration) if integration else ""
    return render_template(
        "integrations/form.html", form=form, traits=traits, integration=integration,
        specs=specs_for(traits, INTEGRATION), callback_url=address,
    )  # fmt: skip
