"""Whom a message is about: the account with its log-in, its password and what was sold, as its platform knows them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide.credentials import Flaw, password_for
from webapp.decide.desired import Inputs, Rules, sends_password
from webapp.extensions import db
from webapp.gateways.contract import PasswordRule, Secret, Traits
from webapp.models import Account, Service
from webapp.services import facts
from webapp.services.buyers import traits_of
from webapp.services.callback import OWN_PASSWORD
from webapp.services.hub import current_hub
from webapp.services.provider import read_provider
from webapp.vault import VaultError


@dataclass(frozen=True)
class Subject:
    """An account as its subscriber is told of it.

    Attributes:
        packages: ids of the packages that give it content, the first sold first.
        package: their names.
        password: None where the hub does not know it.
    """

    account: Account
    packages: tuple[int, ...]
    package: str
    password: Secret | None


def find_account(account_id: int) -> Account | None:
    """Return an account with its service, customer and integration."""
    together = (joinedload(Account.service).joinedload(Service.customer), joinedload(Account.integration))
    found: Account | None = db.session.scalar(select(Account).options(*together).where(Account.id == account_id))
    return found


def subject_of(account: Account) -> Subject:
    """Return what its subscriber is told; the password is made as for the platform itself."""
    traits = traits_of(account.integration)
    inputs = _inputs(account, traits) if traits is not None else None
    if traits is None or inputs is None:
        return Subject(account, (), "", None)
    sales = [sale for sale in inputs.sales if sale.runs_on(inputs.today) and sale.products]
    names = ", ".join(dict.fromkeys(sale.package_description for sale in sales))
    return Subject(account, tuple(sale.package_id for sale in sales), names, _password(traits, inputs))


def provider_name() -> str:
    """Return by which name people know the provider; empty until somebody said it."""
    return read_provider().name


def _inputs(account: Account, traits: Traits) -> Inputs | None:
    hub, integration = current_hub(), account.integration
    params = {param.name: param.value for param in integration.params if param.sealed is None}
    rules = Rules(integration.follow_status, integration.status_rules, params, integration.status_scope)
    known = facts.Known(account.id, account.service_id, account.login, {}, {}, account.keep_content)
    try:
        connection = db.session.connection()
        found = facts.load_inputs(connection, hub.vault, integration.id, traits, rules, [known], hub.today())
    except VaultError:
        # Without its key nothing is known of the password; the message says where it is seen.
        return None
    return found.get(account.id)


def _password(traits: Traits, inputs: Inputs) -> Secret | None:
    rule = _rule(traits)
    if rule is None:
        return None
    params = dict(inputs.rules.params)
    for sale in inputs.sales:
        if sale.runs_on(inputs.today) and sale.products:
            params.update({name: value for name, value in sale.params.items() if value.strip()})
    made = password_for(rule, params, inputs.customer, inputs.service)
    return None if isinstance(made, Flaw) else made


def _rule(traits: Traits) -> PasswordRule | None:
    """Where the platform asks us at log-in and says nothing else, the subscriber's own password counts."""
    if traits.local:
        return traits.password or OWN_PASSWORD
    return traits.password if sends_password(traits) else None
