"""A person asks to look at one account on its platform now: noted here, asked in the background."""

from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Service, Setting
from webapp.services import accounts, lookup_marks
from webapp.services.audit import record
from webapp.services.changes import get_or_refuse
from webapp.services.errors import Conflict, NotFound
from webapp.services.holds import hold_of
from webapp.services.transactions import begin


def look_now(account_id: int) -> bool:
    """Have the platform asked about one account within seconds, and commit; what differs is mended within the limits.

    Returns:
        False when it was asked for already.

    Raises:
        NotFound: no such account.
        Conflict: the platform cannot be asked about one account, or is asked nothing at present.
    """
    begin(reads_only=False)
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account_not_found", {"id": account_id})
    integration = account.integration
    if not finds(integration.gateway):
        raise Conflict("look_unsupported", {"description": integration.description})
    if hold_of(integration) is not None:
        raise Conflict("look_held", {"description": integration.description})
    record("account.look", "account", account.id, account.login)
    return bool(lookup_marks.mark(integration.id, [account.id]))


def is_waiting(integration_id: int, account_id: int) -> bool:
    """Tell whether a look was asked for and not made yet."""
    return db.session.get(Setting, lookup_marks.name_of(integration_id, account_id)) is not None


def finds(gateway: str) -> bool:
    """Tell whether a platform of this kind can be asked about one account."""
    try:
        return get_gateway(gateway).traits.can(Operation.FIND)
    except UnknownGateway:
        return False


def order_again(service_id: int) -> None:
    """Have all accounts of a service worked out anew, those that are missing made, and commit.

    Nothing is sent where all is as it shall be.

    Raises:
        NotFound: no such service.
    """
    begin(reads_only=False)
    service = get_or_refuse(Service, service_id, "service_unknown")
    accounts.mark_services([service_id])
    record("service.order", "service", service.id, service.code)
    db.session.commit()
