"""New values and longer contracts of a plan: a form, what it would do, and then exactly that.

The question stands in the address, so that a preview is a page like any other; the confirmation is posted to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.decide.readjust import Rate
from webapp.models import Plan
from webapp.services import plan_changes, plans
from webapp.services.errors import Conflict, ServiceError
from webapp.services.plan_changes import Readjustment, Renewal
from webapp.web import htmx
from webapp.web.access import VALUERS, requires
from webapp.web.forms.base import PageForm, show_refusal
from webapp.web.forms.plans import ConfirmForm, ReadjustForm, RenewForm

Form = TypeVar("Form", bound=PageForm)
FIRST_MONTHS = 12


@dataclass(frozen=True)
class _Change:
    """``apply`` takes the checksum and the reason, and returns what to say."""

    name: str
    plan: Plan
    preview: Callable[[], Readjustment | Renewal]
    apply: Callable[[str, str], str]


@requires(*VALUERS)
def readjust(plan_id: int) -> ResponseReturnValue:
    """Show what new values would do, and apply what was shown."""
    plan = plans.get_plan(plan_id)
    form = _asked(ReadjustForm)

    def preview() -> Readjustment:
        return plan_changes.preview_readjustment(plan_id, _rate(form), also_own=form.also_own.data)

    def apply(checksum: str, reason: str) -> str:
        order = {"also_own": form.also_own.data, "checksum": checksum, "reason": reason}
        count = len(plan_changes.readjust(plan_id, _rate(form), **order).lines)
        return ngettext(
            "The plan was readjusted, and %(num)d service with a value of its own.",
            "The plan was readjusted, and %(num)d services with a value of their own.", count,
        ) if count else _("The plan was readjusted.")  # fmt: skip

    return _answer(form, _Change("readjust", plan, preview, apply))


@requires(*VALUERS)
def renew(plan_id: int) -> ResponseReturnValue:
    """Show which contracts would become longer, and renew those that were shown."""
    plan = plans.get_plan(plan_id)
    form = _asked(RenewForm, months=plan.contract_months or FIRST_MONTHS, until=plan_changes.default_until())

    def preview() -> Renewal:
        return plan_changes.preview_renewal(plan_id, form.months.data, form.until.data)

    def apply(checksum: str, reason: str) -> str:
        order = {"checksum": checksum, "reason": reason}
        count = len(plan_changes.renew(plan_id, form.months.data, form.until.data, **order).lines)
        return ngettext("%(num)d contract was renewed.", "%(num)d contracts were renewed.", count)

    return _answer(form, _Change("renew", plan, preview, apply))


def _asked(form: type[Form], **first: object) -> Form:
    sent = request.args or None
    return form(formdata=sent, data=first, meta={"csrf": False})


def _rate(form: ReadjustForm) -> Rate:
    return Rate(form.percent.data, form.amount.data)


def _answer(form: PageForm, change: _Change) -> ResponseReturnValue:
    confirm, seen, status = ConfirmForm(), None, 200
    if request.args and form.validate():
        try:
            if confirm.validate_on_submit():
                said = change.apply(confirm.checksum.data or "", confirm.reason.data or "")
                return htmx.go_to(url_for("plans.index"), said)
            seen = change.preview()
        except ServiceError as error:
            status = show_refusal(form, error)
            seen = change.preview() if isinstance(error, Conflict) else None
    elif form.errors:
        status = 422
    context = {
        "form": form, "confirm": confirm, "plan": change.plan, "seen": seen, "most": plan_changes.SHOWN,
        "shown": plan_changes.first_lines(seen.lines) if seen else [],
    }  # fmt: skip
    return htmx.page_or_partial(f"plans/{change.name}.html", f"plans/_{change.name}.html", context, status)
