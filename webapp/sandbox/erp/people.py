"""The customers of one fake provider: made by a rule, so that ten thousand cost a fraction of a second."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

PAYS, IN_DEBT, ENDED, WAITS = "servico_habilitado", "suspenso_debito", "cancelado", "aguardando_instalacao"
DROPPED = ("cancelado", "inativo")
FIRST = ("ANA", "ANTÔNIO", "BEATRIZ", "CAIO", "CECÍLIA", "DAVI", "FÁBIO", "INÊS", "JOÃO", "LUÍZA", "OTÁVIO", "TÂNIA")
LAST = ("ABREU", "ARAÚJO", "BARBOSA", "CONCEIÇÃO", "CORRÊA", "FALCÃO", "GONÇALVES", "LEÃO", "MOURA", "NÓBREGA")
PLAIN = str.maketrans("ÁÂÃÀÇÉÊÍÓÔÕÚ", "AAAACEEIOOOU")
YEARS_OF_CUSTOM_DAYS = 1500
RECENT_DAYS = 20
# Every so many customers one that shows something.
DEBT_EVERY, PAID_EVERY, ENDED_EVERY, WAIT_EVERY, NO_EMAIL_EVERY, PLACEHOLDER_EVERY = 10, 20, 33, 50, 40, 200
# Id in the table of cities -> name.
CITIES = {3550308: "São Paulo", 3534401: "Osasco", 3505708: "Barueri"}
FIRST_CUSTOMER, FIRST_CODE, FIRST_SERVICE, FIRST_SALE = 25_000, 1_000, 17_000, 91_000


@dataclass(slots=True)
class Package:
    """What the provider sells beside the plan. ``code`` may be missing, as in real answers."""

    id: int
    code: str | None
    description: str
    value: str


@dataclass(slots=True)
class Plan:
    """A plan of the provider; ``value`` in reais."""

    id: int
    name: str
    value: float


PACKAGES = (
    Package(240, "STANDARD", "1 APP STANDARD", "10"),
    Package(241, "PREMIUM", "1 APP PREMIUM", "30.00"),
    Package(242, None, "LIVROS", "9.90"),
)
PLANS = (Plan(2701, "FIBRA 300 MEGA", 99.9), Plan(2702, "FIBRA 600 MEGA", 129.9), Plan(2703, "FIBRA 1 GIGA", 179.9))


@dataclass(slots=True)
class Sale:
    """A package on a service; times in UTC, ``removed_at`` None while it stands."""

    id: int
    package_id: int
    made_at: datetime
    changed_at: datetime
    removed_at: datetime | None = None


@dataclass(slots=True)
class Service:
    """A contracted plan. ``status`` in HubSoft's words; ``before`` is the one that it had until ``status_at``."""

    id: int
    plan_id: int
    status: str
    login: str
    made_at: datetime
    status_at: datetime
    before: str
    sales: list[Sale] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.status not in DROPPED

    @property
    def city(self) -> int:
        """Return the id of the city in which it is installed."""
        return list(CITIES)[self.id % len(CITIES)]

    @property
    def standing(self) -> list[Sale]:
        return [sale for sale in self.sales if sale.removed_at is None]


@dataclass(slots=True)
class Customer:
    """A person who does not exist; ``document`` as digits, ``email`` None where none is known."""

    id: int
    code: int
    name: str
    document: str
    email: str | None
    phone: str
    made_at: datetime
    services: list[Service] = field(default_factory=list)


class People:
    """All customers of one provider; ``version`` counts the changes."""

    def __init__(self) -> None:
        self.customers: list[Customer] = []
        self.packages: list[Package] = list(PACKAGES)
        self.version = 0
        self._sales = FIRST_SALE
        self._services: dict[int, tuple[Customer, Service]] = {}

    def fill(self, count: int, plain: bool = False, packages: Sequence[Package] = PACKAGES, seed: int = 7) -> None:
        """Replace everybody by so many made-up people, the same for the same seed.

        Args:
            plain: everybody pays, has an e-mail and has paid for long.
        """
        now, chance = datetime.now(UTC).replace(microsecond=0), random.Random(seed)
        self.packages, self.customers, self._sales = list(packages), [], FIRST_SALE
        for number in range(1, count + 1):
            made_at = now - timedelta(days=YEARS_OF_CUSTOM_DAYS * (count - number + 0.5) / count)
            self.customers.append(_customer(number, chance, made_at, plain))
            self.customers[-1].services.append(self._service(number, now, made_at, plain))
        self.touch()

    def add(self, now: datetime, **values: Any) -> Customer:
        """Add one customer with one service; unnamed values are made up."""
        number = max((one.code for one in self.customers), default=FIRST_CODE) - FIRST_CODE + 1
        chance = random.Random(number)
        status, packages = values.pop("status", PAYS), values.pop("packages", None)
        customer = replace(_customer(number, chance, now, plain=True), **values)
        service = self._service(number, now, now, plain=True)
        service.status = service.before = status
        customer.services.append(service)
        self.customers.append(customer)
        self.touch()
        if packages is not None:
            self.change(service.id, now, packages=packages)
        return customer

    def change(self, service_id: int, now: datetime, **values: Any) -> Service:
        """Change ``status``, ``plan_id``, ``login`` or the ``packages`` (codes or ids) of one service.

        Raises:
            KeyError: there is no such service or package.
        """
        service = self._services[service_id][1]
        if "packages" in values:
            self._sell(service, [self.package(word).id for word in values.pop("packages")], now)
        if values.get("status", service.status) != service.status:
            service.before, service.status_at = service.status, now
            for sale in service.standing:
                sale.changed_at = now
        for name, value in values.items():
            if name not in ("status", "plan_id", "login"):
                raise KeyError(name)
            setattr(service, name, value)
        self.version += 1
        return service

    def remove(self, service_id: int) -> None:
        """Forget a service without a trace, and its customer with the last one."""
        customer, service = self._services[service_id]
        customer.services.remove(service)
        if not customer.services:
            self.customers.remove(customer)
        self.touch()

    def package(self, word: str | int) -> Package:
        """Return the package of that code or id."""
        found = next((one for one in self.packages if str(word) in (one.code, str(one.id))), None)
        if found is None:
            raise KeyError(word)
        return found

    def service(self, service_id: int) -> tuple[Customer, Service]:
        """Return a service and whose it is; KeyError when there is none."""
        return self._services[service_id]

    def services(self) -> Iterator[tuple[Customer, Service]]:
        """Return all services, each with whose it is."""
        return ((customer, service) for customer in self.customers for service in customer.services)

    def touch(self) -> None:
        """Take note of customers that came or went."""
        self.version += 1
        self._services = {service.id: (customer, service) for customer, service in self.services()}

    def _service(self, number: int, now: datetime, made_at: datetime, plain: bool) -> Service:
        status, before = (PAYS, PAYS) if plain else _statuses(number)
        status_at = made_at if status == before else now - timedelta(days=1 + number % (RECENT_DAYS - 1))
        self._sales += 1
        package = self.packages[number % len(self.packages)].id if self.packages else None
        service = Service(
            FIRST_SERVICE + number,
            PLANS[number % len(PLANS)].id,
            status,
            f"cliente{number}",
            made_at,
            status_at,
            before,
        )
        if package is not None:
            service.sales.append(Sale(self._sales, package, made_at, status_at))
        return service

    def _sell(self, service: Service, wanted: list[int], now: datetime) -> None:
        for sale in service.standing:
            if sale.package_id not in wanted:
                sale.removed_at = sale.changed_at = now
        standing = {sale.package_id for sale in service.standing}
        for package_id in wanted:
            if package_id not in standing:
                self._sales += 1
                service.sales.append(Sale(self._sales, package_id, now, now))

    def dump(self) -> dict[str, Any]:
        """Return everybody as JSON."""
        customers = [_row(customer) for customer in self.customers]
        return {"packages": [asdict(one) for one in self.packages], "sales": self._sales, "customers": customers}

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what ``dump`` gave."""
        self.packages = [Package(**values) for values in saved["packages"]]
        self.customers = [_loaded(row) for row in saved["customers"]]
        self._sales = saved["sales"]
        self.touch()


def copied(customers: Sequence[Customer]) -> list[Customer]:
    """Return the customers as they are now, safe from later changes."""
    return [
        replace(customer, services=[
            replace(service, sales=[replace(sale) for sale in service.sales]) for service in customer.services
        ])
        for customer in customers
    ]  # fmt: skip


def made_up_document(chance: random.Random) -> str:
    """Return a CPF with valid check digits; the rule is the Receita's, as in many places."""
    digits = [chance.randrange(10) for _ in range(9)]
    for first in (10, 11):
        rest = sum(digit * weight for digit, weight in zip(digits, range(first, 1, -1), strict=True)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(map(str, digits))


def _statuses(number: int) -> tuple[str, str]:
    """Return the status and the one before it."""
    if number % ENDED_EVERY == 7:
        return ENDED, IN_DEBT
    if number % WAIT_EVERY == 11:
        return WAITS, WAITS
    if number % DEBT_EVERY == 3:
        return IN_DEBT, PAYS
    return PAYS, IN_DEBT if number % PAID_EVERY == 1 else PAYS


def _customer(number: int, chance: random.Random, made_at: datetime, plain: bool) -> Customer:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    email: str | None = f"{first}.{last}{FIRST_CODE + number}@example.com".translate(PLAIN).lower()
    if not plain and number % NO_EMAIL_EVERY == 5:
        email = None
    elif not plain and number % PLACEHOLDER_EVERY == 9:
        email = "naotem@example.com"
    phone = f"119{chance.randrange(10**8):08d}"
    return Customer(
        FIRST_CUSTOMER + number, FIRST_CODE + number, f"{first} {last}", made_up_document(chance), email, phone, made_at
    )


def _row(customer: Customer) -> list[Any]:
    services = [
        [
            *(service.id, service.plan_id, service.status, service.login),
            *(service.made_at.isoformat(), service.status_at.isoformat(), service.before),
            [[sale.id, sale.package_id, *map(_text, (sale.made_at, sale.changed_at, sale.removed_at))]
             for sale in service.sales],
        ]
        for service in customer.services
    ]  # fmt: skip
    known = (customer.id, customer.code, customer.name, customer.document, customer.email, customer.phone)
    return [*known, customer.made_at.isoformat(), services]


def _loaded(row: list[Any]) -> Customer:
    identity, code, name, document, email, phone, made_at, services = row
    at = datetime.fromisoformat(made_at)
    return Customer(identity, code, name, document, email, phone, at, [_loaded_service(each) for each in services])


def _loaded_service(row: list[Any]) -> Service:
    identity, plan_id, status, login, made_at, status_at, before, sales = row
    moments = (datetime.fromisoformat(made_at), datetime.fromisoformat(status_at))
    return Service(identity, plan_id, status, login, *moments, before, [_loaded_sale(each) for each in sales])


def _loaded_sale(row: list[Any]) -> Sale:
    identity, package_id, made_at, changed_at, removed_at = row
    moments = (datetime.fromisoformat(made_at), datetime.fromisoformat(changed_at))
    return Sale(identity, package_id, *moments, None if removed_at is None else datetime.fromisoformat(removed_at))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
