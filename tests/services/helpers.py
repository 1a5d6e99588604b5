"""What the tests of use cases share."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.factories import make_integration, make_package
from webapp.extensions import db
from webapp.models import Account, Event, Integration, Package, Service
from webapp.services.errors import Invalid, Problem


def problems_of(call: Callable[[], object]) -> list[Problem]:
    """Return the problems that a call is refused with."""
    with pytest.raises(Invalid) as caught:
        call()
    db.session.rollback()
    return caught.value.problems


def codes_of(call: Callable[[], object]) -> list[tuple[str, str]]:
    """Return field and code of each problem that a call is refused with."""
    return [(problem.field, problem.code) for problem in problems_of(call)]


def actions() -> list[str]:
    """Return what happened so far."""
    return list(db.session.scalars(select(Event.action).order_by(Event.id)))


def last_event() -> Event:
    """Return the newest event."""
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def account_of(service: Service) -> Account:
    """Return the one account of a service."""
    return db.session.scalars(select(Account).where(Account.service_id == service.id)).one()


def freeze(account: Account, login: str) -> None:
    """Make the account as it is after its first transmission."""
    account.login = account.login_key = login
    account.login_frozen_at = account.created_at
    account.status = "active"
    account.applied_generation = account.generation
    account.due_at = None
    db.session.commit()


def nx_package(integration: Integration | None = None, **overrides: object) -> Package:
    """Make a package on NX Play, where the e-mail is the log-in."""
    return make_package(integration or make_integration(gateway="nx_play"), **overrides)
