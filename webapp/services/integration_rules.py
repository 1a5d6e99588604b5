"""What forbids an integration's own settings: its gateway, its status rules, its switches."""

from sqlalchemy import func, select

from webapp.decide.params import nearest
from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.gateways.contract import Gateway
from webapp.gateways.registry import UnknownGateway, all_gateways, get_gateway
from webapp.models import Account, Integration, Package, PackageProduct, Service, ServicePackage
from webapp.services.errors import Invalid, Problem
from webapp.services.inputs import IntegrationInput

NAMED = 5


def gateway_or_refuse(key: str) -> Gateway:
    """Return the gateway of that key.

    Raises:
        Invalid: there is none; those that exist are listed.
    """
    try:
        return get_gateway(key)
    except UnknownGateway as error:
        keys = sorted(gateway.traits.key for gateway in all_gateways())
        params = {"value": key, "meant": nearest(key, keys) or "-", "allowed": ", ".join(keys)}
        raise Invalid([Problem("gateway", "gateway_unknown", params)]) from error


def rule_problems(data: IntegrationInput) -> list[Problem]:
    """Refuse rules for statuses that do not exist."""
    allowed = ", ".join(STATUSES)
    return [
        Problem(f"status_rules.{status}", "status_unknown", {"value": status, "allowed": allowed})
        for status in data.status_rules
        if status not in STATUSES
    ]


def description_problems(data: IntegrationInput, integration: Integration | None = None) -> list[Problem]:
    """Refuse a second integration of a gateway that cannot be told apart; a second click makes none either.

    Args:
        integration: the one that is changed; its own description is no hindrance.
    """
    if integration is not None and (integration.gateway, integration.description) == (data.gateway, data.description):
        return []
    twin = db.session.scalar(
        select(func.min(Integration.id)).where(
            Integration.gateway == data.gateway, Integration.description == data.description
        )
    )
    params = {"description": data.description, "id": twin}
    return [Problem("description", "integration_description_taken", params)] if twin else []


def account_count(integration_id: int) -> int:
    """Return how many accounts an integration has; with one its gateway stays."""
    return db.session.scalar(select(func.count()).where(Account.integration_id == integration_id)) or 0


def switch_problems(integration: Integration, data: IntegrationInput) -> list[Problem]:
    """Refuse what would break accounts and sales that exist."""
    problems = []
    if data.gateway != integration.gateway:
        count = account_count(integration.id)
        if count:
            params = {"count": count, "gateway": integration.gateway}
            problems.append(Problem("gateway", "gateway_has_accounts", params))
    if data.single_package and not integration.single_package:
        problems += _single_problems(integration.id)
    return problems


def _single_problems(integration_id: int) -> list[Problem]:
    """Pacote Único cannot be switched on over sales that break it already."""
    full = db.session.scalars(
        select(Package.description)
        .join(PackageProduct, PackageProduct.package_id == Package.id)
        .where(Package.integration_id == integration_id, Package.active)
        .group_by(Package.id, Package.description)
        .having(func.count() > 1)
        .limit(NAMED)
    ).all()
    if full:
        return [Problem("single_package", "single_package_products", {"names": ", ".join(full)})]
    doubled = db.session.scalars(
        select(Service.code)
        .join(ServicePackage, ServicePackage.service_id == Service.id)
        .join(Package, Package.id == ServicePackage.package_id)
        .where(Package.integration_id == integration_id, ServicePackage.removed_at.is_(None))
        .group_by(Service.id, Service.code)
        .having(func.count() > 1)
        .limit(NAMED)
    ).all()
    return [Problem("single_package", "single_package_services", {"names": ", ".join(doubled)})] if doubled else []
