"""The practice platform as if one stood on its own side: who is there; and the way to switch it on and to remove it."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.services.practice.memory import MOST_SUBSCRIBERS, known_subscribers
from webapp.services.practice.removing import remove_practice, what_goes
from webapp.services.practice.switching import find_practice, switch_on
from webapp.web import htmx
from webapp.web.access import ADMINS, requires

bp = Blueprint("practice", __name__, url_prefix="/practice")


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """Show what the platform knows, or what it is good for while it is off."""
    integration = find_practice()
    people = known_subscribers(integration.id) if integration is not None else []
    goes = what_goes(integration.id) if integration is not None else None
    return render_template(
        "practice/index.html", integration=integration, people=people, goes=goes, most=MOST_SUBSCRIBERS
    )


@bp.post("/on")
@requires(*ADMINS)
def switch() -> ResponseReturnValue:
    """Switch it on; everything else is done as with a real platform."""
    integration = switch_on(_("Practice platform"))
    page = url_for("integrations.edit", integration_id=integration.id, saved=1)
    return htmx.go_to(page, _("The practice platform is on."))


@bp.post("/<int:integration_id>/remove")
@requires(*ADMINS)
def remove(integration_id: int) -> ResponseReturnValue:
    """Remove it with all that was made for it."""
    gone = remove_practice(integration_id)
    words = ngettext(
        "The practice platform is gone, and one account with it.",
        "The practice platform is gone, and %(num)d accounts with it.", gone.accounts,
    )  # fmt: skip
    return htmx.go_to(url_for("practice.index"), str(words))
