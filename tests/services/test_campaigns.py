"""Campaigns: what is sold while one runs costs nothing at first, however it is sold."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_customer, make_package, make_plan, make_sale, make_service
from tests.services.helpers import actions, codes_of
from webapp.decide.contracts import contract_end
from webapp.extensions import db
from webapp.models import Account, Campaign, Package, ServicePackage
from webapp.services import campaigns
from webapp.services.agenda.values import charged
from webapp.services.audit import acting_as
from webapp.services.campaigns import CampaignInput
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleInput
from webapp.services.sales import hang_on
from webapp.services.subscriptions import migrate_plan
from webapp.services.transfers import TransferInput, transfer_service

pytestmark = pytest.mark.usefixtures("app")


def today() -> date:
    return current_hub().today()


def campaign(package: Package, **changes: Any) -> Campaign:
    data = {
        "package_id": package.id, "description": "Spring", "from_on": today(), "until_on": today() + timedelta(days=9),
        "free_months": 2, **changes,
    }  # fmt: skip
    return campaigns.create_campaign(CampaignInput(**data))


def free_day() -> date | None:
    return contract_end(today(), 2)


def test_sale_of_a_running_campaign_is_free_at_first_and_paid_after() -> None:
    package = make_package()
    running = campaign(package)
    sale = make_sale(package=package)
    assert (sale.free_until, sale.campaign_id, sale.ends_on) == (free_day(), running.id, None)
    assert sale.free_until is not None
    assert charged(sale, sale.free_until) == Decimal("0.00")
    assert charged(sale, sale.free_until + timedelta(days=1)) == Decimal("29.90") == sale.value


@pytest.mark.parametrize(
    "changes",
    [{"from_on": "later"}, {"active": False}],
)
def test_sale_outside_of_a_campaign_is_paid_from_the_first_day(changes: dict[str, Any]) -> None:
    package = make_package()
    row = campaign(package)
    row.from_on = today() + timedelta(days=1) if "from_on" in changes else row.from_on
    row.active = changes.get("active", True)
    db.session.commit()
    assert make_sale(package=package).free_until is None
    assert make_sale().free_until is None


def test_package_of_a_plan_and_one_by_a_move_take_part() -> None:
    package = make_package()
    campaign(package)
    service = make_service(plan=make_plan(package))
    assert service.packages[0].free_until == free_day()
    other = make_service()
    migrate_plan(other.code, make_plan(package).id)
    assert [sale.free_until for sale in other.packages] == [free_day()]


def test_package_sold_to_many_takes_part() -> None:
    package = make_package()
    campaign(package)
    services = [make_service() for _number in range(3)]
    data = SaleInput(package_id=package.id)
    for service in services:
        hang_on(service, package, data)
    db.session.commit()
    assert {sale.free_until for sale in db.session.query(ServicePackage)} == {free_day()}


def test_what_an_erp_tells_of_was_sold_before_and_takes_no_part() -> None:
    package = make_package()
    campaign(package)
    with acting_as("source:ERP"):
        assert make_sale(package=package).free_until is None


def test_trial_ends_with_its_free_months_and_can_be_kept() -> None:
    package = make_package()
    campaign(package, trial=True)
    sale = make_sale(package=package)
    assert sale.ends_on == sale.free_until == free_day()
    account = db.session.query(Account).one()
    account.applied_generation = account.generation
    db.session.commit()
    campaigns.keep_package(sale.id)
    campaigns.keep_package(sale.id)
    db.session.expire_all()
    assert (sale.ends_on, sale.free_until) == (None, free_day())
    assert actions().count("sale.keep") == 1
    assert account.generation > account.applied_generation, "the account follows"


def test_package_that_no_campaign_ends_cannot_be_kept() -> None:
    sale = make_sale(ends_on=date(2030, 1, 1))
    with pytest.raises(Conflict, match="campaign_nothing_to_keep"):
        campaigns.keep_package(sale.id)


def test_change_of_ownership_takes_the_free_months_along_and_gives_no_new_ones() -> None:
    package = make_package()
    sale = make_sale(package=package)
    sale.free_until, sale.campaign_id = today(), 77
    db.session.commit()
    campaign(package)
    data = TransferInput(customer_id=make_customer().id, code="NEW", on=today())
    new = transfer_service(sale.service, data)
    assert [(one.free_until, one.campaign_id) for one in new.packages] == [(today(), 77)]


def test_stopped_campaign_takes_nobody_more_and_keeps_what_it_gave() -> None:
    package = make_package()
    row = campaign(package)
    sale = make_sale(package=package)
    campaigns.stop_campaign(row.id, "enough")
    campaigns.stop_campaign(row.id)
    db.session.expire_all()
    assert make_sale(package=package).free_until is None
    assert sale.free_until == free_day()
    assert actions().count("campaign.stop") == 1
    assert [(one.id, count) for one, count in campaigns.list_campaigns()] == [(row.id, 1)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"package_id": 9_999}, ("package_id", "package_id_unknown")),
        ({"from_on": date(2030, 2, 1), "until_on": date(2030, 1, 1)}, ("until_on", "campaign_days_order")),
        ({"from_on": date(2020, 1, 1), "until_on": date(2020, 2, 1)}, ("until_on", "campaign_over_already")),
    ],
)
def test_what_makes_no_campaign_is_refused_beside_its_field(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    package = make_package()
    assert codes_of(lambda: campaign(package, **changes)) == [problem]
