"""Who buys, and the log-in that a platform would get: who else has it there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import ColumnElement, or_, select

from webapp.decide.credentials import login_for
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.gateways.contract import CustomerFacts, Secret, ServiceFacts, Traits, Unit
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Customer, Integration, Package, Service, ServicePackage
from webapp.services.errors import Problem
from webapp.services.hub import current_hub

EMAIL = "email"


@dataclass(frozen=True)
class Buyer:
    """Who buys, as it will be once stored; ids are 0 while new."""

    customer: CustomerFacts
    service: ServiceFacts


@dataclass(frozen=True)
class Wanted:
    """A package that is, or shall be, on the service.

    Attributes:
        prefix: where its fields stand in the input, such as ``packages.0.``.
        judged: False for one that is held already and not changed.
    """

    package: Package
    params: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    judged: bool = True


def buyer_of(service: Service) -> Buyer:
    """Return the buyer as stored.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    password = Secret("")
    if service.password:
        password = current_hub().vault.open(service.password, password_place(service.id))
    facts = ServiceFacts(service.id, service.code, service.status, service.login, password)
    return Buyer(customer_facts(service.customer), facts)


def customer_facts(customer: Customer) -> CustomerFacts:
    """Return a customer as a gateway sees it."""
    return CustomerFacts(
        customer.id or 0, customer.code, customer.name, customer.document, customer.email, customer.phone
    )


def password_place(service_id: int) -> str:
    """Return where a service's password is sealed."""
    return f"service:password:{service_id}"


def traits_of(integration: Integration | None) -> Traits | None:
    """Return what the gateway declares; None without one, or when its recipe is gone."""
    if integration is None:
        return None
    try:
        return get_gateway(integration.gateway).traits
    except UnknownGateway:
        return None


def live_sales(service: Service) -> list[ServicePackage]:
    """Return the packages that the service holds now."""
    return [sale for sale in service.packages if sale.removed_at is None]


def key_logins(service: Service) -> list[tuple[Integration, str]]:
    """Return the log-ins that identify this service's accounts, where they must be nobody else's."""
    found = []
    for integration, sales in by_integration([Wanted(sale.package, sale.params) for sale in live_sales(service)]):
        traits = traits_of(integration)
        if traits is None or traits.unit is not Unit.ACCOUNT or not traits.login_is_key or service.status in ENDED:
            continue
        login = login_of(traits, buyer_of(service), sales)
        if login:
            found.append((integration, login.lower()))
    return found


def by_integration(wanted: Iterable[Wanted]) -> Iterator[tuple[Integration, list[Wanted]]]:
    """Group packages by their integration; those without one are left out."""
    bound = [sale for sale in wanted if sale.package.integration is not None]
    bound.sort(key=lambda sale: sale.package.integration_id or 0)
    for _, group in groupby(bound, key=lambda sale: sale.package.integration_id):
        sales = list(group)
        integration = sales[0].package.integration
        if integration is not None:
            yield integration, sales


def frozen_account(service_id: int, integration_id: int) -> Account | None:
    """Return the account whose log-in the platform has already, or None."""
    if not service_id:
        return None
    return db.session.scalar(
        select(Account).where(
            Account.service_id == service_id,
            Account.integration_id == integration_id,
            Account.login_frozen_at.is_not(None),
            Account.status != "cancelled",
        )
    )


def login_of(traits: Traits, buyer: Buyer, sales: Collection[Wanted]) -> str:
    """Return the log-in that these packages of one integration lead to; empty when there is none."""
    chosen = next((sale.params[EMAIL].strip() for sale in sales if sale.params.get(EMAIL, "").strip()), "")
    if chosen and traits.login_fields[:1] == (EMAIL,):
        return chosen.lower()
    return login_for(traits, _login_params(traits, sales), buyer.customer, buyer.service)


def _login_params(traits: Traits, sales: Collection[Wanted]) -> dict[str, str]:
    """Return the param that names the log-in's field, where the gateway has one: the sale's, else the integration's."""
    if not traits.login_param:
        return {}
    bound = [sale.package.integration for sale in sales if sale.package.integration is not None]
    layers = [{param.name: param.value for param in integration.params} for integration in bound]
    layers += [dict(sale.params) for sale in sales]
    found = [layer[traits.login_param] for layer in layers if layer.get(traits.login_param, "").strip()]
    return {traits.login_param: found[-1]} if found else {}


def taken_problems(traits: Traits, integration: Integration, buyer: Buyer, login: str) -> list[Problem]:
    """Return whose account has that log-in already, where the log-in is the key."""
    if not traits.login_is_key or not login:
        return []
    holder = _holder(traits, integration.id, buyer, login)
    if holder is None:
        return []
    return held_problems(integration, buyer, login, holder)


def held_problems(integration: Integration, buyer: Buyer, login: str, holder: Service) -> list[Problem]:
    """Return what is said of a log-in that another service has on an integration."""
    params = {
        "login": login, "customer": holder.customer.code, "service": holder.code, "integration": integration.description
    }  # fmt: skip
    own = holder.customer.code == buyer.customer.code
    return [Problem("email" if "@" in login else "login", "login_held_own" if own else "login_held", params)]


def is_somebody_else(traits: Traits, buyer: Buyer, service: Service) -> bool:
    """Tell whether that service must not have the same log-in; where users are shared, those of one customer may."""
    if service.id == buyer.service.id:
        return False
    return not (traits.shared_users and service.customer_id == buyer.customer.id)


def logins_of(traits: Traits, service: Service) -> set[str]:
    """Return what a service has in the fields of which a gateway makes log-ins, in small letters."""
    own = {EMAIL: service.customer.email, "cpf_cnpj": service.customer.document, "login_autenticacao": service.login}
    return {own[name].lower() for name in traits.login_fields if own.get(name)}


def _holder(traits: Traits, integration_id: int, buyer: Buyer, login: str) -> Service | None:
    sent = (
        select(Service)
        .join(Account, Account.service_id == Service.id)
        .where(Account.integration_id == integration_id, Account.login_key == login.lower())
        .where(Account.status != "cancelled", *_somebody_else(traits, buyer))
        .limit(1)
    )
    return db.session.scalar(sent) or _queued_holder(traits, integration_id, buyer, login)


def _somebody_else(traits: Traits, buyer: Buyer) -> list[ColumnElement[bool]]:
    """Return who must not have the same log-in; where users are shared, services of one customer may."""
    others = [Service.id != buyer.service.id]
    return [*others, Service.customer_id != buyer.customer.id] if traits.shared_users else others


def _queued_holder(traits: Traits, integration_id: int, buyer: Buyer, login: str) -> Service | None:
    """Look among those whose account was not looked at yet: the log-in does not stand on it."""
    columns: dict[str, ColumnElement[bool]] = {
        "email": Customer.email == login,
        "cpf_cnpj": Customer.document == login,
        "login_autenticacao": Service.login == login,
    }
    matches = [columns[name] for name in traits.login_fields if name in columns]
    if not matches:
        return None
    statement = (
        select(Service)
        .join(Customer, Customer.id == Service.customer_id)
        .join(ServicePackage, ServicePackage.service_id == Service.id)
        .join(Package, Package.id == ServicePackage.package_id)
        .outerjoin(Account, (Account.service_id == Service.id) & (Account.integration_id == integration_id))
        .where(or_(*matches), *_somebody_else(traits, buyer), Service.status.not_in(ENDED))
        .where(Package.integration_id == integration_id, ServicePackage.removed_at.is_(None))
        .where(or_(Account.id.is_(None), Account.login_key == ""))
    )
    for service in db.session.scalars(statement).unique():
        sales = [Wanted(sale.package, sale.params) for sale in live_sales(service)]
        bound = [sale for sale in sales if sale.package.integration_id == integration_id]
        if login_of(traits, buyer_of(service), bound).lower() == login.lower():
            return service
    return None
