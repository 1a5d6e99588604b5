"""The practice platform is switched on like any other integration; what it was taught with is noted as such."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Integration, Service, Setting
from webapp.services.changes import commit
from webapp.services.customers import find_customer, upsert_customer
from webapp.services.errors import NotFound
from webapp.services.inputs import CustomerInput, IntegrationInput, ServiceInput
from webapp.services.integrations import create_integration, set_integration_active
from webapp.services.practice.line import KEY
from webapp.services.practice.memory import setting_name
from webapp.services.subscriptions import upsert_service

CODE = "PRATICA-{number}"


@dataclass(frozen=True)
class Made:
    """What was made for practice besides the platform's own packages: ids, to be removed with it."""

    plans: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()


def practice_integrations() -> Sequence[Integration]:
    """Return the practice platforms, those that are switched on first; mostly there is none or one."""
    wanted = select(Integration).where(Integration.gateway == KEY)
    return db.session.scalars(wanted.order_by(Integration.active.desc(), Integration.id)).all()


def find_practice() -> Integration | None:
    """Return the practice platform that is switched on, or None."""
    return next((row for row in practice_integrations() if row.active), None)


def get_practice(integration_id: int) -> Integration:
    """Return a practice platform.

    Raises:
        NotFound: there is no such integration, or it is a real one; answer 404.
    """
    found = db.session.get(Integration, integration_id)
    if found is None or found.gateway != KEY:
        raise NotFound("integration_not_found", {"id": integration_id})
    return found


def switch_on(description: str) -> Integration:
    """Switch the practice platform on, and commit; one that was removed before is taken again.

    Args:
        description: of a new one, in the words of whoever does it.

    Raises:
        Invalid: the description is taken; give another.
    """
    known = practice_integrations()
    if known:
        return set_integration_active(known[0].id, True)
    return create_integration(IntegrationInput(gateway=KEY, description=description))


def made_for(integration_id: int) -> Made:
    """Return what was noted of a practice platform."""
    row = db.session.get(Setting, made_name(integration_id))
    kept: dict[str, Any] = json.loads(row.value) if row is not None else {}
    return Made(tuple(kept.get("plans", ())), tuple(kept.get("customers", ())))


def note_made(integration_id: int, *, plan_id: int | None = None, customer_id: int | None = None) -> None:
    """Note that a plan or a customer was made only to practise, and commit."""
    known = made_for(integration_id)
    plans = {*known.plans, *([plan_id] if plan_id else [])}
    people = {*known.customers, *([customer_id] if customer_id else [])}
    value = json.dumps({"plans": sorted(plans), "customers": sorted(people)})
    db.session.merge(Setting(name=made_name(integration_id), value=value))
    commit()


def made_name(integration_id: int) -> str:
    """Return the name of the row in which that is noted."""
    return f"{setting_name(integration_id)}:made"


def register_learner(integration_id: int, plan_id: int, data: CustomerInput) -> Service:
    """Register a made-up customer with a service of a plan, paid and enabled; the account follows by itself.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    code = _free_code()
    customer, _new = upsert_customer(code, data)
    note_made(integration_id, customer_id=customer.id)
    login = code.lower()
    service, _new = upsert_service(code, ServiceInput(customer_code=code, plan_id=plan_id, login=login))
    return service


def _free_code() -> str:
    number = 1
    while find_customer(CODE.format(number=number)) is not None:
        number += 1
    return CODE.format(number=number)
