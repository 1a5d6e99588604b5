"""How an integration is reconciled: limits, calendar without suspensions, billing day, probes."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.decide.calendar import describe, load_calendar
from webapp.decide.plan import DEFAULT_LIMITS, Limits
from webapp.gateways.contract import Operation
from webapp.models import Integration
from webapp.services import pages_platforms
from webapp.services import reconciliation_settings as use
from webapp.services.errors import ServiceError
from webapp.services.integrations import get_integration
from webapp.services.runs.limits import limits_from, limits_of
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, requires
from webapp.web.forms.base import edited_version, parse_input
from webapp.web.forms.reconciliation import ReconciliationForm, form_data, form_values
from webapp.web.fresh import may_save

bp = Blueprint("reconciliation_settings", __name__, url_prefix="/integrations")


@bp.route("/<int:integration_id>/reconciliation", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(integration_id: int) -> ResponseReturnValue:
    """Show and change the settings; with ``preview`` only what the typed limits would mean."""
    integration = get_integration(integration_id)
    form = ReconciliationForm(data=form_data(integration))
    if request.method == "GET":
        return _page(form, integration)
    if not form.validate_on_submit():
        return _page(form, integration, 422)
    if "preview" in request.form:
        return _page(form, integration)
    # Wider limits let pass what a person would have to approve.
    if not may_save(form):
        return _page(form, integration, 422)
    try:
        data = parse_input(use.ReconciliationInput, form_values(form, integration))
        use.update_reconciliation(integration_id, data, edited_version(form))
    except ServiceError as error:
        edited = conflicts.Edited("integration", integration_id, lambda: _stored(integration_id))
        return _page(form, integration, conflicts.refuse(form, error, edited))
    here = url_for("reconciliation_settings.edit", integration_id=integration_id)
    return htmx.go_to(here, _("The reconciliation of this integration was saved."))


def _stored(integration_id: int) -> ReconciliationForm:
    return ReconciliationForm(data=form_data(get_integration(integration_id)))


def _page(form: ReconciliationForm, integration: Integration, status: int = 200) -> ResponseReturnValue:
    traits = pages_platforms.find_traits(integration.gateway)
    context = {
        "form": form, "integration": integration, "outlook": use.outlook(integration, _limits(form, integration)),
        "defaults": _defaults(), "clock": use.clock_of(integration),
        "closures": describe(load_calendar(integration.no_suspend)),
        "listed": traits is not None and traits.can(Operation.LIST),
        "probed": traits is not None and traits.can(Operation.FIND) and not traits.can(Operation.LIST),
    }  # fmt: skip
    return htmx.page_or_partial(
        "integrations/reconciliation.html", "integrations/_reconciliation.html", context, status
    )


def _defaults() -> dict[str, str]:
    """Return what an empty field means."""
    floor, run, day = DEFAULT_LIMITS.floor, DEFAULT_LIMITS.run_ratio, DEFAULT_LIMITS.day_ratio
    return {"floor": str(floor), "run": f"{100 * run:g}", "day": f"{100 * day:g}"}


def _limits(form: ReconciliationForm, integration: Integration) -> Limits:
    """Return the limits as they are typed, as far as they can be read; else those that are stored."""
    fields = (form.limit_floor, form.limit_run_percent, form.limit_day_percent)
    if any(field.errors for field in fields):
        return limits_of(integration)
    return limits_from(*(field.data for field in fields))
