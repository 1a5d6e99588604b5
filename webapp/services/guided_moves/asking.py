"""A guided move is asked for: what will happen in words, where both accounts cannot be there at once, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.guided_moves import is_gap
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.gateways.contract import ServiceFacts, Unit
from webapp.models import Account, Customer, GuidedMove, Integration, Service
from webapp.models.agenda import ASKED, DONE, STOPPED
from webapp.services import audit
from webapp.services.buyers import EMAIL, Buyer, buyer_of, by_integration, customer_facts, traits_of
from webapp.services.changes import check_version, commit, get_or_refuse, refuse_if
from webapp.services.documents import email_problem
from webapp.services.errors import Conflict, Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import NO_NUL, Code, Id, Input, Text
from webapp.services.plan_sales import NewSale, takes_email
from webapp.services.sale_checks import email_clashes, sale_problems
from webapp.services.sales import find_service
from webapp.services.transactions import begin
from webapp.services.transfers import sales_of

HOLDER, BY_EMAIL = KINDS = ("holder", "email")
CLOSED = (DONE, STOPPED)
FARTHEST_DAYS = 366
ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=NO_NUL)]
Mail = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=NO_NUL)]


class MoveOrder(Input):
    """What shall go over to whom.

    ``code``: of the service that is made anew. ``email``: for its accounts; of a change of e-mail the new one.
    ``also_own``: the customer's own e-mail changes too. ``agree_gap``: where both accounts cannot be there at once,
    the old one may end first.
    """

    kind: Literal["holder", "email"]
    customer_id: Id | None = None
    code: Code
    on: date
    login: ShortLine = ""
    password: Annotated[str, StringConstraints(max_length=120, pattern=NO_NUL)] = Field(default="")
    email: Mail = ""
    also_own: bool = True
    agree_gap: bool = False
    reason: Text = ""


@dataclass(frozen=True)
class Gap:
    """A platform on which the old account must end before the new one is made, and why."""

    integration: Integration
    problem: Problem


@dataclass(frozen=True)
class Scheme:
    """What a guided move would do.

    Attributes:
        gaps: platforms on which the customer has nothing for a while.
        problems: why it cannot be begun; a gap that nobody agreed to is among them.
    """

    service: Service
    customer: Customer
    order: MoveOrder
    sales: tuple[NewSale, ...]
    gaps: tuple[Gap, ...]
    problems: tuple[Problem, ...]

    @property
    def at_once(self) -> list[NewSale]:
        """What the new service has from the start."""
        held_back = {gap.integration.id for gap in self.gaps}
        return [sale for sale in self.sales if sale.package.integration_id not in held_back]


def scheme_of(service: Service, order: MoveOrder) -> Scheme:
    """Return what a move would do; changes nothing."""
    holder = service.customer
    if order.kind == HOLDER:
        holder = db.session.get(Customer, order.customer_id or 0) or service.customer
    sales = tuple(sales_of(service, order.email))
    gaps, refused = _judge(service, holder, order, sales)
    problems = _order_problems(service, holder, order) + refused
    if gaps and not order.agree_gap:
        params = {"integrations": ", ".join(gap.integration.description for gap in gaps)}
        problems.append(Problem("agree_gap", "guided_move_gap", params))
    return Scheme(service, holder, order, sales, tuple(gaps), tuple(problems))


def ask(service_id: int, order: MoveOrder, version: int | None = None) -> GuidedMove:
    """Note that a service shall go over, and commit; ``advance`` carries it out.

    Raises:
        NotFound: no such service.
        Invalid: show every problem beside its field; nothing was noted.
        Conflict: ``guided_move_open``; the service is going over already. ``stale``; somebody changed it meanwhile.
    """
    begin(reads_only=False)
    service = get_or_refuse(Service, service_id, "service_unknown")
    db.session.refresh(service, with_for_update=True)
    if open_move_id(service_id) is not None:
        raise Conflict("guided_move_open", {"service": service.code})
    check_version(service, version)
    scheme = scheme_of(service, order)
    refuse_if(list(scheme.problems))
    move = GuidedMove(
        kind=order.kind, service=service, to_customer=scheme.customer, to_email=order.email, on=order.on,
        status=ASKED, reason=order.reason, asked_by=audit.current_actor(), data=_data(scheme),
        steps=[{"name": "asked", "at": utc_now().isoformat(), "by": audit.current_actor()}],
    )  # fmt: skip
    db.session.add(move)
    db.session.flush()
    after = {"move": order.kind, "customer": scheme.customer.code, "service": order.code, "on": order.on.isoformat()}
    audit.record("guided_move.ask", "service", service.id, service.code, after=after, reason=order.reason)
    commit()
    return move


def open_move_id(service_id: int) -> int | None:
    """Return the move by which a service is going over, from it or to it; None where there is none."""
    beside = (GuidedMove.service_id == service_id) | (GuidedMove.to_service_id == service_id)
    return db.session.scalar(select(GuidedMove.id).where(beside, GuidedMove.status.not_in(CLOSED)).limit(1))


def _data(scheme: Scheme) -> dict[str, Any]:
    order = scheme.order
    return {
        "code": order.code, "login": order.login, "also_own": order.also_own,
        "gaps": [gap.integration.id for gap in scheme.gaps],
    }  # fmt: skip


def _judge(
    service: Service, holder: Customer, order: MoveOrder, sales: Sequence[NewSale]
) -> tuple[list[Gap], list[Problem]]:
    """Part what each platform would refuse into what the old service causes and what stays wrong."""
    buyer, gaps, wrong = _buyer(service, holder, order), [], []
    for integration, group in by_integration(sales):
        for problem in sale_problems(buyer, group):
            named = str(problem.params.get("service", ""))
            if is_gap(problem.code, named, service.code, same_holder=holder.id == service.customer_id):
                gaps.append(Gap(integration, problem))
            else:
                wrong.append(problem)
    return list({gap.integration.id: gap for gap in gaps}.values()), wrong


def _buyer(service: Service, holder: Customer, order: MoveOrder) -> Buyer:
    old, customer = buyer_of(service).service, customer_facts(holder)
    password = old.password if order.kind == BY_EMAIL else type(old.password)(order.password)
    login = service.login if order.kind == BY_EMAIL else order.login
    if order.kind == BY_EMAIL and order.also_own:
        customer = replace(customer, email=order.email)
    return Buyer(customer, ServiceFacts(0, order.code, service.status, login, password))


def _order_problems(service: Service, holder: Customer, order: MoveOrder) -> list[Problem]:
    today = current_hub().today()
    problems = []
    if service.status in ENDED:
        problems.append(Problem("", "transfer_service_ended", {"service": service.code}))
    if find_service(order.code) is not None:
        problems.append(Problem("code", "service_code_taken", {"code": order.code}))
    if order.on < today or (order.on - today).days > FARTHEST_DAYS:
        problems.append(Problem("on", "guided_move_day", {"days": FARTHEST_DAYS}))
    elif order.on > today and order.password:
        problems.append(Problem("password", "guided_move_password_later"))
    return problems + (_email_problems if order.kind == BY_EMAIL else _holder_problems)(service, holder, order)


def _holder_problems(service: Service, holder: Customer, order: MoveOrder) -> list[Problem]:
    if order.customer_id is None or holder.id != order.customer_id:
        return [Problem("customer_id", "customer_unknown", {"id": order.customer_id})]
    if holder.id == service.customer_id:
        return [Problem("customer_id", "transfer_same_customer", {"customer": holder.name})]
    return []


def _email_problems(service: Service, holder: Customer, order: MoveOrder) -> list[Problem]:
    if not order.email or email_problem(order.email):
        return [Problem("email", "email_wrong", {"value": order.email})]
    if order.email in _logins(service):
        return [Problem("email", "guided_move_same_email", {"email": order.email})]
    if not order.also_own and _needs_own(service):
        return [Problem("also_own", "guided_move_own_needed")]
    if not _has_frozen(service):
        return [Problem("", "guided_move_nothing_sent")]
    return email_clashes(holder, order.email) if order.also_own else []


def _logins(service: Service) -> set[str]:
    keys = select(Account.login_key).where(Account.service_id == service.id, Account.status != "cancelled")
    return set(db.session.scalars(keys))


def _has_frozen(service: Service) -> bool:
    frozen = select(Account.id).where(Account.service_id == service.id, Account.login_frozen_at.is_not(None))
    return db.session.scalar(frozen.where(Account.status != "cancelled").limit(1)) is not None


def _needs_own(service: Service) -> bool:
    """Tell whether a platform takes the log-in from the customer's e-mail and from nowhere else."""
    for sale in service.packages:
        traits = traits_of(sale.package.integration) if sale.removed_at is None else None
        keyed = traits is not None and traits.unit is Unit.ACCOUNT and traits.login_fields[:1] == (EMAIL,)
        if keyed and not takes_email(sale.package):
            return True
    return False
