"""What a person can do about one account: try now, settle a doubt, send once more."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Account
from webapp.services import accounts, pages_transmissions
from webapp.web import customers, htmx
from webapp.web.access import SELLERS, requires

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

ANSWERS = {"exists": True, "missing": False}


@bp.post("/<int:account_id>/try-now")
@requires(*SELLERS)
def try_now(account_id: int) -> ResponseReturnValue:
    """Put an account at the head of the queue."""
    account = pages_transmissions.view_account(account_id)
    accounts.try_now(account_id)
    return _done(account, _("It is tried now."))


@bp.post("/<int:account_id>/settle")
@requires(*SELLERS)
def settle(account_id: int) -> ResponseReturnValue:
    """Record whether a doubtful account is on the platform."""
    account = pages_transmissions.view_account(account_id)
    exists = ANSWERS.get(request.form.get("answer", ""))
    if exists is None:
        abort(422)
    accounts.settle(account_id, exists=exists)
    return _done(account, _("Your answer was recorded."))


@bp.post("/<int:account_id>/resend")
@requires(*SELLERS)
def resend(account_id: int) -> ResponseReturnValue:
    """Send the present state once more."""
    account = pages_transmissions.view_account(account_id)
    accounts.resend(account_id)
    return _done(account, _("The present state is sent once more."))


def _done(account: Account, message: str) -> ResponseReturnValue:
    """Give back the changed part of the customer's page, or lead a plain browser there."""
    if htmx.wants_fragment():
        context = customers.accounts_context(account.service_id)
        return render_template("customers/_accounts.html", message=message, **context)
    page = url_for("customers.detail", customer_id=account.service.customer_id)
    return htmx.go_to(_own_page(request.form.get("back", "")) or page, message)


def _own_page(path: str) -> str:
    """Only a path of our own may be gone back to."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""
