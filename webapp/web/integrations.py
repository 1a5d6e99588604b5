"""Content platforms: list, form, test, pause, callback address."""

from collections.abc import Iterable

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError as FieldError

from webapp.decide.params import INTEGRATION, specs_for
from webapp.gateways.contract import Traits
from webapp.gateways.registry import all_gateways
from webapp.models import Integration
from webapp.services import integration_reports, integrations, pages_platforms
from webapp.services.clock_skew import skew_of
from webapp.services.errors import ServiceError
from webapp.services.inputs import IntegrationInput
from webapp.services.integration_params import lookalikes, unknown_problems
from webapp.services.integration_rules import account_count
from webapp.services.tables import TABLES
from webapp.vault import VaultError
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, READERS, may, requires
from webapp.web.forms.base import change_rows, parse_input, show_refusal, what_was_sent
from webapp.web.forms.gateway_change import carry_over, rows_in_place
from webapp.web.forms.integrations import IntegrationForm, form_class, form_data, form_values
from webapp.web.fresh import fresh, may_save
from webapp.web.tables import show

bp = Blueprint("integrations", __name__, url_prefix="/integrations")

# Tells which gateway's fields the form shows; the select may say another one already.
FIELDS_OF = "fields_of"


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List integrations; their callback addresses are for administrators only."""
    shown = show(TABLES["integrations"])
    context = {
        "shown": shown, "table": shown.table, "page": shown.page,
        "addresses": _addresses(shown.page.items) if may(*ADMINS) else {},
        "labels": {gateway.traits.key: gateway.traits.label for gateway in all_gateways()},
    }  # fmt: skip
    return htmx.page_or_partial("integrations/index.html", "integrations/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Choose a gateway, then fill in what it needs."""
    key = request.form.get(FIELDS_OF) or request.args.get("gateway", "")
    if not key:
        return render_template("integrations/choose.html", gateways=[gateway.traits for gateway in all_gateways()])
    return _form_view(_traits_or_404(key), None)


@bp.route("/<int:integration_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(integration_id: int) -> ResponseReturnValue:
    """Show and change an integration; secrets are written, never shown."""
    integration = integrations.get_integration(integration_id)
    traits = pages_platforms.find_traits(request.form.get(FIELDS_OF) or integration.gateway)
    if traits is None:
        return render_template("integrations/gone.html", integration=integration)
    return _form_view(traits, integration)


@bp.post("/<int:integration_id>/test")
@requires(*ADMINS)
def test(integration_id: int) -> ResponseReturnValue:
    """Try the credentials on the platform now, within its time-outs; a success ends a pause."""
    if not pages_platforms.has_gateway(integrations.get_integration(integration_id)):
        return htmx.go_to(url_for("integrations.edit", integration_id=integration_id))
    report = integration_reports.run_test(integration_id)
    integration = integrations.get_integration(integration_id)
    can_sync = pages_platforms.has_product_list(integration)
    return render_template("integrations/test.html", integration=integration, report=report, can_sync=can_sync)


@bp.post("/<int:integration_id>/active")
@requires(*ADMINS)
def set_active(integration_id: int) -> ResponseReturnValue:
    """Inactivate or activate; an inactive integration sends nothing and forgets nothing."""
    active = request.form.get("active") == "1"
    integrations.set_integration_active(integration_id, active, reason=request.form.get("reason", "").strip()[:500])
    message = _("The integration was activated.") if active else _("The integration was inactivated.")
    fields = {"active": str(int(not active))}
    undo = htmx.Undo(url_for("integrations.set_active", integration_id=integration_id), fields)
    return htmx.go_to(url_for("integrations.index", active="all"), message, undo=undo)


@bp.post("/<int:integration_id>/resume")
@requires(*ADMINS)
def resume(integration_id: int) -> ResponseReturnValue:
    """End a pause by hand."""
    integrations.resume_integration(integration_id)
    return htmx.go_to(url_for("dashboard.index"), _("The integration sends again."))


@bp.post("/<int:integration_id>/callback-token")
@requires(*ADMINS)
@fresh
def renew_callback(integration_id: int) -> ResponseReturnValue:
    """Make a new callback address; the old one works for a day."""
    integrations.rotate_callback_token(integration_id)
    message = _("The callback address is new; the old one works for 24 hours.")
    return htmx.go_to(url_for("integrations.edit", integration_id=integration_id), message)


def _traits_or_404(key: str) -> Traits:
    return pages_platforms.find_traits(key) or abort(404)


def _form_view(traits: Traits, integration: Integration | None) -> ResponseReturnValue:
    """Show the form, show it again with other rows or another gateway, or save it."""
    if request.method == "GET":
        return _form_page(_form(traits, integration), traits, integration)
    chosen = _traits_or_404(request.form.get("gateway") or traits.key)
    if chosen.key != traits.key:
        return _switched(traits, chosen, integration)
    form = _form(traits, integration)
    if "change-gateway" in request.form or change_rows(form.free, request.form, "free"):
        return _form_page(form, traits, integration)
    form = _form(traits, integration, rows_in_place(request.form, traits))
    if not form.validate_on_submit():
        form.add_problems(unknown_problems(traits, _row_names(form)))
        return _form_page(form, traits, integration, 422)
    if not may_save(form):
        return _form_page(form, traits, integration, 422)
    try:
        saved = _save(form, traits, integration)
    except (ServiceError, FieldError) as error:
        return _form_page(form, traits, integration, _refused(form, error, integration))
    return _saved(saved, traits)


def _switched(old: Traits, new: Traits, integration: Integration | None) -> ResponseReturnValue:
    """Show the new gateway's fields with what fits of what was typed; nothing is saved yet."""
    carried = carry_over(request.form, old, new, _stored(old, integration))
    form = _form(new, integration, carried.fields)
    return _form_page(form, new, integration, switched=(old, carried.lost))


def _form(traits: Traits, integration: Integration | None, sent: MultiDict[str, str] | None = None) -> IntegrationForm:
    """Return the form, filled from what was sent, else from the integration."""
    start = {"gateway": traits.key}
    if integration is not None and integration.gateway == traits.key:
        start = form_data(integration, traits, integrations.public_params(integration))
    formdata = what_was_sent() if sent is None else sent
    form = form_class(traits, _stored(traits, integration))(formdata=formdata, data=start)
    form.gateway.choices = [(gateway.traits.key, gateway.traits.label) for gateway in all_gateways()]
    return form


def _stored(traits: Traits, integration: Integration | None) -> set[str]:
    """Return the stored secrets; those of another gateway do not count."""
    same = integration is not None and integration.gateway == traits.key
    return integrations.secret_names_set(integration) if integration is not None and same else set()


def _save(form: IntegrationForm, traits: Traits, integration: Integration | None) -> Integration:
    values = form_values(form, traits, _stored(traits, integration))
    if integration is None:
        return integrations.create_integration(parse_input(IntegrationInput, values))
    kept = {"active": integration.active, "status_rules": integration.status_rules}
    given = parse_input(IntegrationInput, {**values, **kept})
    version = form.version.data or "0"
    return integrations.update_integration(integration.id, given, version=int(version) if version.isdecimal() else 0)


def _saved(integration: Integration, traits: Traits) -> ResponseReturnValue:
    flash(_("The integration was saved."), "success")
    for name, meant in lookalikes(traits, [param.name for param in integration.params]).items():
        flash(_("%(name)s is sent as a free parameter; did you mean %(meant)s?", name=name, meant=meant), "warning")
    return htmx.go_to(url_for("integrations.edit", integration_id=integration.id, saved=1))


def _refused(form: IntegrationForm, error: ServiceError | FieldError, integration: Integration | None) -> int:
    if isinstance(error, FieldError):
        form.form_errors.append(str(error))
        return 422
    if integration is None:
        return show_refusal(form, error)
    integration_id = integration.id
    return conflicts.refuse(
        form, error, conflicts.Edited("integration", integration_id, lambda: _stored_form(integration_id))
    )


def _stored_form(integration_id: int) -> IntegrationForm:
    integration = integrations.get_integration(integration_id)
    return _form(_traits_or_404(integration.gateway), integration)


def _form_page(
    form: IntegrationForm, traits: Traits, integration: Integration | None, status: int = 200,
    switched: tuple[Traits, list[str]] | None = None,
) -> ResponseReturnValue:  # fmt: skip
    context = {
        "form": form, "traits": traits, "integration": integration, "switched": switched,
        "specs": specs_for(traits, INTEGRATION), "stored": _stored(traits, integration),
        "likely": lookalikes(traits, _row_names(form)), "accounts": account_count(integration.id) if integration else 0,
        "addresses": _addresses([integration]) if integration else {},
        "last": integration_reports.last_test(integration.id) if integration else None,
        "skew": skew_of(integration) if integration else None,
    }  # fmt: skip
    return htmx.page_or_partial("integrations/form.html", "integrations/_form.html", context, status)


def _row_names(form: IntegrationForm) -> list[str]:
    return [entry.data["name"] for entry in form.free.entries if entry.data["name"]]


def _addresses(rows: Iterable[Integration]) -> dict[int, str]:
    """Return callback addresses by id; one whose key is gone is left out, and the page says so."""
    found = {}
    for integration in rows:
        try:
            found[integration.id] = integrations.callback_url(integration)
        except VaultError:
            continue
    return found
