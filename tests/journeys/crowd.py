"""Many customers at once, and the queue worked through time without waiting for it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import insert, select, update

from tests import factories
from webapp import clock
from webapp.extensions import db
from webapp.jobs.runs import carry_out
from webapp.models import Account, Customer, Integration, Package, Plan, Service, ServicePackage
from webapp.services import accounts

_numbers = count(1)
PAYING, OWING, ENDED = "servico_habilitado", "suspenso_debito", "cancelado"


def package_of(integration: Integration, code: str = "full") -> Package:
    """Make a package with one product of the integration."""
    factories.make_product(integration, code=code)
    return factories.make_package(integration_id=integration.id, product_codes=[code])


def sell_to_crowd(package: Package, people: int, plan: Plan | None = None) -> list[int]:
    """Sell a package to so many new customers, in one commit; returns the ids of their services."""
    plan = plan or factories.make_plan()
    numbers = [next(_numbers) for _ in range(people)]
    customers = _insert(Customer, [_customer(number) for number in numbers])
    services = _insert(Service, [_service(*pair, plan.id) for pair in zip(numbers, customers, strict=True)])
    sale = {"package_id": package.id, "value": Decimal("29.90"), "params": {}}
    _insert(ServicePackage, [{**sale, "service_id": service} for service in services])
    accounts.mark_services(services)
    db.session.commit()
    return services


def set_statuses(service_ids: list[int], status: str, priority: int = accounts.ORDINARY) -> None:
    """Change the status of many services in one commit, as an import does."""
    db.session.execute(update(Service).where(Service.id.in_(service_ids)).values(status=status))
    accounts.mark_services(service_ids, priority)
    db.session.commit()


def accounts_of(integration: Integration) -> list[Account]:
    """Return the accounts as they stand in the database now."""
    db.session.rollback()
    statement = select(Account).where(Account.integration_id == integration.id).order_by(Account.id)
    return list(db.session.scalars(statement, execution_options={"populate_existing": True}))


def statuses(integration: Integration) -> dict[str, int]:
    """Return how many accounts there are of each status."""
    found: dict[str, int] = {}
    for account in accounts_of(integration):
        found[account.status] = found.get(account.status, 0) + 1
    return found


def drain(integration: Integration | None = None, patience_s: float = 5.0) -> int:
    """Work what is due now, and what runs have under way; returns how many accounts are still due."""
    # What a test has read holds SQLite's write lock until the session lets go.
    db.session.rollback()
    return carry_out(integration.id if integration else None, until_idle=True, patience_s=patience_s)


def drain_through_time(done: Callable[[], bool], step: timedelta = timedelta(hours=1), steps: int = 40) -> None:
    """Work the queue and let time pass, again and again, until it is done.

    Raises:
        AssertionError: it never was.
    """
    for _ in range(steps):
        drain(patience_s=0.2)
        if done():
            return
        clock.move(step)
    raise AssertionError("it did not come to an end")


def _insert(model: type, values: list[dict[str, object]]) -> list[int]:
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)  # type: ignore[attr-defined]
    return list(db.session.scalars(statement, values))


def _customer(number: int) -> dict[str, object]:
    name = f"Pessoa {number}"
    return {
        "code": f"C{number}", "name": name, "name_folded": name.lower(), "document": factories.make_cpf(number),
        "email": f"person{number}@example.com", "phone": "5511987654321",
    }  # fmt: skip


def _service(number: int, customer_id: int, plan_id: int) -> dict[str, object]:
    return {
        "code": f"CS{number}", "customer_id": customer_id, "plan_id": plan_id, "status": PAYING,
        "login": f"person{number}",
    }  # fmt: skip
