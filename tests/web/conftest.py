"""A plan with a package that must come along and one that may."""

from decimal import Decimal

import pytest

from tests import factories
from webapp.models import Package, Plan


@pytest.fixture
def must(app: object) -> Package:
    return factories.make_package(description="Must", value=Decimal("10.00"))


@pytest.fixture
def may(app: object) -> Package:
    return factories.make_package(description="May", value=Decimal("5.00"))


@pytest.fixture
def plan(must: Package, may: Package) -> Plan:
    links = [{"package_id": must.id, "mandatory": True}, {"package_id": may.id}]
    return factories.make_plan(packages=links, value=Decimal("100.00"), contract_months=12)
