"""Campaigns: made, stopped, and given to what is sold while one runs."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.decide.campaigns import granted, running
from webapp.extensions import db
from webapp.models import Campaign, Package, ServicePackage
from webapp.services import accounts, audit
from webapp.services.changes import commit, get_or_refuse, refuse_if, snapshot
from webapp.services.errors import Conflict, Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import Id, Input, Name
from webapp.services.transactions import begin

MOST_MONTHS = 36
FIELDS = ("description", "from_on", "until_on", "free_months", "trial", "active")
# What an ERP tells of was sold before, nobody knows when.
FROM_SOURCES = "source:"
LISTED = 200


class CampaignInput(Input):
    """A package that costs nothing for its first months, when it is sold on one of these days.

    ``trial``: at the end of the free months the package ends, unless somebody keeps it.
    """

    package_id: Id
    description: Name
    from_on: date
    until_on: date
    free_months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 1
    trial: bool = False


def list_campaigns(*, active: bool | None = None) -> list[tuple[Campaign, int]]:
    """Return campaigns, newest first, and by how many packages sold each was taken."""
    taken = select(func.count()).where(ServicePackage.campaign_id == Campaign.id).correlate(Campaign).scalar_subquery()
    statement = select(Campaign, taken).options(joinedload(Campaign.package))
    if active is not None:
        statement = statement.where(Campaign.active == active)
    rows = db.session.execute(statement.order_by(Campaign.id.desc()).limit(LISTED))
    return [(campaign, count) for campaign, count in rows]


def get_campaign(campaign_id: int) -> Campaign:
    """Return a campaign.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Campaign, campaign_id, "campaign_unknown")


def campaign_names(sales: Iterable[ServicePackage]) -> dict[int, str]:
    """Return the names of the campaigns by which packages were sold; without any, nothing is asked."""
    ids = {sale.campaign_id for sale in sales if sale.campaign_id is not None}
    if not ids:
        return {}
    found = db.session.execute(select(Campaign.id, Campaign.description).where(Campaign.id.in_(ids)))
    return {campaign_id: name for campaign_id, name in found}


def create_campaign(data: CampaignInput) -> Campaign:
    """Make a campaign and commit; it runs by itself on its days.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    begin(reads_only=False)
    refuse_if(_problems(data))
    campaign = Campaign(**data.model_dump(), active=True)
    db.session.add(campaign)
    db.session.flush()
    after = {**snapshot(campaign, FIELDS), "package": campaign.package.description}
    audit.record("campaign.create", "campaign", campaign.id, campaign.description, after=after)
    commit()
    return campaign


def stop_campaign(campaign_id: int, reason: str = "") -> Campaign:
    """Let no further sale take part, and commit; who took part keeps the free months. A second time changes nothing.

    Raises:
        NotFound: no such campaign.
    """
    begin(reads_only=False)
    campaign = get_campaign(campaign_id)
    if campaign.active:
        campaign.active = False
        audit.record("campaign.stop", "campaign", campaign.id, campaign.description,
                     before={"active": True}, after={"active": False}, reason=reason)  # fmt: skip
    commit()
    return campaign


def keep_package(sale_id: int, reason: str = "") -> ServicePackage:
    """Let a package that a campaign would end go on, paid from then on, and commit; a second time changes nothing.

    Raises:
        NotFound: no such sale.
        Conflict: ``campaign_nothing_to_keep``; it is not on trial, or it ended already.
    """
    begin(reads_only=False)
    sale = get_or_refuse(ServicePackage, sale_id, "sale_unknown")
    if not may_be_kept(sale):
        raise Conflict("campaign_nothing_to_keep")
    if sale.ends_on is not None:
        before = snapshot(sale, ("ends_on",))
        sale.ends_on = None
        audit.record("sale.keep", "service_package", sale.id, sale.package.description,
                     before=before, after={"ends_on": None}, reason=reason)  # fmt: skip
        accounts.mark_services([sale.service_id])
    commit()
    return sale


def may_be_kept(sale: ServicePackage) -> bool:
    """Tell whether a package sold is, or was, on trial and still there."""
    if sale.removed_at is not None or sale.campaign_id is None or sale.free_until is None:
        return False
    return sale.ends_on is None or (sale.ends_on == sale.free_until and sale.ends_on >= current_hub().today())


def grant(row: ServicePackage) -> None:
    """Give a package that is being sold what a running campaign offers; in the caller's transaction."""
    if audit.current_actor().startswith(FROM_SOURCES):
        return
    today = current_hub().today()
    # The row that is being sold is not complete yet.
    with db.session.no_autoflush:
        campaign = running(row.package.campaigns, today)
    if campaign is not None:
        given = granted(campaign, today, row.starts_on, row.ends_on)
        row.campaign_id, row.free_until, row.ends_on = campaign.id, given.free_until, given.ends_on


def _problems(data: CampaignInput) -> list[Problem]:
    problems = []
    package = db.session.get(Package, data.package_id)
    if package is None:
        problems.append(Problem("package_id", "package_id_unknown", {"id": data.package_id}))
    elif not package.active:
        problems.append(Problem("package_id", "package_inactive", {"package": package.description}))
    if data.until_on < data.from_on:
        problems.append(Problem("until_on", "campaign_days_order"))
    elif data.until_on < current_hub().today():
        problems.append(Problem("until_on", "campaign_over_already"))
    return problems
