"""What a platform charges for its products, from which day on, and by which terms it bills."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Integration
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.services.integrations import get_integration
from webapp.services.seats import costs as use
from webapp.web import htmx
from webapp.web.access import VALUERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.seats import CostForm, TermsForm

bp = Blueprint("costs", __name__, url_prefix="/integrations")


@bp.route("/<int:integration_id>/costs", methods=["GET", "POST"])
@requires(*VALUERS)
def index(integration_id: int) -> ResponseReturnValue:
    """Show costs and terms, and put a cost on record."""
    integration = get_integration(integration_id)
    form, status = _cost_form(integration), 200
    if form.validate_on_submit():
        values = {"product_id": form.product_id.data, "from_on": form.from_on.data, "value": form.value.data}
        try:
            use.set_cost(integration_id, parse_input(use.CostInput, values))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(_page_of(integration_id), _("The cost is on record."))
    elif form.errors:
        status = 422
    return _page(integration, form, _terms_form(integration), status)


@bp.post("/<int:integration_id>/costs/terms")
@requires(*VALUERS)
def terms(integration_id: int) -> ResponseReturnValue:
    """Write how the platform bills."""
    integration = get_integration(integration_id)
    form = TermsForm(prefix="terms")
    if not form.validate_on_submit():
        return _page(integration, _cost_form(integration), form, 422)
    values = {name: form[name].data for name in use.TERMS}
    use.set_terms(integration_id, parse_input(use.TermsInput, values))
    return htmx.go_to(_page_of(integration_id), _("The terms were saved."))


@bp.post("/<int:integration_id>/costs/<int:cost_id>/remove")
@requires(*VALUERS)
def remove(integration_id: int, cost_id: int) -> ResponseReturnValue:
    """Take a cost off the record."""
    use.remove_cost(integration_id, cost_id)
    return htmx.go_to(_page_of(integration_id), _("The cost was taken off the record."))


def _page_of(integration_id: int) -> str:
    return url_for("costs.index", integration_id=integration_id)


def _cost_form(integration: Integration) -> CostForm:
    products = [(one.product.id, one.product.name) for one in use.view_costs(integration.id)]
    only = products[0][0] if len(products) == 1 else None
    form = CostForm(data={"from_on": current_hub().today().replace(day=1), "product_id": only})
    form.product_id.choices = [("", _("Choose one")), *products]
    return form


def _terms_form(integration: Integration) -> TermsForm:
    row = use.terms_of(integration.id)
    return TermsForm(prefix="terms", formdata=None, data={name: getattr(row, name) for name in use.TERMS})


def _page(integration: Integration, form: CostForm, terms_form: TermsForm, status: int = 200) -> ResponseReturnValue:
    context = {
        "integration": integration, "form": form, "terms_form": terms_form, "lines": use.view_costs(integration.id),
        "today": current_hub().today(),
    }  # fmt: skip
    return htmx.page_or_partial("seats/costs.html", "seats/_costs.html", context, status)
