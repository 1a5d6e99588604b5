"""Nobody changes configuration, people or contracts without a line in the history.

Whole files were run under the same watch by hand, with a plugin that turns ``audited`` on for every test; here it
looks at one use case of each kind.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests import factories
from tests.fixtures.audited import Watch
from tests.fixtures.people import PASSWORD
from webapp.extensions import db
from webapp.models import Event, Product
from webapp.services import (
    audit,
    channels,
    customers,
    integrations,
    operators,
    packages,
    plans,
    products,
    source_mapping,
    sources,
    subscriptions,
    tokens,
)
from webapp.services.channels import ChannelInput
from webapp.services.inputs import CustomerInput


def decide_about_customers() -> None:
    sale = factories.make_sale()
    customer = sale.service.customer
    customers.upsert_customer(customer.code, CustomerInput(name="Other", document=customer.document))
    subscriptions.set_status(sale.service.code, "suspenso_debito", "owes")
    subscriptions.remove_sale(sale.id, "asked for it")


def decide_about_the_catalogue() -> None:
    package, plan = factories.make_package(), factories.make_plan()
    product = db.session.scalars(select(Product)).first()
    assert product is not None
    packages.set_package_active(package.id, False, "not sold any more")
    plans.set_plan_active(plan.id, False, "not sold any more")
    products.set_product_hidden(product.id, True)
    products.set_product_active(product.id, False, "gone")
    integrations.set_integration_active(product.integration_id, False, "contract over")


def decide_about_sources() -> None:
    source = factories.make_source()
    source_mapping.save_mapping(source.id, {("plan", "fibra"): str(factories.make_plan().id)})
    sources.set_source_active(source.id, False, "the ERP moves")
    sources.rotate_hook(source.id)


def decide_about_people() -> None:
    factories.make_integration()
    operators.create_operator("ana@example.com", PASSWORD, "admin")
    bia = operators.create_operator("bia@example.com", PASSWORD, "viewer")
    operators.deactivate(bia.id, "left")
    token, _text = tokens.create_token("erp", "read")
    tokens.revoke_token(token.id, "unused")
    channel = channels.create_channel(ChannelInput(description="mail", address="json://127.0.0.1:9/hook"))
    channels.set_channel_active(channel.id, False, "quiet")
    channels.delete_channel(channel.id, "nobody reads it")


CASES: dict[str, Callable[[], None]] = {
    "customers": decide_about_customers,
    "catalogue": decide_about_the_catalogue,
    "sources": decide_about_sources,
    "people": decide_about_people,
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("case", CASES)
def test_decision_of_a_person_always_stands_in_the_history(audited: Watch, case: str) -> None:
    CASES[case]()
    assert audited.silent == set()
    assert audited.heard >= 4


REASONS = {
    "service.status": "owes", "sale.remove": "asked for it", "package.deactivate": "not sold any more",
    "plan.deactivate": "not sold any more", "product.deactivate": "gone", "integration.deactivate": "contract over",
    "source.active": "the ERP moves", "token.revoke": "unused", "channel.deactivate": "quiet",
    "channel.delete": "nobody reads it", "operator.deactivate": "left",
}  # fmt: skip


@pytest.mark.usefixtures("app")
def test_reason_of_what_takes_something_away_stands_in_the_history() -> None:
    for case in CASES.values():
        case()
    told = {event.action: event.reason for event in db.session.scalars(select(Event).where(Event.reason != ""))}
    assert REASONS.items() <= told.items()


@pytest.mark.usefixtures("app")
def test_change_without_an_event_is_noticed(audited: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "record", lambda *_values, **_facts: None)
    factories.make_plan()
    assert audited.silent
