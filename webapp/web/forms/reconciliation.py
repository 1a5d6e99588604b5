"""The form of an integration's reconciliation: limits, calendar without suspensions, billing day, probes."""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    FloatField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp
from wtforms.widgets import TextInput

from webapp.decide.calendar import STATES, load_calendar
from webapp.models import Integration
from webapp.services.errors import Invalid, Problem
from webapp.services.provider import read_provider
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip

# Problems of the use case are named by its fields.
RENAMED = {"reconcile_interval_s": "reconcile_minutes", "no_suspend.nights": "nights_until"}
HOUR = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_("Write an hour like 22:00."))
PERCENT = NumberRange(0, 100, _("Give a number from 0 to 100."))
WRITTEN = ("%d/%m/%Y", "%Y-%m-%d")


class PercentField(FloatField):
    """A share in per cent; 7,5 and 7.5 are both understood."""

    # A number field of the browser would throw a comma away, and the value with it.
    widget = TextInput()

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "" if self.data is None else f"{self.data:g}".replace(".", ",")

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().removesuffix("%").strip() if valuelist else ""
        try:
            self.data = float(text.replace(",", ".")) if text else None
        except ValueError as error:
            self.data = None
            raise ValueError(_("Write a number like 7,5.")) from error


class ReconciliationForm(PageForm):
    """How far reconciliation may go by itself, and when."""

    version = HiddenField()
    limit_floor = IntegerField(
        _("Always free"), [Optional(), NumberRange(0, 1_000_000, _("Give a whole number from 0 to 1000000."))],
        description=_("So many may lose content however few subscribers there are. Empty = 20."),
    )  # fmt: skip
    limit_run_percent = PercentField(
        _("Per cent in one reconciliation"), [Optional(), PERCENT],
        description=_("Of the subscribers on the platform; cancels have half. Empty = 5."),
    )  # fmt: skip
    limit_day_percent = PercentField(
        _("Per cent in 24 hours"), [Optional(), PERCENT],
        description=_("By whatever door: reconciliation, payment status, by hand. Empty = 10."),
    )  # fmt: skip
    batch_expires_h = IntegerField(
        _("Hours until a batch lapses"),
        [InputRequired(REQUIRED), NumberRange(1, 720, _("Give a whole number from 1 to 720."))],
        description=_("What nobody decided on by then is planned anew."),
    )
    reconcile_minutes = IntegerField(
        _("Minutes between reconciliations"),
        [InputRequired(REQUIRED), NumberRange(1, 525_600, _("Give 1 or more."))],
    )
    nights_from = StringField(_("Night from"), [Optional(), HOUR], filters=[strip])
    nights_until = StringField(
        _("Night until"), [Optional(), HOUR], filters=[strip], description=_("Both empty = nights are like days.")
    )
    weekend = BooleanField(_("Saturdays and Sundays"))
    eve = BooleanField(_("Fridays and eves of holidays from 18:00 on"))
    holidays = BooleanField(_("Holidays"), description=_("Of Brazil, days such as Carnival too."))
    state = SelectField(
        _("State"), choices=[("", _("Only those of the whole country")), *((one, one) for one in STATES)],
        description=_("Its holidays count too."),
    )  # fmt: skip
    dates = TextAreaField(
        _("Days of your own"), [longest(5000)], render_kw={"rows": 3},
        description=_("One a line, such as 24/12/2026: holidays of your town, say."),
    )  # fmt: skip
    cancels = BooleanField(
        _("Cancels wait too"), description=_("But never past the day on which the platform counts whom it bills.")
    )
    billing_day = IntegerField(
        _("Day of the month on which the platform counts whom it bills"),
        [Optional(), NumberRange(1, 31, _("Give a day from 1 to 31."))],
        description=_("Whoever is still there when that day begins is billed for another month. Empty = not known."),
    )
    billing_lead_h = IntegerField(
        _("Hours before it in which cancels go first"),
        [InputRequired(REQUIRED), NumberRange(1, 240, _("Give a whole number from 1 to 240."))],
    )
    probe_nights = IntegerField(
        _("Nights in which each account is asked about once"),
        [InputRequired(REQUIRED), NumberRange(1, 31, _("Give a whole number from 1 to 31."))],
    )
    probe_from = StringField(_("Asked from"), [InputRequired(REQUIRED), HOUR], filters=[strip])
    probe_until = StringField(_("Asked until"), [InputRequired(REQUIRED), HOUR], filters=[strip])

    def find_field(self, path: str) -> Field | None:
        """Return the field of a path of the use case's input."""
        known = RENAMED.get(path, path)
        parts = known.removeprefix("no_suspend.").split(".")
        return super().find_field(parts[0])


def form_data(integration: Integration) -> dict[str, Any]:
    """Return what the form starts with."""
    calendar = load_calendar(integration.no_suspend)
    since, until = (f"{one:%H:%M}" for one in calendar.nights) if calendar.nights else ("", "")
    names = (
        "version", "limit_floor", "limit_run_percent", "limit_day_percent", "batch_expires_h", "billing_day",
        "billing_lead_h", "probe_nights", "probe_from", "probe_until",
    )  # fmt: skip
    return {
        **{name: getattr(integration, name) for name in names},
        "reconcile_minutes": max(1, integration.reconcile_interval_s // 60),
        "nights_from": since, "nights_until": until, "weekend": calendar.weekend, "eve": calendar.eve,
        "holidays": calendar.holidays, "state": calendar.state or read_provider().state,
        "cancels": calendar.cancels,
        "dates": "\n".join(f"{day:%d/%m/%Y}" for day in sorted(calendar.dates)),
    }  # fmt: skip


def form_values(form: ReconciliationForm, integration: Integration) -> dict[str, Any]:
    """Return what the use case takes.

    Raises:
        Invalid: an hour of the night is missing, or a day cannot be read.
    """
    names = (
        "limit_floor", "limit_run_percent", "limit_day_percent", "batch_expires_h", "billing_day", "billing_lead_h",
        "probe_nights", "probe_from", "probe_until",
    )  # fmt: skip
    calendar = {name: form[name].data for name in ("weekend", "eve", "holidays", "state", "cancels")}
    calendar |= {"nights": _nights(form), "dates": _dates(form.dates.data or "")}
    minutes = form.reconcile_minutes.data or 1
    # An interval that is no whole number of minutes came by the API; it stays while the field shows the same.
    same = minutes == max(1, integration.reconcile_interval_s // 60)
    interval_s = integration.reconcile_interval_s if same else minutes * 60
    return {**{name: form[name].data for name in names}, "no_suspend": calendar, "reconcile_interval_s": interval_s}


def _nights(form: ReconciliationForm) -> tuple[str, str] | None:
    since, until = form.nights_from.data or "", form.nights_until.data or ""
    if bool(since) != bool(until):
        raise Invalid([Problem("nights_until" if since else "nights_from", "calendar_nights_half")])
    return (since, until) if since else None


def _dates(text: str) -> list[date]:
    lines = [line.strip() for line in text.replace(",", "\n").splitlines()]
    return sorted({_date(line) for line in lines if line})


def _date(text: str) -> date:
    for written in WRITTEN:
        try:
            return datetime.strptime(text, written).date()
        except ValueError:
            continue
    raise Invalid([Problem("dates", "calendar_dates_unread", {"value": text[:40]})])
