"""Campaigns: a package that costs nothing for its first months."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.models import Campaign
from webapp.services import campaigns, price_changes
from webapp.services.campaigns import CampaignInput
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.web import htmx
from webapp.web.access import READERS, SELLERS, VALUERS, requires
from webapp.web.forms.agenda import CampaignForm
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.reasons import reason_given

bp = Blueprint("campaigns", __name__)

FIELDS = ("package_id", "description", "from_on", "until_on", "free_months", "trial")


@bp.get("/campaigns")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List campaigns, and how many packages were sold by each."""
    rows = [(campaign, count, state_of(campaign)) for campaign, count in campaigns.list_campaigns()]
    return render_template("campaigns/index.html", rows=rows)


@bp.route("/campaigns/new", methods=["GET", "POST"])
@requires(*VALUERS)
def new() -> ResponseReturnValue:
    """Make a campaign."""
    form, status = CampaignForm(data={"from_on": current_hub().today(), "free_months": 1}), 200
    offered = price_changes.list_items("package")
    form.package_id.choices = [("", _("Choose a package")), *((row.id, row.description) for row in offered)]
    if form.validate_on_submit():
        try:
            campaigns.create_campaign(parse_input(CampaignInput, {name: form[name].data for name in FIELDS}))
        except ServiceError as error:
            db.session.rollback()
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("campaigns.index"), _("The campaign was saved; it runs by itself on its days."))
    elif form.errors:
        status = 422
    return render_template("campaigns/form.html", form=form), status


@bp.post("/campaigns/<int:campaign_id>/stop")
@requires(*VALUERS)
def stop(campaign_id: int) -> ResponseReturnValue:
    """Let no further sale take part."""
    campaigns.stop_campaign(campaign_id, reason_given())
    return htmx.go_to(url_for("campaigns.index"), _("The campaign was stopped; who took part keeps the free months."))


@bp.post("/service-packages/<int:sale_id>/keep")
@requires(*SELLERS)
def keep(sale_id: int) -> ResponseReturnValue:
    """Let a package go on after its trial."""
    sale = campaigns.keep_package(sale_id, reason_given())
    message = _("The package stays; it is paid when the free months are over.")
    return htmx.go_to(url_for("sales.index", service_id=sale.service_id), message)


def state_of(campaign: Campaign) -> str:
    """Return the word for where a campaign stands today."""
    today = current_hub().today()
    if not campaign.active:
        return "stopped"
    return "coming" if today < campaign.from_on else "running" if today <= campaign.until_on else "over"
