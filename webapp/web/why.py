"""Why does Maria not watch? The page of one customer or account, and the buttons that only this page has."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import looking, pages_subscriber, pages_transmissions, provider, source_asking
from webapp.services.pages_customers import view_service
from webapp.services.pages_subscriber import WhyView
from webapp.web import htmx
from webapp.web.access import READERS, SELLERS, requires
from webapp.web.next_page import HOME, local_page

bp = Blueprint("why", __name__)


@bp.get("/customers/<int:customer_id>/why")
@requires(*READERS)
def customer(customer_id: int) -> ResponseReturnValue:
    """Show package by package whether the customer can watch, and where the chain breaks."""
    return page(pages_subscriber.view_why(customer_id))


@bp.get("/accounts/<int:account_id>/why")
@requires(*READERS)
def account(account_id: int) -> ResponseReturnValue:
    """Show the same for what one account carries."""
    return page(pages_subscriber.view_why_account(account_id))


@bp.post("/accounts/<int:account_id>/look")
@requires(*SELLERS)
def look(account_id: int) -> ResponseReturnValue:
    """Have the platform asked about one account, in the background."""
    found = pages_transmissions.view_account(account_id)
    home = url_for("why.account", account_id=found.id)
    looking.look_now(account_id)
    return _back(home, _("The platform is being asked; the answer appears here within seconds."))


@bp.post("/services/<int:service_id>/ask-source")
@requires(*SELLERS)
def ask(service_id: int) -> ResponseReturnValue:
    """Have the source read one service again, in the background."""
    home = _home(service_id)
    name = source_asking.ask_source(service_id)
    return _back(home, _("%(source)s is asked about this service; what it says counts within a minute.", source=name))


@bp.post("/services/<int:service_id>/order")
@requires(*SELLERS)
def order(service_id: int) -> ResponseReturnValue:
    """Have the accounts of a service worked out anew."""
    home = _home(service_id)
    looking.order_again(service_id)
    return _back(home, _("It is worked out anew and sent where something is missing."))


def page(view: WhyView) -> ResponseReturnValue:
    """Return the page, or its part for htmx."""
    return htmx.page_or_partial("why/show.html", "why/_cases.html", context(view))


def context(view: WhyView) -> dict[str, object]:
    """Return what page and part are shown with."""
    return {"view": view, "provider": provider.read_provider()}


def fragment(customer_id: int) -> str:
    """Return the part alone, for whoever refreshes it."""
    account_id = request.args.get("account", type=int)
    view = pages_subscriber.view_why_account(account_id) if account_id else pages_subscriber.view_why(customer_id)
    return render_template("why/_cases.html", **context(view))


def _home(service_id: int) -> str:
    return url_for("why.customer", customer_id=view_service(service_id).customer_id)


def _back(home: str, message: str) -> ResponseReturnValue:
    """Lead back to the page that the button stood on."""
    wanted = local_page(request.form.get("back", HOME))
    return htmx.go_to(home if wanted == HOME else wanted, message)
