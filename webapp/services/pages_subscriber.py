"""One subscriber on one page: who it is, what can be watched, what happens next, and what happened last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from webapp.decide.why_facts import Light
from webapp.extensions import db
from webapp.models import Account, Customer
from webapp.services.case_loading import ServiceRows, load_service, load_services
from webapp.services.cases import Case, counts, no_service, worst_first
from webapp.services.errors import NotFound
from webapp.services.history_names import Named, Reference
from webapp.services.pages_services import FILTERED_FROM, ServiceCard, service_cards
from webapp.services.timeline import Entry, newest_of

RECENT = 12


@dataclass(frozen=True)
class SubscriberView:
    """One customer with the services that are shown, and the newest of the timeline.

    Attributes:
        hidden: how many services are not shown, because they ended.
        after: id behind which further services begin; None = these are all.
    """

    customer: Customer
    cards: Sequence[ServiceCard]
    total: int
    hidden: int
    after: int | None
    newest: Sequence[Entry]
    names: Mapping[Reference, Named]

    @property
    def filtered(self) -> bool:
        """Whether a box to narrow the list is worth its place."""
        return len(self.cards) >= FILTERED_FROM

    @cached_property
    def cases(self) -> list[Case]:
        """Return the verdicts of all services shown, what needs somebody first."""
        if not self.cards and not self.hidden:
            return [no_service(erased=self.customer.erased_at is not None)]
        return worst_first([case for card in self.cards for case in card.cases])

    @property
    def lights(self) -> Mapping[str, int]:
        """Return how many packages stand how."""
        return counts(self.cases)


@dataclass(frozen=True)
class WhyView:
    """Why a customer does not watch: the verdicts, the worst first.

    Attributes:
        account: the only one that is shown; None = all of the customer.
        more: there are services that are not shown.
    """

    customer: Customer
    cases: Sequence[Case]
    account: Account | None = None
    more: bool = False

    @property
    def first_name(self) -> str:
        """Return how the customer is called in a sentence; a company by its whole name."""
        name = self.customer.name.strip()
        person = len(self.customer.document) <= len("00000000000")
        return (name.split()[0].title() if name.isupper() else name.split()[0]) if person and name else name

    @property
    def fine(self) -> bool:
        """Tell whether all is well on our side."""
        return all(case.verdict.light is Light.GREEN for case in self.cases)

    @property
    def looking(self) -> bool:
        """Tell whether the page shall look again by itself: an answer is on its way."""
        return any(case.looking or case.verdict.is_moving for case in self.cases)


def view_subscriber(customer_id: int, *, ended: bool = False, after: int = 0) -> SubscriberView:
    """Return one customer with everything that hangs on it.

    Args:
        ended: True shows the services that ended, too.
        after: the services behind this one, where there are many.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = _customer(customer_id)
    rows = load_services(customer_id, ended=ended, after=after)
    cards = service_cards(rows)
    newest = newest_of(customer, RECENT)
    hidden = 0 if ended else rows.ended
    return SubscriberView(customer, cards, rows.total, hidden, rows.after, newest, _names(customer, rows))


def view_card(service_id: int) -> ServiceCard:
    """Return one service with its verdicts, for the part of a page that refreshes itself.

    Raises:
        NotFound: no such service; answer 404.
    """
    return service_cards(load_service(service_id))[0]


def view_why(customer_id: int) -> WhyView:
    """Return why a customer does not watch. Services that ended are left out while there is another.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = _customer(customer_id)
    rows = load_services(customer_id, ended=False)
    if not rows.services and rows.total:
        rows = load_services(customer_id, ended=True)
    cases = [case for card in service_cards(rows) for case in card.cases]
    found = cases or [no_service(erased=customer.erased_at is not None)]
    return WhyView(customer, worst_first(found), more=rows.after is not None)


def view_why_account(account_id: int) -> WhyView:
    """Return why what one account carries is not watched.

    Raises:
        NotFound: no such account; answer 404.
    """
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account_not_found", {"id": account_id})
    card = view_card(account.service_id)
    mine = [case for case in card.cases if case.account is not None and case.account.id == account_id]
    # What it carried was taken off: the service says why there is nothing.
    return WhyView(card.service.customer, worst_first(mine or list(card.cases)), account)


def _customer(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer_unknown", {"id": customer_id})
    return customer


def _names(customer: Customer, rows: ServiceRows) -> Mapping[Reference, Named]:
    """Return what the loaded objects are called, without a further question."""
    found: dict[Reference, Named] = {}
    for service in rows.services:
        found["service", service.id] = Named("service", service.id, service.code, customer.name, customer.id)
        for sale in service.packages:
            shown = Named("service_package", sale.id, sale.package.description, customer.name, customer.id)
            found["service_package", sale.id] = shown
            found["package", sale.package_id] = replace(shown, kind="package", id=sale.package_id)
    for accounts in rows.around.accounts.values():
        for account in accounts:
            name = account.integration.description
            found["account", account.id] = Named("account", account.id, name, customer.name, customer.id)
    return found
