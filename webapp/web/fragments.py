"""Parts of pages that refresh themselves. They read only, and never touch the session cookie."""

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from webapp.services import guided_moves, pages_backups, pages_observing, pages_pulls
from webapp.web import accounts, bulk, dashboard, first_run, htmx, runs, system, why
from webapp.web.access import ADMINS, READERS, requires

bp = Blueprint("fragments", __name__, url_prefix="/fragments")


@bp.get("/session")
@requires(*READERS)
def session_state() -> ResponseReturnValue:
    """Whether somebody is still signed in, and the token that forms need: a sign-in in another tab made a new one."""
    return jsonify(csrf_token=generate_csrf())


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


@bp.get("/customers/<int:customer_id>/why")
@requires(*READERS)
def customer_why(customer_id: int) -> ResponseReturnValue:
    """Why a customer does not watch; polls while an answer is on its way."""
    return why.fragment(customer_id)


@bp.get("/runs/<int:run_id>")
@requires(*READERS)
def run_summary(run_id: int) -> ResponseReturnValue:
    """The head of one run; once it is over, whoever polls gets the whole page, for its lines changed too."""
    context = runs.summary_context(run_id)
    if request.args.get("polls") and not context["view"].works:
        return htmx.redirect_browser(url_for("runs.detail", run_id=run_id))
    return render_template("runs/_summary.html", **context)


@bp.get("/guided-moves/<int:move_id>")
@requires(*READERS)
def guided_move(move_id: int) -> ResponseReturnValue:
    """The steps of one guided move; polls while it goes on by itself."""
    return render_template("guided_moves/_steps.html", view=guided_moves.view_move(move_id))


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


@bp.get("/system")
@requires(*READERS)
def system_state() -> ResponseReturnValue:
    """How the hub does, twice a minute."""
    return render_template("system/_state.html", **system.context())


@bp.get("/backups")
@requires(*ADMINS)
def backups() -> ResponseReturnValue:
    """The list of backups; once none is being made, whoever polls gets the whole page."""
    view = pages_backups.view_backups()
    if request.args.get("polls") and not view.works:
        return htmx.redirect_browser(url_for("backups.index"))
    return render_template("backups/_table.html", view=view)


@bp.get("/first-steps")
@requires(*ADMINS)
def first_account() -> ResponseReturnValue:
    """The account that came of the first steps; once it is ready, whoever polls gets the whole page."""
    context = first_run.done_context()
    if context["hand"].watches:
        return htmx.redirect_browser(url_for("first_run.done"))
    return render_template("first_run/_account.html", **context)


@bp.get("/bulk/<int:job_id>")
@requires(*READERS)
def bulk_summary(job_id: int) -> ResponseReturnValue:
    """The head of one job on many rows; once it is over, whoever polls gets the whole page, for its lines came."""
    context = bulk.summary_context(job_id)
    if request.args.get("polls") and not context["view"].works:
        return htmx.redirect_browser(url_for("bulk.detail", job_id=job_id))
    return render_template("bulk/_summary.html", **context)
