"""The calendar, new values from a day on, and campaigns."""

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.sales import find as find_sale
from webapp.api.sales import show as show_sale
from webapp.api.schemas.agenda import (
    CAMPAIGN,
    CAMPAIGN_IN,
    DAY,
    PRICE,
    PRICE_IN,
    PRICE_PREVIEW,
    AgendaEntryOut,
    AgendaOut,
    AgendaQuery,
    CampaignOut,
    CampaignsOut,
    PriceLineOut,
    PriceOrder,
    PriceOut,
    PricePage,
    PricePreviewOut,
    PriceQuery,
    PricesOut,
)
from webapp.api.schemas.common import WhyInput, money
from webapp.api.schemas.customers import SALE, SaleOut
from webapp.decide import agenda as decide
from webapp.models import Campaign, PriceChange
from webapp.services import agenda, campaigns, price_changes
from webapp.services.campaigns import CampaignInput
from webapp.services.hub import current_hub
from webapp.services.price_changes import Order, Preview

ENTRY = {"kind": "end", "day": DAY, "count": 3, "text": "", "object_id": None}


@bp.get("/agenda")
@needs(READ)
@bp.input(AgendaQuery, location="query")
@bp.output(AgendaOut, example={"items": [ENTRY]})
def read_agenda(query_data: AgendaQuery) -> AgendaOut:
    """Read what is planned for a month: counts of people by day and kind, and what concerns all."""
    first = decide.month_of(query_data.month, current_hub().today())
    found = decide.by_day(agenda.list_entries(first, {query_data.kind} if query_data.kind else decide.KINDS))
    entries = [entry for lines in found.values() for entry in lines]
    return AgendaOut(items=[AgendaEntryOut.model_validate(vars(entry)) for entry in entries])


@bp.post("/price-changes/preview")
@needs(ADMIN_SCOPE)
@bp.input(Order, example=PRICE_IN)
@bp.output(PricePreviewOut, example=PRICE_PREVIEW)
def preview_prices(json_data: Order) -> PricePreviewOut:
    """Show what new values of packages or plans would do."""
    return _previewed(price_changes.preview_changes(json_data))


@bp.post("/price-changes")
@needs(ADMIN_SCOPE)
@bp.input(PriceOrder, example={**PRICE_IN, "checksum": "c0ffee", "reason": "IPCA"})
@bp.output(PricesOut, status_code=201, example={"items": [PRICE]})
def plan_prices(json_data: PriceOrder) -> PricesOut:
    """Plan new values exactly as the preview with this checksum showed them; 409 when something changed since.

    They are applied early on their day by the hub itself.
    """
    order = Order.model_validate(json_data.model_dump(exclude={"checksum"}))
    return PricesOut(items=[_price(row) for row in price_changes.plan_changes(order, json_data.checksum)])


@bp.get("/price-changes")
@needs(READ)
@bp.input(PriceQuery, location="query")
@bp.output(PricePage, example={"items": [PRICE], "next_cursor": None})
def list_prices(query_data: PriceQuery) -> PricePage:
    """List planned, applied and dropped values, newest first."""
    wanted = select(PriceChange)
    if query_data.status is not None:
        wanted = wanted.where(PriceChange.status == query_data.status)
    rows, following = page(wanted, PriceChange.id, query_data, newest_first=True)
    return PricePage(items=[_price(row) for row in rows], next_cursor=following)


@bp.post("/price-changes/<int:change_id>/drop")
@needs(ADMIN_SCOPE)
@bp.input(WhyInput, example={"reason": "Not this year"})
@bp.output(PriceOut, example={**PRICE, "status": "dropped"})
def drop_price(change_id: int, json_data: WhyInput) -> PriceOut:
    """Drop a change before its day."""
    return _price(price_changes.drop_change(change_id, json_data.reason))


@bp.post("/price-changes/<int:change_id>/take-back")
@needs(ADMIN_SCOPE)
@bp.input(WhyInput, example={"reason": "Wrong index"})
@bp.output(PriceOut, example={**PRICE, "status": "dropped", "counts": {"changed": 118, "returned": 118, "kept": 0}})
def take_back_price(change_id: int, json_data: WhyInput) -> PriceOut:
    """Take an applied change back; what somebody changed since is left alone and counted."""
    return _price(price_changes.take_back(change_id, json_data.reason))


@bp.get("/campaigns")
@needs(READ)
@bp.output(CampaignsOut, example={"items": [CAMPAIGN]})
def list_campaigns() -> CampaignsOut:
    """List campaigns, newest first."""
    return CampaignsOut(items=[_campaign(row, sold) for row, sold in campaigns.list_campaigns()])


@bp.post("/campaigns")
@needs(ADMIN_SCOPE)
@bp.input(CampaignInput, example=CAMPAIGN_IN)
@bp.output(CampaignOut, status_code=201, example={**CAMPAIGN, "sold": 0})
def create_campaign(json_data: CampaignInput) -> CampaignOut:
    """Make a campaign; what is sold within its days takes part by itself."""
    return _campaign(campaigns.create_campaign(json_data), 0)


@bp.post("/campaigns/<int:campaign_id>/stop")
@needs(ADMIN_SCOPE)
@bp.input(WhyInput, example={"reason": "Sold out"})
@bp.output(CampaignOut, example={**CAMPAIGN, "active": False})
def stop_campaign(campaign_id: int, json_data: WhyInput) -> CampaignOut:
    """Let no further sale take part; who took part keeps the free months."""
    stopped = campaigns.stop_campaign(campaign_id, json_data.reason)
    found = {row.id: sold for row, sold in campaigns.list_campaigns()}
    return _campaign(stopped, found.get(campaign_id, 0))


@bp.post("/services/<code>/packages/<int:sale_id>/keep")
@needs(WRITE)
@bp.output(SaleOut, example={**SALE, "free_until": DAY})
def keep_sale(code: str, sale_id: int) -> Answer:
    """Let a package that a campaign would end go on, paid when its free months are over."""
    find_sale(code, sale_id)
    return tagged(show_sale(campaigns.keep_package(sale_id), code))


def _previewed(seen: Preview) -> PricePreviewOut:
    lines = [
        PriceLineOut(
            id=line.owner.id, description=line.owner.description, before=money(line.owner.value),
            after=money(line.outcome.value), sold=line.outcome.changed + line.outcome.left,
            changed=line.outcome.changed,
        )
        for line in seen.lines
    ]  # fmt: skip
    return PricePreviewOut(
        lines=lines, changed=seen.changed, sum_before=money(seen.before), sum_after=money(seen.after),
        checksum=seen.checksum,
    )  # fmt: skip


def _price(row: PriceChange) -> PriceOut:
    counts = {name: count for name, count in row.counts.items() if name not in ("cursor", "upto")}
    return PriceOut(
        id=row.id, kind=row.kind, package_id=row.package_id, plan_id=row.plan_id,
        percent=None if row.percent is None else f"{row.percent:.2f}",
        amount=None if row.amount is None else money(row.amount), from_on=row.from_on, also_sold=row.also_sold,
        status=row.status, reason=row.reason, counts=counts, applied_at=row.applied_at,  # type: ignore[arg-type]
        created_at=row.created_at,
    )  # fmt: skip


def _campaign(row: Campaign, sold: int) -> CampaignOut:
    names = ("id", "package_id", "description", "from_on", "until_on", "free_months", "trial", "active")
    return CampaignOut(**{name: getattr(row, name) for name in names}, sold=sold)
