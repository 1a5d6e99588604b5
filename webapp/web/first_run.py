"""The first steps of a new hub, one after the other; each makes the real thing, or leads to its page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.gateways.errors import GatewayError
from webapp.services import first_run, integration_reports, packages, plans, products, provider
from webapp.services.errors import Conflict, ServiceError
from webapp.services.first_run import CUSTOMER, PACKAGE, PLAN, PLATFORM, PRODUCTS, PROVIDER, STEPS, TESTED
from webapp.services.pages_first_run import Hand, at_hand
from webapp.services.practice.switching import note_made, register_learner, switch_on
from webapp.services.provider import Provider
from webapp.web import htmx
from webapp.web.access import ADMINS, requires
from webapp.web.forms.base import PageForm, show_refusal
from webapp.web.forms.first_run import FirstPackageForm, FirstPlanForm, LearnerForm, ProviderForm, defaults

bp = Blueprint("first_run", __name__, url_prefix="/first-steps")
# Marks the session of whoever is taking them, so that the real pages lead back; never read for more than that.
MARK = "first_steps"
FORMS: Mapping[str, type[PageForm]] = {
    PROVIDER: ProviderForm, PACKAGE: FirstPackageForm, PLAN: FirstPlanForm, CUSTOMER: LearnerForm,
}  # fmt: skip


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """Show the step that is to be done now; behind the last one what came of them."""
    progress = first_run.progress()
    if progress.now:
        session[MARK] = True
        return _page(progress.now, at_hand(), progress=progress)
    session.pop(MARK, None)
    return render_template("first_run/done.html", hand=at_hand(), progress=progress)


@bp.get("/<step>")
@requires(*ADMINS)
def show(step: str) -> ResponseReturnValue:
    """Show one step; all of them can be opened at any time."""
    return _page(step, at_hand())


@bp.post("/<step>")
@requires(*ADMINS)
def take(step: str) -> ResponseReturnValue:
    """Do what the step is about."""
    if step not in TAKING:
        abort(404)
    return TAKING[step](at_hand())


@bp.post("/<step>/skip")
@requires(*ADMINS)
def skip(step: str) -> ResponseReturnValue:
    """Go past a step."""
    first_run.skip(step)
    return htmx.go_to(url_for("first_run.index"))


@bp.post("/close")
@requires(*ADMINS)
def close() -> ResponseReturnValue:
    """Show them on the dashboard no more."""
    first_run.close()
    session.pop(MARK, None)
    return htmx.go_to(url_for("dashboard.index"))


@bp.get("/done")
@requires(*ADMINS)
def done() -> ResponseReturnValue:
    """Show what came of the steps, and what to do next."""
    context = done_context()
    if not context["progress"].now:
        session.pop(MARK, None)
    return render_template("first_run/done.html", **context)


def done_context() -> dict[str, Any]:
    """Return what the last page and its polled part show."""
    return {"hand": at_hand(), "progress": first_run.progress()}


def _page(step: str, hand: Hand, form: PageForm | None = None, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Show a step; ``more`` is what else its page shows: ``progress`` where it is known, ``report``, ``trouble``."""
    if step not in STEPS:
        abort(404)
    progress = more.get("progress") or first_run.progress()
    context = {
        "step": step, "hand": hand, "form": form or _form(step, hand, progress.provider), "report": None,
        "trouble": None, **more, "progress": progress,
    }  # fmt: skip
    return render_template("first_run/index.html", **context), status


def _form(step: str, hand: Hand, known: Provider | None = None) -> PageForm | None:
    if step not in FORMS:
        return None
    if step == PROVIDER:
        return ProviderForm(obj=known)
    form = FORMS[step](data=defaults(hand.practises, hand.products)[step])
    if isinstance(form, FirstPackageForm):
        form.offer(hand.products)
    return form


def _filled(step: str, hand: Hand, make: Callable[[Any], object]) -> ResponseReturnValue:
    """Make what a form says, or show it again with what is wrong."""
    form, status = _form(step, hand), 422
    if form is not None and form.validate_on_submit():
        try:
            make(form)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("first_run.index"))
    return _page(step, hand, form, status)


def _provider(hand: Hand) -> ResponseReturnValue:
    return _filled(PROVIDER, hand, lambda form: provider.save_provider(form.name.data, form.state.data))


def _practise(hand: Hand) -> ResponseReturnValue:
    switch_on(_("Practice platform"))
    return htmx.go_to(url_for("first_run.index"))


def _test(hand: Hand) -> ResponseReturnValue:
    report = integration_reports.run_test(_wanted(hand.integration).id)
    return htmx.go_to(url_for("first_run.index")) if report.ok else _page(TESTED, at_hand(), report=report)


def _products(hand: Hand) -> ResponseReturnValue:
    try:
        products.sync_products(_wanted(hand.integration).id)
    except GatewayError as error:
        return _page(PRODUCTS, at_hand(), trouble=(error.code, error.params))
    return htmx.go_to(url_for("first_run.index"))


def _package(hand: Hand) -> ResponseReturnValue:
    integration = _wanted(hand.integration)
    return _filled(PACKAGE, hand, lambda form: packages.create_package(form.package(integration.id)))


def _plan(hand: Hand) -> ResponseReturnValue:
    package, integration = _wanted(hand.package), _wanted(hand.integration)

    def make(form: FirstPlanForm) -> None:
        plan = plans.create_plan(form.plan(package.id))
        if hand.practises:
            note_made(integration.id, plan_id=plan.id)

    return _filled(PLAN, hand, make)


def _customer(hand: Hand) -> ResponseReturnValue:
    plan, integration = _wanted(hand.plan), _wanted(hand.integration)
    if not hand.practises:
        raise Conflict("first_step_early")
    return _filled(CUSTOMER, hand, lambda form: register_learner(integration.id, plan.id, form.customer()))


def _wanted(found: Any) -> Any:
    """Return what an earlier step made.

    Raises:
        Conflict: that step is still to be done, or was undone in another tab.
    """
    if found is None:
        raise Conflict("first_step_early")
    return found


TAKING: Mapping[str, Callable[[Hand], ResponseReturnValue]] = {
    PROVIDER: _provider, PLATFORM: _practise, TESTED: _test, PRODUCTS: _products, PACKAGE: _package, PLAN: _plan,
    CUSTOMER: _customer,
}  # fmt: skip
