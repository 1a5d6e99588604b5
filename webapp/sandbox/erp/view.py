"""What a fake ERP shows of its people under its dials; the shapes only spell it."""

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.sandbox.erp.dials import ErpDials
from webapp.sandbox.erp.people import (
    IN_DEBT,
    PAYS,
    PLANS,
    Customer,
    Package,
    People,
    Plan,
    Service,
    copied,
    made_up_document,
)

ZONE = ZoneInfo("America/Sao_Paulo")
# In every field that a reader has no business to keep.
CANARY = "canario"
OTHER_IDS_FROM = 500_000
ZEROS = 9
PUNCTUATION = str.maketrans("", "", ".-/")


def share_of(identity: int, share: float, salt: str) -> bool:
    """Tell whether this one is among the share: always the same ones, and more of them as it grows."""
    return zlib.crc32(f"{salt}{identity}".encode()) % 10_000 < share * 10_000


class View:
    """How one tenant's ERP answers now.

    Attributes:
        people: the truth.
        dials: as they stand.
        customers: whom it shows, in the order of their ids.
    """

    def __init__(self, people: People, snapshot: Sequence[Customer] | None, dials: ErpDials) -> None:
        self.people = people
        self.dials = dials
        self.customers = _shown(people, snapshot, dials)
        self._packages: dict[int, Package] = {package.id: package for package in people.packages}
        self.kept: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what ``make`` gives, made once for as long as neither people nor dials change."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def package(self, identity: int) -> Package:
        """Return a package by its id."""
        return self._packages[identity]

    def plan(self, identity: int) -> Plan:
        """Return a plan by its id; one that nobody knows has no name."""
        return next((plan for plan in PLANS if plan.id == identity), Plan(identity, "", 0.0))

    def matching(self, fits: Callable[[Customer], bool]) -> list[Customer]:
        """Return the customers that fit; somebody else in place of each, where the dials say so."""
        found = [number for number, customer in enumerate(self.customers) if fits(customer)]
        shift = 1 if self.dials.find_other else 0
        return [self.customers[(number + shift) % len(self.customers)] for number in found]

    def number(self, identity: int) -> int | str:
        """Return an id as this ERP writes it."""
        return f"{identity:0{ZEROS}d}" if self.dials.ids_reformatted else identity

    def document(self, digits: str, own: str) -> str:
        """Return a CPF as this ERP writes it; ``own`` is its usual form."""
        form = self.dials.documents_reformatted or own
        if form == "punctuated":
            return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"
        return digits.lstrip("0") if form == "no_zeros" else digits

    def status(self, service: Service) -> str | None:
        """Return the word for a service's status; None where the ERP gives none."""
        dials = self.dials
        if dials.status_field == "null":
            return None
        if dials.status_word and share_of(service.id, dials.status_word_share, "word"):
            return dials.status_word
        if service.status == PAYS and share_of(service.id, dials.suspended_share, "debt"):
            return IN_DEBT
        return service.status

    def status_key(self, own: str) -> str:
        """Return the name of the field in which the status stands."""
        return f"{own}_novo" if self.dials.status_field == "renamed" else own

    def day(self, moment: datetime) -> str:
        """Return a day."""
        day = moment.astimezone(ZONE).date() + timedelta(days=self.dials.dates_shift_days)
        return self._spelt(day)

    def _spelt(self, day: date) -> str:
        return day.strftime("%d/%m/%Y") if self.dials.dates_br else day.isoformat()

    def moment(self, moment: datetime) -> str:
        """Return a day and time that is no time of change."""
        local = moment.astimezone(ZONE) + timedelta(days=self.dials.dates_shift_days)
        return f"{self._spelt(local.date())} {local:%H:%M:%S}"

    def changed(self, moment: datetime) -> datetime:
        """Return a time of change as the ERP's clock has it, in its own zone."""
        return moment.astimezone(ZONE) + timedelta(days=self.dials.clock_ahead_days)

    def stamp(self, moment: datetime) -> str:
        """Return a time of change as text."""
        local = self.changed(moment)
        return f"{self._spelt(local.date())} {local:%H:%M:%S}"


def digits_of(text: str) -> str:
    """Return a document, phone or id as it is compared: without punctuation, and without leading zeros."""
    return text.strip().translate(PUNCTUATION).lstrip("0")


def _shown(people: People, snapshot: Sequence[Customer] | None, dials: ErpDials) -> list[Customer]:
    """Return whom the ERP shows; the same objects where nothing differs."""
    shown = list(snapshot) if dials.stale and snapshot is not None else people.customers
    if dials.restored_days:
        shown = _restored(shown, datetime.now(UTC) - timedelta(days=dials.restored_days))
    if dials.other_provider:
        shown = _strangers(shown, 0 if dials.other_provider == "same_ids" else OTHER_IDS_FROM)
    if dials.missing_share:
        shown = [one for one in shown if not share_of(one.id, dials.missing_share, "missing")]
    if dials.hides_ended:
        shown = [replace(one, services=[each for each in one.services if each.live]) for one in shown]
        shown = [one for one in shown if one.services]
    return shown


def _restored(customers: Sequence[Customer], then: datetime) -> list[Customer]:
    """Return them as a backup of that moment has them."""
    known = copied([one for one in customers if one.made_at <= then])
    for customer in known:
        customer.services = [each for each in customer.services if each.made_at <= then]
        for service in customer.services:
            if service.status_at > then:
                service.status, service.status_at = service.before, service.made_at
            service.sales = [sale for sale in service.sales if sale.made_at <= then]
            for sale in service.sales:
                sale.removed_at = None if sale.removed_at and sale.removed_at > then else sale.removed_at
                sale.changed_at = min(sale.changed_at, then)
    return known


def _strangers(customers: Sequence[Customer], shift: int) -> list[Customer]:
    """Return other people, who pay less well, under the same or under other ids."""
    chance, others = random.Random(13), copied(customers)
    for number, customer in enumerate(others):
        customer.name, customer.document = f"OUTRO ASSINANTE {number}", made_up_document(chance)
        customer.email, customer.phone = f"outro.{number}@example.com", f"219{chance.randrange(10**8):08d}"
        customer.id, customer.code = customer.id + shift, customer.code + shift
        for service in customer.services:
            service.id, service.login = service.id + shift, f"outro{number}"
            service.status = IN_DEBT if number % 3 == 0 else PAYS
    return others
