"""What is planned in a month: counts of people, and what concerns all: values, campaigns, billing days."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide import agenda
from webapp.decide.agenda import Entry
from webapp.decide.contracts import month_end
from webapp.extensions import db
from webapp.models import Campaign, Integration, PriceChange
from webapp.models.agenda import DROPPED
from webapp.services.agenda.counting import count_days


def list_entries(first: date, kinds: Collection[str] = agenda.KINDS) -> list[Entry]:
    """Return the entries of the month that begins on ``first``."""
    last = month_end(first)
    entries = count_days(first, last, kinds)
    entries += _prices(first, last) if agenda.PRICE in kinds else []
    entries += [one for one in _campaigns(first, last) if one.kind in kinds]
    return entries + (_billing(first) if agenda.BILLING in kinds else [])


def _prices(first: date, last: date) -> list[Entry]:
    planned = (
        select(PriceChange)
        .options(joinedload(PriceChange.package), joinedload(PriceChange.plan))
        .where(PriceChange.status != DROPPED, PriceChange.from_on.between(first, last))
    )
    return [
        Entry(agenda.PRICE, one.from_on, None, owner.description, one.id)
        for one in db.session.scalars(planned)
        if (owner := one.package or one.plan) is not None
    ]


def _campaigns(first: date, last: date) -> list[Entry]:
    running = select(Campaign).options(joinedload(Campaign.package)).where(
        Campaign.active, Campaign.from_on <= last, Campaign.until_on >= first
    )  # fmt: skip
    entries = []
    for one in db.session.scalars(running):
        text = f"{one.description} ({one.package.description})"
        days = ((agenda.CAMPAIGN_FIRST, one.from_on), (agenda.CAMPAIGN_LAST, one.until_on))
        entries += [Entry(kind, day, None, text, one.id) for kind, day in days if first <= day <= last]
    return entries


def _billing(first: date) -> list[Entry]:
    billed = select(Integration.id, Integration.description, Integration.billing_day).where(
        Integration.active, Integration.billing_day.is_not(None)
    )
    return [
        Entry(agenda.BILLING, agenda.day_in_month(first, day), None, description, integration_id)
        for integration_id, description, day in db.session.execute(billed)
        if day is not None
    ]
