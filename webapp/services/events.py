"""What a platform tells us unasked. A hint, never an order: whom it names is asked about and compared."""

import json

import structlog
from sqlalchemy import ColumnElement, Text, cast, or_, select

from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest, EventHint
from webapp.models import Account, Customer, Integration, Service
from webapp.services import lookup_marks, throttle
from webapp.services.audit import record
from webapp.services.callback import TooManyRefusals, admitted, integration_of
from webapp.services.documents import normalise_document
from webapp.services.marks import load_marks
from webapp.services.metrics.process import PLATFORM_EVENTS

PER_INTEGRATION = throttle.Limit("callback-event", 600, 60)
MOST_ACCOUNTS = 20
log = structlog.get_logger()


def receive(token: str, request: CallbackRequest, remote_addr: str) -> int:
    """Note whom a platform tells of, to be looked up, and commit. The caller answers the same whoever it is.

    Returns:
        How many accounts are looked up because of it.

    Raises:
        NotFound: no integration has this token, or the request does not come from where it should; answer 404.
        TooManyRefusals: answer 429.
    """
    integration = integration_of(token, remote_addr)
    gateway = admitted(integration, request, remote_addr)
    if not throttle.hit(PER_INTEGRATION, str(integration.id)):
        PLATFORM_EVENTS.labels(str(integration.id), "rate_limited").inc()
        raise TooManyRefusals(PER_INTEGRATION.seconds)
    hint = gateway.read_event(request)
    account_ids = [] if hint is None else _meant(integration.id, hint)
    PLATFORM_EVENTS.labels(str(integration.id), "taken" if account_ids else "nobody").inc()
    log.info("callback.event", integration_id=integration.id, accounts=len(account_ids), remote_addr=remote_addr)
    fresh = lookup_marks.mark(integration.id, account_ids) if account_ids else []
    _note(integration, fresh)
    return len(account_ids)


def _note(integration: Integration, account_ids: list[int]) -> None:
    """Write it down once for each look-up, however often a platform repeats itself."""
    label = integration.description
    for account_id in account_ids:
        record("account.hint", "account", account_id, label, after={"integration": label})
    if account_ids:
        db.session.commit()


def _meant(integration_id: int, hint: EventHint) -> list[int]:
    """Return the accounts of this integration that are meant, by the surest mark that finds any."""
    for found in (_by_remote_ids, _by_reference, _by_login, _by_document):
        account_ids = found(integration_id, hint)
        if account_ids:
            return account_ids
    return []


def _by_remote_ids(integration_id: int, hint: EventHint) -> list[int]:
    pairs = set(hint.remote_ids.items())
    if not pairs:
        return []
    # The text narrows it down in the database; what it means is looked at below.
    kept = (Account.remote_ids, Account.units)
    named = [cast(column, Text).contains(json.dumps(value), autoescape=True) for _, value in pairs for column in kept]
    rows = db.session.execute(
        select(Account.id, Account.remote_ids, Account.units)
        .where(Account.integration_id == integration_id, or_(*named))
        .limit(MOST_ACCOUNTS)
    )
    return [row.id for row in rows if pairs & _ids(row.remote_ids, row.units)]


def _ids(own: dict[str, str], units: dict[str, dict[str, dict[str, str]]]) -> set[tuple[str, str]]:
    found = set(own.items())
    for unit in units.values():
        found |= set(unit.get("remote_ids", {}).items())
    return found


def _by_reference(integration_id: int, hint: EventHint) -> list[int]:
    account_id = load_marks(db.session.connection()).read(hint.reference)
    return [] if account_id is None else _accounts(integration_id, Account.id == account_id)


def _by_login(integration_id: int, hint: EventHint) -> list[int]:
    return _accounts(integration_id, Account.login_key == hint.login.lower()) if hint.login else []


def _by_document(integration_id: int, hint: EventHint) -> list[int]:
    document = normalise_document(hint.document)
    if not document:
        return []
    services = select(Service.id).join(Customer, Customer.id == Service.customer_id)
    return _accounts(integration_id, Account.service_id.in_(services.where(Customer.document == document)))


def _accounts(integration_id: int, condition: ColumnElement[bool]) -> list[int]:
    statement = select(Account.id).where(Account.integration_id == integration_id, condition).limit(MOST_ACCOUNTS)
    return list(db.session.scalars(statement))
