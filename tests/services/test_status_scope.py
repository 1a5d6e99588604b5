"""The best status of a customer's services, through the engine to the platform and in what is told beforehand."""

import pytest

from tests.factories import make_customer, make_sale, make_service
from tests.fixtures.people import Browser
from tests.journeys.crowd import drain, package_of, statuses
from tests.journeys.platforms import integrate
from webapp.extensions import db
from webapp.models import Account, Integration, Service
from webapp.sandbox.client import Tenant
from webapp.services import integrations, previews, subscriptions
from webapp.services.inputs import IntegrationInput, ServiceInput

pytestmark = pytest.mark.usefixtures("app")
OWING, PAYING = "suspenso_debito", "servico_habilitado"


def scoped(nx: Tenant) -> tuple[Integration, Service, Service]:
    """Return an integration where the best counts, a plain service, and one of the same customer with a package."""
    integration = integrate("nx_play", nx, status_scope="customer")
    customer = make_customer()
    plain, carrying = make_service(customer), make_service(customer, status=OWING)
    make_sale(carrying, package_of(integration))
    return integration, plain, carrying


def test_package_on_a_suspended_service_works_while_another_service_is_paid(nx: Tenant) -> None:
    integration, plain, _carrying = scoped(nx)
    drain()
    assert statuses(integration) == {"active": 1}
    subscriptions.set_status(plain.code, OWING)
    drain()
    assert statuses(integration) == {"suspended": 1}
    subscriptions.set_status(plain.code, PAYING)
    drain()
    assert statuses(integration) == {"active": 1}
    integrations.update_integration(integration.id, _as_it_is(integration, "service"))
    drain()
    assert statuses(integration) == {"suspended": 1}


def test_service_given_to_somebody_else_lifts_its_former_neighbours_no_more(nx: Tenant) -> None:
    integration, plain, carrying = scoped(nx)
    drain()
    other = make_customer()
    subscriptions.upsert_service(plain.code, ServiceInput(customer_code=other.code, plan_id=plain.plan_id,
                                                          login=plain.login))  # fmt: skip
    drain()
    assert statuses(integration) == {"suspended": 1}
    assert carrying.customer_id != plain.customer_id


def test_preview_tells_what_becomes_of_the_customers_other_services(nx: Tenant) -> None:
    integration, plain, carrying = scoped(nx)
    drain()
    (effect,) = previews.effects_of_status(plain.id, OWING)
    assert (effect.service_code, effect.steps, effect.lifted_by) == (carrying.code, ("suspend",), "")
    assert (effect.state_before, effect.state_after) == ("active", "suspended")
    assert previews.effects_of_status(plain.id, "franquia_excedida") == []
    (own,) = previews.effects_of_status(carrying.id, "suspenso_parcialmente")
    assert (own.service_code, own.steps, own.lifted_by) == ("", (), plain.code)
    integrations.update_integration(integration.id, _as_it_is(integration, "service"))
    assert previews.effects_of_status(plain.id, OWING) == []


def test_other_services_are_left_alone_where_each_has_its_own_status(nx: Tenant) -> None:
    _integration, plain, carrying = scoped(nx)
    drain()
    integrations.update_integration(_integration.id, _as_it_is(_integration, "service"))
    before = _generation(carrying)
    subscriptions.set_status(plain.code, OWING)
    assert _generation(carrying) == before


def test_form_keeps_whose_status_counts(admin: Browser, nx: Tenant) -> None:
    form = {
        "gateway": "nx_play", "fields_of": "nx_play", "description": "NX Play", "follow_status": "y",
        "reconcile_minutes": "60", "param-api_url": nx.url, "param-token": "typed", "status_scope": "customer",
    }  # fmt: skip
    assert admin.post("/integrations/new?gateway=nx_play", data=form).status_code == 303
    made = db.session.query(Integration).one()
    assert made.status_scope == "customer"
    page = admin.get(f"/integrations/{made.id}").get_data(as_text=True)
    assert '<option selected value="customer">' in page
    assert admin.post("/integrations/new?gateway=nx_play", data={**form, "status_scope": "house"}).status_code == 422


def _as_it_is(integration: Integration, scope: str) -> IntegrationInput:
    return IntegrationInput(
        gateway=integration.gateway, description=integration.description, status_scope=scope,
        params={param.name: param.value for param in integration.params if param.sealed is None},
    )  # fmt: skip


def _generation(service: Service) -> int:
    return db.session.query(Account.generation).filter_by(service_id=service.id).scalar()
