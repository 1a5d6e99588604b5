"""A made-up provider's year: who had what on which day, and invoices with mistakes whose every cent is known.

Nothing here is taken from the code that checks invoices: days are counted one by one.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from tests import factories
from webapp.extensions import db
from webapp.models import Account, BillingTerms, Customer, Integration, ProductCost, Seat, Service, ServicePackage

YEAR = 2025
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
KINDS = ("any_day", "on_day", "daily")
COUNT_DAY = 10
# Product, from when, value.
COSTS = (("full", date(YEAR, 1, 1), "19.90"), ("full", date(YEAR, 7, 15), "21.35"), ("kids", date(YEAR, 1, 1), "7.77"))
NAMED = {"any_day": "login", "on_day": "document", "daily": "remote"}
Cut = tuple[datetime, str]


@dataclass
class Subscriber:
    """One seat through the year: what it was from which moment on; "" = gone."""

    number: int
    product: str
    cuts: list[Cut]
    account_id: int = 0

    @property
    def document(self) -> str:
        return factories.make_cpf(self.number)

    @property
    def login(self) -> str:
        return f"person{self.number}@example.com"

    def states(self, day: date) -> set[str]:
        """Return all states that a day saw."""
        start = datetime(day.year, day.month, day.day, tzinfo=SAO_PAULO)
        end = start + timedelta(days=1)
        before = [state for at, state in self.cuts if at <= start]
        inside = [state for at, state in self.cuts if start < at < end]
        return {state for state in [*before[-1:], *inside] if state}


@dataclass
class Told:
    """What must be found of a month: by the text that names the subject, verdicts and the cents contested."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str, Decimal]] = field(default_factory=list)


class Year:
    """A platform of one way to bill, its subscribers, and its invoices."""

    def __init__(self, kind: str, count: int, seed: int) -> None:
        self.kind, self.dice = kind, random.Random(f"{seed} {kind}")
        first = 1 + KINDS.index(kind) * 1_000_000
        self.people = [self._subscriber(number) for number in range(first, first + count)]
        self.integration_id = 0

    def invoice(self, month: int) -> Told:
        """Return the rows of one month's invoice, and what is wrong with them."""
        told, dice = Told(), self.dice
        for person in self.people:
            value = self.due(person, month)
            if value:
                self._rightful(told, person, value)
            elif self._suspended(person, month) and dice.random() < 0.2:
                self._wrong(told, person, "suspended")
            elif person.cuts[0][0] < _start(month) and not self._held(person, month) and dice.random() < 0.2:
                self._wrong(told, person, "cancelled")
        for number in range(max(1, len(self.people) // 200)):
            name = {
                "login": f"stranger{month}x{number}@example.com", "document": factories.make_cpf(800_000_000 + number),
                "remote": f"x-{month}-{number}",
            }[NAMED[self.kind]]  # fmt: skip
            told.rows.append((name, "full", "19.90"))
            told.errors.append((name, "not_sold", Decimal("19.90")))
        dice.shuffle(told.rows)
        return told

    def due(self, person: Subscriber, month: int) -> Decimal:
        """Return what may be billed, counted day by day; 0 = nothing."""
        days = [day for day in _days(month) if self._counts(person, day)]
        if not days:
            return Decimal(0)
        if self.kind == "daily":
            exact = sum((_cost(person.product, day) for day in days), Decimal(0)) / len(_days(month))
            return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return _cost(person.product, days[0])

    def name(self, person: Subscriber) -> str:
        """Return how this platform names a person."""
        return {"login": person.login.upper(), "document": person.document, "remote": f"r-{person.number}"}[
            NAMED[self.kind]
        ]

    def file(self, told: Told) -> bytes:
        """Return the invoice as the platform would write it, with titles above and a total below."""
        head = {"login": "Usuário", "document": "CPF", "remote": "ID assinante"}[NAMED[self.kind]]
        lines = ["Plataforma de mentira S.A.", "", f"{head};Produto;Valor"]
        lines += [f"{name};{product};{_money(value)}" for name, product, value in told.rows]
        total = sum((Decimal(value) for _, _, value in told.rows), Decimal(0))
        return "\r\n".join([*lines, f";Total;{_money(str(total))}"]).encode("cp1252")

    def build(self) -> None:
        """Write it all down as the hub would have it."""
        integration = factories.make_integration(description=f"Platform {self.kind}")
        self.integration_id = integration.id
        products = {
            code: factories.make_product(integration, code=code, name=f"Plan {code}") for code in ("full", "kids")
        }
        plan = factories.make_plan()
        package = factories.make_package(integration)
        db.session.get_one(Integration, integration.id).billing_day = COUNT_DAY
        db.session.add(
            BillingTerms(integration_id=integration.id, basis=self.kind, suspended_counts=self.kind == "any_day")
        )
        for code, since, value in COSTS:
            db.session.add(ProductCost(product_id=products[code].id, from_on=since, value=Decimal(value)))
        db.session.flush()
        self._people(plan.id, package.id, {code: one.id for code, one in products.items()})
        db.session.commit()

    def _people(self, plan_id: int, package_id: int, products: dict[str, int]) -> None:
        people = self.people
        customers = _add(Customer, [
            {"code": f"c{one.number}", "name": f"Person {one.number}", "name_folded": f"person {one.number}",
             "document": one.document, "email": one.login} for one in people])  # fmt: skip
        services = _add(Service, [
            {"code": f"s{one.number}", "customer_id": customer, "plan_id": plan_id, "status": "servico_habilitado"}
            for one, customer in zip(people, customers, strict=True)])  # fmt: skip
        sold = {"package_id": package_id, "value": Decimal("29.90")}
        sales = _add(ServicePackage, [{"service_id": service, **sold} for service in services])
        accounts = _add(Account, [
            {"integration_id": self.integration_id, "service_id": service, "login": one.login, "login_key": one.login,
             "remote_ids": {"id": f"r-{one.number}"}, "status": "active"}
            for one, service in zip(people, services, strict=True)])  # fmt: skip
        rows: list[dict[str, Any]] = []
        for person, account, sale in zip(people, accounts, sales, strict=True):
            person.account_id = account
            rows += self._seats(person, account, sale, products[person.product])
        _add(Seat, sorted(rows, key=lambda row: row["ended_at"] is None))

    def _seats(self, person: Subscriber, account: int, sale: int, product: int) -> list[dict[str, Any]]:
        ends = [at for at, _ in person.cuts[1:]] + [None]
        return [
            {"integration_id": self.integration_id, "account_id": account, "service_package_id": sale,
             "product_id": product, "state": state, "began_at": at, "ended_at": end, "began_by": "sold",
             "ended_by": "" if end is None else "removed",
             "proof": None if end is None else {"at": end.astimezone(UTC).isoformat(), "http_status": 200,
                                                "request_id": f"req-{person.number}", "outcome": "ok", "answer": "{}"}}
            for (at, state), end in zip(person.cuts, ends, strict=True) if state
        ]  # fmt: skip

    def _subscriber(self, number: int) -> Subscriber:
        dice = self.dice
        at = datetime(YEAR - 1, 12, 1, tzinfo=SAO_PAULO) + timedelta(minutes=dice.randrange(330 * 24 * 60))
        cuts: list[Cut] = [(at, "active")]
        while dice.random() < 0.6:
            at += timedelta(minutes=dice.randrange(60, 120 * 24 * 60))
            after = {"active": ("suspended", "suspended", ""), "suspended": ("active", "active", ""), "": ("active",)}
            cuts.append((at, dice.choice(after[cuts[-1][1]])))
        return Subscriber(number, dice.choice(("full", "full", "kids")), [cut for cut in cuts if cut[0].year <= YEAR])

    def _rightful(self, told: Told, person: Subscriber, value: Decimal) -> None:
        dice, row = self.dice.random(), (self.name(person), person.product, str(value))
        if dice < 0.01:
            told.errors.append((person.login, "not_billed", Decimal(0)))
        elif dice < 0.02:
            told.rows += [row, row]
            told.errors.append((row[0], "twice", value))
        elif dice < 0.03:
            told.rows.append((row[0], row[1], str(value + Decimal("0.03"))))
            told.errors.append((row[0], "price", Decimal("0.03")))
        else:
            told.rows.append(row)

    def _wrong(self, told: Told, person: Subscriber, verdict: str) -> None:
        name = self.name(person)
        told.rows.append((name, person.product, "19.90"))
        told.errors.append((name, verdict, Decimal("19.90")))

    def _counts(self, person: Subscriber, day: date) -> bool:
        if self.kind == "on_day" and day.day != COUNT_DAY:
            return False
        states = person.states(day)
        return bool(states) if self.kind == "any_day" else "active" in states

    def _suspended(self, person: Subscriber, month: int) -> bool:
        days = _days(month) if self.kind != "on_day" else [date(YEAR, month, COUNT_DAY)]
        return any("suspended" in person.states(day) for day in days)

    def _held(self, person: Subscriber, month: int) -> bool:
        return any(person.states(day) for day in _days(month))


def _start(month: int) -> datetime:
    return datetime(YEAR, month, 1, tzinfo=SAO_PAULO)


@cache
def _days(month: int) -> list[date]:
    day, found = date(YEAR, month, 1), []
    while day.month == month:
        found.append(day)
        day += timedelta(days=1)
    return found


def _cost(product: str, day: date) -> Decimal:
    return Decimal([value for code, since, value in COSTS if code == product and since <= day][-1])


def _money(value: str) -> str:
    whole, _, cents = f"{Decimal(value):,.2f}".partition(".")
    return f"R$ {whole.replace(',', '.')},{cents}"


def _add(model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Write rows below ids that are given here: asked back, they would come in thousands of small pieces."""
    first = 1 + db.session.scalars(select(func.coalesce(func.max(model.id), 0))).one()
    ids = list(range(first, first + len(rows)))
    for start in range(0, len(rows), 5000):
        some = zip(ids[start : start + 5000], rows[start : start + 5000], strict=True)
        db.session.execute(insert(model), [{"id": one, **row} for one, row in some])
    return ids
