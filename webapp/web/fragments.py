"""Parts of pages that refresh themselves. They read only, and never touch the session cookie."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.services import pages_backups, pages_observing, pages_pulls
from webapp.web import accounts, dashboard, htmx, runs
from webapp.web.access import ADMINS, READERS, requires

bp = Blueprint("fragments", __name__, url_prefix="/fragments")


@bp.get("/dashboard")
@requires(*READERS)
def dashboard_overview() -> ResponseReturnValue:
    """The dashboard's figures."""
    return render_template("dashboard/_overview.html", **dashboard.context())


@bp.get("/services/<int:service_id>/accounts")
@requires(*READERS)
def service_accounts(service_id: int) -> ResponseReturnValue:
    """The accounts of one service; polls while something is under way."""
    return render_template("customers/_accounts.html", **accounts.accounts_context(service_id))


@bp.get("/runs/<int:run_id>")
@requires(*READERS)
def run_summary(run_id: int) -> ResponseReturnValue:
    """The head of one run; once it is over, whoever polls gets the whole page, for its lines changed too."""
    context = runs.summary_context(run_id)
    if request.args.get("polls") and not context["view"].works:
        return htmx.redirect_browser(url_for("runs.detail", run_id=run_id))
    return render_template("runs/_summary.html", **context)


@bp.get("/observing")
@requires(*READERS)
def observing() -> ResponseReturnValue:
    """What a hub that only observes does; once it is done, whoever polls gets the whole page."""
    view = pages_observing.view_observing()
    if request.args.get("polls") and not view.works:
        return htmx.redirect_browser(url_for("observing.index"))
    return render_template("observing/_state.html", view=view)


@bp.get("/pulls/<int:pull_id>")
@requires(*READERS)
def pull_summary(pull_id: int) -> ResponseReturnValue:
    """The head of one reading; once it is over, whoever polls gets the whole page, for its lines changed too."""
    view = pages_pulls.view_pull(pull_id)
    if request.args.get("polls") and not view.works:
        return htmx.redirect_browser(url_for("pulls.detail", pull_id=pull_id))
    return render_template("pulls/_summary.html", view=view)


@bp.get("/backups")
@requires(*ADMINS)
def backups() -> ResponseReturnValue:
    """The list of backups; once none is being made, whoever polls gets the whole page."""
    view = pages_backups.view_backups()
    if request.args.get("polls") and not view.works:
        return htmx.redirect_browser(url_for("backups.index"))
    return render_template("backups/_table.html", view=view)
