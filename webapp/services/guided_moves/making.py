"""The service that takes the old one's place: made in the caller's transaction, who commits."""

from collections import Counter

from webapp.models import GuidedMove, Service, ServicePackage
from webapp.services import accounts, audit
from webapp.services.buyers import Wanted, buyer_of, live_sales
from webapp.services.changes import refuse_if
from webapp.services.errors import Conflict
from webapp.services.guided_moves.asking import BY_EMAIL, MoveOrder, scheme_of
from webapp.services.guided_moves.seeing import accounts_of
from webapp.services.hub import current_hub
from webapp.services.plan_sales import NewSale, new_row
from webapp.services.sale_checks import sale_problems
from webapp.services.sales import note_sales
from webapp.services.transfers import Handover, TransferInput, open_successor, sales_of

# What a person keeps who only has another e-mail.
OWN = ("sold_on", "pause_from", "pause_until", "no_suspend_until", "no_suspend_reason", "city")


def order_of(move: GuidedMove, password: str = "") -> MoveOrder:
    """Return what was asked for, as the form said it."""
    data = move.data
    return MoveOrder.model_validate({
        "kind": move.kind, "customer_id": move.to_customer_id, "code": data["code"], "on": move.on,
        "login": data.get("login", ""), "password": password, "email": move.to_email,
        "also_own": bool(data.get("also_own")), "agree_gap": True, "reason": move.reason,
    })  # fmt: skip


def make_anew(move: GuidedMove, password: str) -> Service:
    """Make the new service with everything that can be there beside the old one.

    Raises:
        Invalid: a platform would refuse it now; nothing was made.
        Conflict: ``guided_move_more_gaps``; somebody must agree to more than was agreed to.
    """
    scheme = scheme_of(move.service, order_of(move, password))
    refuse_if(list(scheme.problems))
    if {gap.integration.id for gap in scheme.gaps} - set(move.data["gaps"]):
        raise Conflict("guided_move_more_gaps")
    held_back = set(move.data["gaps"])
    stood = {str(account.integration_id): account.status for account in accounts_of(move.service_id)}
    move.data = {**move.data, "before": stood}
    _renew_email(move)
    sales = [sale for sale in scheme.sales if sale.package.integration_id not in held_back]
    return _open(move, sales, password)


def sell_rest(move: GuidedMove) -> None:
    """Sell on the new service what had to wait for the end of the old one.

    Raises:
        Invalid: a platform would still refuse it; nothing was sold.
    """
    new = move.to_service
    assert new is not None
    held_back, held = set(move.data["gaps"]), {sale.package_id for sale in live_sales(new)}
    rest = [sale for sale in sales_of(move.service, move.to_email) if sale.package.integration_id in held_back]
    rest = [sale for sale in rest if sale.package.id not in held]
    beside = [Wanted(sale.package, sale.params, judged=False) for sale in live_sales(new)]
    refuse_if(sale_problems(buyer_of(new), [*beside, *rest]))
    note_sales(_hang(new, rest))
    accounts.mark_services([new.id], accounts.PAID_NOW)


def refuse_new_rights(move: GuidedMove) -> None:
    """Refuse to end the old service while something is sold on it that the new one neither has nor will get.

    Raises:
        Conflict: ``guided_move_new_rights``; it was sold, or removed, after the new service had been made.
    """
    assert move.to_service is not None
    held_back = set(move.data["gaps"])
    going = Counter(sale.package for sale in live_sales(move.to_service))
    staying = Counter(sale.package for sale in live_sales(move.service)) - going
    names = sorted(package.description for package in staying if package.integration_id not in held_back)
    if names:
        raise Conflict("guided_move_new_rights", {"packages": ", ".join(names)})


def _hang(new: Service, rest: list[NewSale]) -> list[ServicePackage]:
    rows = [new_row(sale) for sale in rest]
    new.packages.extend(rows)
    # Their ids go into the history.
    accounts.mark_services([new.id])
    return rows


def _open(move: GuidedMove, sales: list[NewSale], password: str) -> Service:
    old, same = move.service, move.kind == BY_EMAIL
    kept = str(buyer_of(old).service.password) if same else password
    data = TransferInput(
        customer_id=move.to_customer_id or old.customer_id, code=move.data["code"], on=current_hub().today(),
        login=old.login if same else move.data.get("login", ""), password=kept, email=move.to_email,
        reason=move.reason,
    )  # fmt: skip
    customer = move.to_customer or old.customer
    new = open_successor(Handover(old, customer, data), sales)
    for name in OWN if same else ():
        setattr(new, name, getattr(old, name))
    return new


def _renew_email(move: GuidedMove) -> None:
    if move.kind != BY_EMAIL or not move.data.get("also_own"):
        return
    customer = move.service.customer
    move.data = {**move.data, "email_before": customer.email}
    give_email(move, move.to_email)


def give_email(move: GuidedMove, email: str) -> None:
    """Let the customer's own e-mail be another one; log-ins that a platform has stay as they are."""
    customer = move.service.customer
    before, customer.email = {"email": customer.email}, email
    audit.record("customer.update", "customer", customer.id, customer.code, before=before,
                 after={"email": email}, reason=move.reason)  # fmt: skip
    accounts.mark_services([service.id for service in customer.services])
