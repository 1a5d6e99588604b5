"""Filters of the list of customers choose the same people on every way: looked up, tested, or walked over."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from tests import factories
from tests.fixtures.postgres import postgres_app as postgres_app
from tests.fixtures.postgres import postgres_url as postgres_url
from tests.web.test_queries import counted
from tests.web.walk import hub
from webapp.clock import utc_now
from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Account, Customer, Service
from webapp.services import customer_rows
from webapp.services.customer_rows import ACCOUNT_STATES, UNSERVED, find_rows
from webapp.services.documents import fold

STATES = ("active", "pending", "blocked", "parked", "waiting_user", "suspended", "cancelled")
STATUSES = ("servico_habilitado", "suspenso_debito", "cancelado", "aguardando_instalacao")
NAMES = ("Ana Siqueira", "João Almeida", "Ana Almeida", "Bê_a 100%")
# How many are looked up, shown by their ids, counted: as they are, and so few that every other way is taken.
LIMITS = {"as they are": {}, "nobody is few": {"KNOWN": 2, "FEW": 1, "MANY": 3}, "some are": {"KNOWN": 9, "MANY": 5}}
ASKED = {
    "q": ("", "almeida", "ana siq", "xyzzy", "e_a", "a%a", "C07", "u3@example.com"),
    "active": ("", "active", "inactive"),
    "status": ("", "suspenso_debito", "cancelado"),
    "account": ("", *ACCOUNT_STATES),
    "plan": ("", "1"),
    "integration": ("", "1"),
}
ONE_EACH = [{name: value} for name, values in ASKED.items() for value in values if value]
TOGETHER = [
    dict(zip(ASKED, values, strict=True))
    for number, values in enumerate(product(*ASKED.values())) if number % 47 == 0
]  # fmt: skip


def populate() -> None:
    """Make 40 people: some with two services, some with none, and every state of a service and an account."""
    plans = [factories.make_plan(), factories.make_plan(description="Outro")]
    platforms = [factories.make_integration(description=f"P{number}") for number in range(2)]
    for number in range(40):
        customer = factories.make_customer(f"C{number:02d}", name=NAMES[number % 4], email=f"u{number}@example.com")
        for each in range((number % 8 != 7) + (number % 5 == 0)):
            status = STATUSES[(number + each) % 3 if number % 6 else 3]
            service = factories.make_service(customer, plans[number % 2], code=f"S{number}-{each}", status=status)
            state = STATES[(number // 2 + each) % len(STATES)]
            db.session.add(
                Account(
                    service_id=service.id, integration_id=platforms[number % 3 % 2].id, status=state,
                    desired=("active", "suspended", "")[number % 3], due_at=utc_now() if number % 4 == 1 else None,
                )
            )  # fmt: skip
    db.session.commit()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list["Person"]]:
    with hub(tmp_path_factory.mktemp("hub")):
        populate()
        yield everybody()


class Person:
    """A customer as Python sees it, without a database."""

    def __init__(self, row: Customer, accounts: Mapping[int, list[Account]]) -> None:
        self.id, self.name, self.code, self.email = row.id, fold(row.name), row.code, row.email
        self.services = [(one.status, one.plan_id) for one in row.services]
        self.accounts = [
            (one.status, one.integration_id, _lacks(one, service))
            for service in row.services for one in accounts.get(service.id, [])
        ]  # fmt: skip

    def fits(self, filters: Mapping[str, str]) -> bool:
        """Tell whether the person is one whom all filters choose."""
        return all(getattr(self, f"_{name}")(value, filters) for name, value in filters.items() if value)

    def _q(self, text: str, _all: Mapping[str, str]) -> bool:
        if "@" in text:
            return self.email.startswith(text)
        return self.code == text or all(word in self.name for word in fold(text).split()) or self.email.startswith(text)

    def _active(self, value: str, _all: Mapping[str, str]) -> bool:
        return any(status not in ENDED for status, _plan in self.services) == (value == "active")

    def _status(self, value: str, _all: Mapping[str, str]) -> bool:
        return any(status == value for status, _plan in self.services)

    def _plan(self, value: str, _all: Mapping[str, str]) -> bool:
        return any(plan == int(value) for _status, plan in self.services)

    def _account(self, value: str, filters: Mapping[str, str]) -> bool:
        wanted = filters.get("integration", "")
        mine = [(state, lacks) for state, platform, lacks in self.accounts if not wanted or platform == int(wanted)]
        return any(lacks if value == UNSERVED else state in ACCOUNT_STATES[value] for state, lacks in mine)

    def _integration(self, value: str, _all: Mapping[str, str]) -> bool:
        return any(platform == int(value) for _state, platform, _lacks in self.accounts)


def _lacks(account: Account, service: Service) -> bool:
    due = account.due_at is not None
    wants = account.desired == "active" or (account.desired == "" and due)
    out = account.status in ACCOUNT_STATES[UNSERVED] or (due and account.status in ("suspended", "cancelled"))
    return service.status in PAYING and wants and out


def everybody() -> list[Person]:
    accounts: dict[int, list[Account]] = {}
    for one in db.session.scalars(select(Account).options(joinedload(Account.integration))):
        accounts.setdefault(one.service_id, []).append(one)
    rows = db.session.scalars(select(Customer).options(selectinload(Customer.services))).all()
    return [Person(row, accounts) for row in rows]


def assert_same(people: list[Person], filters: Mapping[str, str]) -> None:
    asked = {name: value for name, value in filters.items() if value}
    found, wanted = find_rows(asked), {one.id for one in people if one.fits(asked)}
    assert set(db.session.scalars(found.rows.with_only_columns(Customer.id))) == wanted, asked
    many = customer_rows.MANY
    assert found.total is None or found.total == len(wanted) or min(found.total, len(wanted)) >= many, asked


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_filters_choose_whom_they_say_whichever_way_is_taken(
    limits: dict[str, int], people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(customer_rows, name, value)
    for filters in (*ONE_EACH, *TOGETHER):
        assert_same(people, filters)


@pytest.mark.usefixtures("people")
def test_word_that_is_no_filter_asks_for_nothing() -> None:
    assert len(list(db.session.scalars(find_rows({"q": "", "active": "all"}).rows))) == 40


@pytest.mark.slow
@pytest.mark.usefixtures("postgres_app")
def test_filters_choose_the_same_on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    populate()
    known = everybody()
    for limits in LIMITS.values():
        with monkeypatch.context() as patched:
            for name, value in limits.items():
                patched.setattr(customer_rows, name, value)
            for filters in (*ONE_EACH, *TOGETHER[::4]):
                assert_same(known, filters)


def test_who_has_no_service_is_told_only_where_few_services_ended(
    people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted() as few:
        assert find_rows({"active": "inactive"}).total == sum(one.fits({"active": "inactive"}) for one in people)
    assert any("EXCEPT" in one for one in few)
    monkeypatch.setattr(customer_rows, "MANY", 3)
    with counted() as many:
        assert find_rows({"active": "inactive"}).total == 3
    assert not any("EXCEPT" in one for one in many)
