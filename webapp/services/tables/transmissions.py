"""The lists of transmissions: accounts that wait for a call, those that wait for a person, the calls made.

None is sorted by customer. The name stands two tables away, on the customer, so no index has these rows in its order:
after a platform was down for a day, the first page of 50 would read and sort the 100,000 that wait, and each further
page do so again; of calls there are millions. Beside each row it would have to be kept anew whenever a customer is
renamed. Who looks for somebody searches for the name, which has an index.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import defer, joinedload

from webapp.models import Account, Attempt, Customer, Integration, Service
from webapp.models.account import BLOCKED, PARKED
from webapp.services.beginnings import begins_with
from webapp.services.customer_search import searched
from webapp.services.probing import FEW, Found, among, look, short
from webapp.services.tables.contract import MOMENT, NUMBER, Column, Filter, Order, Table

PENDING_TAB, DONE_TAB, BLOCKED_TAB = TABS = ("pending", "done", "blocked")
STUCK = (BLOCKED, PARKED)
# A search for the calls of more people than that is a search for everybody.
MOST_PEOPLE = 200


def pending_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the accounts that wait for a call."""
    return find_pending(filters).rows


def find_pending(filters: Mapping[str, str]) -> Found:
    """Return the accounts that wait for a call, and how many they are where that was found out."""
    due = Account.due_at.is_not(None)
    # Without a text there is nothing to weigh.
    return _narrowed(due, filters, few="q" in filters and short([select(Account.id).where(due)])[0])


def stuck_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the accounts that only a person can move on: blocked and parked."""
    return find_stuck(filters).rows


def find_stuck(filters: Mapping[str, str]) -> Found:
    """Return the accounts that only a person can move on, and how many they are where that was found out."""
    stuck = Account.status.in_(STUCK)
    # The index on states begins with the integration; there are few of those.
    led = and_(stuck, Account.integration_id.in_(_integrations(filters)))
    few = short([select(Account.id).where(led)])[0]
    return _narrowed(led if few else stuck, filters, few=few)


def attempt_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the calls that were made."""
    wanted = select(Attempt)
    if "integration" in filters:
        wanted = wanted.where(Attempt.integration_id == int(filters["integration"]))
    if "account" in filters:
        wanted = wanted.where(Attempt.account_id == int(filters["account"]))
    if "q" in filters:
        # Looked for by name first: who is found then has few accounts, and those few calls.
        some = _people(filters["q"]).limit(MOST_PEOPLE)
        wanted = wanted.where(Attempt.account_id.in_(select(Account.id).where(_belongs(filters["q"], some))))
    return wanted


def _integrations(filters: Mapping[str, str]) -> Any:
    return (int(filters["integration"]),) if "integration" in filters else select(Integration.id)


def _narrowed(waits: ColumnElement[bool], filters: Mapping[str, str], *, few: bool) -> Found:
    wanted = select(Account).where(waits)
    if "integration" in filters:
        wanted = wanted.where(Account.integration_id == int(filters["integration"]))
    if "account" in filters:
        wanted = wanted.where(Account.id == int(filters["account"]))
    if "q" not in filters:
        return Found(wanted)
    if not few:
        return Found(wanted.where(_belongs(filters["q"], _people(filters["q"]))))
    # All of them are tested once, and those that are meant are known from then on.
    (found,) = look([(wanted.with_only_columns(Account.id).where(_is_of_people(filters["q"])), FEW)])
    return Found(select(Account).where(among(Account.id, found.ids)), len(found.ids))


def _people(query: str) -> Select[Any]:
    return select(Customer.id).where(*searched(query))


def _belongs(query: str, people: Select[Any]) -> ColumnElement[bool]:
    """Name, code, document, e-mail of the customer; or the beginning of the log-in on the platform: looked up."""
    services = select(Service.id).where(Service.customer_id.in_(people))
    begins = and_(Account.integration_id.in_(select(Integration.id)), _begins(query))
    return or_(Account.service_id.in_(services), Account.id.in_(select(Account.id).where(begins)))


def _is_of_people(query: str) -> ColumnElement[bool]:
    """The same, tested of one account after the other: quicker where there are few."""
    owner = select(Service.id).join(Customer, Customer.id == Service.customer_id).where(*searched(query))
    return or_(_begins(query), owner.where(Service.id == Account.service_id).correlate(Account).exists())


def _begins(query: str) -> ColumnElement[bool]:
    return begins_with(Account.login_key, query.strip().lower())


def _trouble(row: Account | Attempt) -> tuple[str, Mapping[str, Any]] | None:
    return (row.error_code, row.error_params) if row.error_code else None


_PEOPLE = joinedload(Account.service).joinedload(Service.customer).load_only(Customer.name, Customer.code)
_FILTERS = (
    Filter("q"),
    Filter("integration", options="integration"),
    Filter("account", options="account", hidden=True),
)

PENDING = Table(
    name="accounts_pending",
    columns=(
        Column("customer", lambda row: row.service.customer.name),
        Column("code", lambda row: row.service.customer.code, usual=False),
        Column("login", lambda row: row.login, usual=False),
        Column("integration", lambda row: row.integration.description),
        Column("state", lambda row: row.status, "account"),
        Column("why", _trouble, "trouble"),
        Column("since", lambda row: row.error_at, MOMENT, usual=False),
        Column("tries", lambda row: row.tries, NUMBER, usual=False),
        Column("next", lambda row: row.due_at, MOMENT, order="next"),
    ),
    filters=_FILTERS,
    orders={"next": Order((Account.due_at, Account.id), (datetime, int))},
    usual_order="next",
    rows=pending_rows,
    looks=find_pending,
    endpoint="transmissions.index",
    address={"tab": PENDING_TAB},
    options=(_PEOPLE, joinedload(Account.integration)),
    people=True,
)
STUCK_ACCOUNTS = replace(
    PENDING, name="accounts_stuck", rows=stuck_rows, looks=find_stuck, orders={"number": Order((Account.id,), (int,))},
    usual_order="-number", address={"tab": BLOCKED_TAB},
    # None of them goes on by itself, so the column of the next try says nothing new.
    columns=tuple(replace(one, order="", usual=one.usual and one.key != "next") for one in PENDING.columns),
)  # fmt: skip
ATTEMPTS = Table(
    name="attempts",
    columns=(
        Column("time", lambda row: row.started_at, MOMENT, order="time"),
        Column("customer", lambda row: row.account.service.customer.name if row.account else ""),
        Column("code", lambda row: row.account.service.customer.code if row.account else "", usual=False),
        Column("integration", lambda row: row.integration.description),
        Column("operation", lambda row: row.operation, "operation"),
        Column("outcome", lambda row: row.outcome, "outcome"),
        Column("why", _trouble, "trouble", usual=False),
        Column("http", lambda row: row.http_status, NUMBER),
        Column("ms", lambda row: row.latency_ms, NUMBER),
    ),
    filters=_FILTERS,
    orders={"time": Order((Attempt.id,), (int,))},
    usual_order="-time",
    rows=attempt_rows,
    endpoint="transmissions.index",
    address={"tab": DONE_TAB},
    options=(
        joinedload(Attempt.account).joinedload(Account.service).joinedload(Service.customer),
        joinedload(Attempt.integration), defer(Attempt.request), defer(Attempt.response),
    ),
    counted=False,
    people=True,
)  # fmt: skip
