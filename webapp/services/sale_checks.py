"""What a gateway demands of a sale, checked while the attendant is still looking at it.

The engine checks the same before it sends; here the answer comes before anything is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from webapp.decide.credentials import Flaw, password_for
from webapp.decide.params import SALE, frozen_flaws, param_flaws
from webapp.decide.policy import ENDED
from webapp.decide.sales import is_placeholder_email
from webapp.gateways.contract import Traits, Unit
from webapp.models import Account, Customer, Integration
from webapp.services.buyers import (
    EMAIL,
    Buyer,
    Wanted,
    buyer_of,
    by_integration,
    frozen_account,
    live_sales,
    login_of,
    taken_problems,
    traits_of,
)
from webapp.services.constraint_checks import constraint_problems
from webapp.services.documents import email_problem
from webapp.services.errors import Problem

Taken = Callable[[Traits, Integration, Buyer, str], list[Problem]]
Frozen = Callable[[int, int], Account | None]
# Where the fields that a gateway names stand on our own forms.
INPUT_FIELDS = {
    "login_autenticacao": "login",
    "senha_autenticacao": "password",
    "codigo_cliente": "customer_code",
    "codigo_servico": "code",
    "cpf_cnpj": "document",
    "email": "email",
    "telefone": "phone",
    "usuario": "params.usuario",
}


def sale_problems(
    buyer: Buyer, wanted: Sequence[Wanted], taken: Taken = taken_problems, frozen: Frozen = frozen_account
) -> list[Problem]:
    """Return everything that the platforms of these packages would refuse.

    Args:
        wanted: all packages that the service will hold; credentials are made from all of an integration.
        taken: tells whose account has a log-in already; whoever judges many at once knows a cheaper way.
        frozen: gives the account of a service (id) on an integration (id) whose log-in the platform has; likewise.
    """
    problems: list[Problem] = []
    for integration, sales in by_integration(wanted):
        traits = traits_of(integration)
        if traits is None:
            continue
        for sale in sales:
            problems += _param_problems(traits, sale) if sale.judged else []
        if buyer.service.status not in ENDED:
            problems += constraint_problems(traits, integration, buyer, sales, frozen)
        if traits.unit is Unit.ACCOUNT and buyer.service.status not in ENDED:
            account = frozen(buyer.service.id, integration.id)
            problems += _credential_problems(traits, integration, buyer, sales, taken, account)
    return list({(problem.field, problem.code): problem for problem in problems}.values())


def email_clashes(customer: Customer, email: str) -> list[Problem]:
    """Return why a customer cannot have this e-mail: it is somebody else's log-in on a platform."""
    problems = []
    for service in customer.services:
        sales = [Wanted(sale.package, sale.params, judged=False) for sale in live_sales(service)]
        if service.status in ENDED or not sales:
            continue
        buyer = buyer_of(service)
        buyer = replace(buyer, customer=replace(buyer.customer, email=email))
        for integration, group in by_integration(sales):
            traits = traits_of(integration)
            if email and traits and traits.unit is Unit.ACCOUNT and not frozen_account(service.id, integration.id):
                problems += taken_problems(traits, integration, buyer, login_of(traits, buyer, group))
    return problems[:1]


def _param_problems(traits: Traits, sale: Wanted) -> list[Problem]:
    problems = [_problem(flaw, f"{sale.prefix}params.{flaw.field}") for flaw in param_flaws(traits, sale.params, SALE)]
    email = sale.params.get(EMAIL, "").strip()
    if traits.unit is Unit.ACCOUNT and email and email_problem(email):
        problems.append(Problem(f"{sale.prefix}params.{EMAIL}", "email_wrong", {"value": email}))
    return problems


def _credential_problems(
    traits: Traits, integration: Integration, buyer: Buyer, sales: Sequence[Wanted], taken: Taken,
    account: Account | None,
) -> list[Problem]:  # fmt: skip
    problems: list[Problem] = []
    login = login_of(traits, buyer, sales)
    if account is not None:
        problems += _thawed(traits, account, sales)
    elif not login:
        name = traits.login_fields[0]
        problems.append(Problem(INPUT_FIELDS.get(name, name), "login_missing", {"field": name}))
    elif traits.login_is_key and "@" in login and is_placeholder_email(login):
        problems.append(Problem("email", "email_placeholder", {"value": login, "gateway": traits.label}))
    else:
        problems += taken(traits, integration, buyer, login)
    return problems + _password_problems(traits, integration, buyer, sales)


def _thawed(traits: Traits, account: Account, sales: Sequence[Wanted]) -> list[Problem]:
    """A package added later must not bring another value of what the platform has for good."""
    spec = traits.param(EMAIL)
    if spec is None or not spec.immutable:
        return []
    given = [sale for sale in sales if sale.judged and sale.params.get(EMAIL, "").strip()]
    flaws = [
        (sale, flaw)
        for sale in given
        for flaw in frozen_flaws(traits, {**sale.params, EMAIL: account.login}, sale.params)
    ]
    return [_problem(flaw, f"{sale.prefix}params.{flaw.field}") for sale, flaw in flaws]


def _password_problems(
    traits: Traits, integration: Integration, buyer: Buyer, sales: Sequence[Wanted]
) -> list[Problem]:
    if traits.password is None:
        return []
    params = {param.name: param.value for param in integration.params}
    for sale in sales:
        params.update({name: value for name, value in sale.params.items() if value.strip()})
    made = password_for(traits.password, params, buyer.customer, buyer.service)
    return [_problem(made, INPUT_FIELDS.get(made.field, made.field))] if isinstance(made, Flaw) else []


def _problem(flaw: Flaw, field_name: str) -> Problem:
    return Problem(field_name, flaw.code, flaw.params)
