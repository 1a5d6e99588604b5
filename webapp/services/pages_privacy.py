"""Personal data as pages show them: one person, erasures, periods, who looked, what goes where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.decide.retention import PERIODS, Kind, Period
from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.contract import Gateway
from webapp.gateways.uses import Gathered, gathered, hosts_of, uses_of
from webapp.models import Customer, Erasure, Integration, IntegrationParam, PersonalAccess
from webapp.services.pages import PAGE_SIZE, Page, capped_count, decode_cursor, page_of
from webapp.services.privacy.periods import load_days
from webapp.services.privacy.person import Holding, load_holding
from webapp.services.privacy.records import BY_KEY, SECTIONS, Section, count_rows, rows_of
from webapp.services.privacy.retaining import due_counts

# More of one table are in the export.
MOST_ROWS = 50


@dataclass(frozen=True)
class PersonView:
    """Everything held on one person: how much of each section, and one section opened.

    Attributes:
        days: of each section, after which it goes; None = with the customer.
    """

    person: Holding
    counts: Mapping[str, int]
    days: Mapping[str, int | None]
    opened: Section
    rows: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def sections(self) -> Sequence[Section]:
        return SECTIONS


@dataclass(frozen=True)
class PeriodLine:
    """One kind of record, for how long it is kept, and how many would go today."""

    period: Period
    days: int
    due: int


@dataclass(frozen=True)
class MapLine:
    """One integration, and what goes there. ``uses`` None = its gateway does not run, so nothing is sent."""

    integration: Integration
    label: str
    hosts: Sequence[str]
    uses: Sequence[Gathered] | None


def view_person(customer_id: int, section: str = "") -> PersonView:
    """Return what is held on a person.

    Args:
        section: key of the one that is opened; another word opens the first.

    Raises:
        NotFound: no such customer; answer 404.
    """
    person = load_holding(customer_id)
    opened = BY_KEY.get(section, SECTIONS[0])
    own = load_days()
    days = {one.key: own[one.kind] if one.kind is not None else None for one in SECTIONS}
    return PersonView(person, count_rows(person), days, opened, rows_of(opened, person, MOST_ROWS))


def list_erasures(status: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[Erasure]:
    """Return erasures, the latest first.

    Args:
        status: only those; empty = all.
    """
    wanted = select(Erasure).options(joinedload(Erasure.customer))
    wanted = wanted.where(Erasure.status == status) if status else wanted
    total = capped_count(wanted.with_only_columns(Erasure.id).options())
    after = decode_cursor(cursor, 1)
    wanted = wanted.where(Erasure.id < after[0]) if after is not None else wanted
    rows = db.session.scalars(wanted.order_by(Erasure.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following, total)


def list_accesses(
    actor: str = "", customer_id: int | None = None, cursor: str = "", size: int = PAGE_SIZE
) -> Page[tuple[PersonalAccess, Customer | None]]:
    """Return who looked at whose data, the latest first; by one actor, or at one person."""
    wanted = select(PersonalAccess, Customer).outerjoin(Customer, Customer.id == PersonalAccess.customer_id)
    wanted = wanted.where(PersonalAccess.actor == actor) if actor else wanted
    wanted = wanted.where(PersonalAccess.customer_id == customer_id) if customer_id is not None else wanted
    total = capped_count(wanted.with_only_columns(PersonalAccess.id))
    after = decode_cursor(cursor, 1)
    wanted = wanted.where(PersonalAccess.id < after[0]) if after is not None else wanted
    rows = db.session.execute(wanted.order_by(PersonalAccess.id.desc()).limit(size + 1)).all()
    shown, following = page_of([(row[0], row[1]) for row in rows], size, lambda row: (row[0].id,))
    return Page(shown, following, total)


def view_periods(now: datetime | None = None) -> list[PeriodLine]:
    """Return every kind of record with its period."""
    days, due = load_days(), due_counts(now or utc_now())
    return [PeriodLine(PERIODS[kind], days[kind], due[kind]) for kind in Kind]


def view_data_map() -> list[MapLine]:
    """Return what goes to which platform: derived from what is sent, never written by hand."""
    rows = db.session.scalars(select(Integration).order_by(Integration.description, Integration.id)).all()
    params: dict[int, dict[str, str]] = {row.id: {} for row in rows}
    values = select(IntegrationParam.integration_id, IntegrationParam.name, IntegrationParam.value)
    for integration_id, name, value in db.session.execute(values.where(IntegrationParam.sealed.is_(None))):
        params[integration_id][name] = value
    gateways = {gateway.traits.key: gateway for gateway in registry.all_gateways()}
    return [_map_line(row, gateways.get(row.gateway), params[row.id]) for row in rows]


def uses_of_gateway(key: str) -> list[Gathered]:
    """Return what a gateway sends about a customer; empty for one that does not run."""
    try:
        return gathered(uses_of(registry.get_gateway(key)))
    except registry.UnknownGateway:
        return []


def _map_line(row: Integration, gateway: Gateway | None, params: Mapping[str, str]) -> MapLine:
    if gateway is None:
        return MapLine(row, row.gateway, (), None)
    return MapLine(row, gateway.traits.label, hosts_of(gateway, params), gathered(uses_of(gateway)))
