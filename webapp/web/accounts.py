"""What a person can do about one account: try now, settle a doubt, send once more."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Account
from webapp.services import accounts, pages_subscriber, pages_transmissions
from webapp.services.errors import Invalid, Problem
from webapp.services.holds import hold_of, next_try
from webapp.web import htmx
from webapp.web.access import SELLERS, requires

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

ANSWERS = {"exists": True, "missing": False}
MOST_ID_LETTERS = 200

bp.add_app_template_global(next_try, "next_try")
bp.add_app_template_global(hold_of, "hold_of")
bp.add_app_template_global(accounts.remote_names, "remote_names")


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
    accounts.settle(account_id, exists=exists, remote_ids=_remote_ids(account) if exists else None)
    return _done(account, _("Your answer was recorded."))


@bp.post("/<int:account_id>/resend")
@requires(*SELLERS)
def resend(account_id: int) -> ResponseReturnValue:
    """Send the present state once more."""
    account = pages_transmissions.view_account(account_id)
    accounts.resend(account_id, request.form.get("sale_id", type=int))
    return _done(account, _("The present state is sent once more."))


def accounts_context(service_id: int) -> dict[str, Any]:
    """Return what the packages and accounts of one service are shown with, where they are given back alone."""
    card = pages_subscriber.view_card(service_id)
    return {"service": card.service, "accounts": card.accounts, "cases": card.cases}


def _remote_ids(account: Account) -> dict[str, str]:
    """Return the platform's ids as typed; without them the account could never be changed there."""
    names = accounts.remote_names(account)
    given = {name: request.form.get(f"remote-{name}", "").strip()[:MOST_ID_LETTERS] for name in names}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise Invalid([Problem(f"remote_ids.{name}", "remote_id_needed", {"name": name}) for name in missing])
    return given


def _done(account: Account, message: str) -> ResponseReturnValue:
    """Give back the changed part of the customer's page, or lead a plain browser there."""
    if htmx.wants_fragment():
        context = accounts_context(account.service_id)
        return render_template("customers/_accounts.html", message=message, **context)
    page = url_for("customers.detail", customer_id=account.service.customer_id)
    return htmx.go_to(_own_page(request.form.get("back", "")) or page, message)


def _own_page(path: str) -> str:
    """Only a path of our own may be gone back to."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""
