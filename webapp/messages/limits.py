"""Messages of limits, reasons of lines, calendar and cut-off of a reconciliation."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_date, format_decimal
from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

# Values of reasons that are days; of many lines together ``first/last``, as ISO 8601 writes an interval.
DAYS = ("since", "until")
# Messages whose value is money.
PRICED = ("run_staged", "cutoff_at_risk")
_AMOUNT = r"-?\d+\.\d\d"

_LOOK = _("Look at reasons, value and examples; then approve all, a part, or reject. Whatever gives goes on meanwhile.")
LIMITS: dict[str, Entry] = {
    "limit_run": Entry(
        _("{found} subscribers would lose content; one reconciliation may take it from {most} without a person."), _LOOK
    ),
    "limit_run_cancels": Entry(
        _("{found} subscribers would be cancelled; one reconciliation may cancel {most} without a person."), _LOOK
    ),
    "limit_day": Entry(
        _("It would be {found} subscribers who lost content within 24 hours; without a person it may be {most}."), _LOOK
    ),
    "limit_day_cancels": Entry(
        _("It would be {found} subscribers who were cancelled within 24 hours; without a person it may be {most}."),
        _LOOK,
    ),
    "limit_all": Entry(_("{found} subscribers would lose content, and here a person decides in any case."), _LOOK),
}
CAUSES: dict[str, Entry] = {
    "cause_status": Entry(_("The status of the service is {status} since {since}, from {by}.")),
    "cause_status_alone": Entry(_("The status of the service is {status}.")),
    "cause_status_beside": Entry(_("Service {service} of the same customer is {status}, and the best status counts.")),
    "cause_status_keeps": Entry(_("The status {status} leaves on the platform what is there.")),
    "cause_pause": Entry(_("The customer paused the service since {since}.")),
    "cause_no_suspend": Entry(_("The service is not suspended for debt until {until}.")),
    "cause_package_removed": Entry(_("The package {package} was taken off the service on {since}.")),
    "cause_package_ended": Entry(_("The right to the package {package} ended on {since}.")),
    "cause_package_later": Entry(_("The right to the package {package} begins on {since}.")),
    "cause_product_removed": Entry(_("The package {package} no longer has the product {product}.")),
    "cause_no_products": Entry(_("The service has no package with a product of this platform.")),
    "cause_products": Entry(_("The packages of the service say so: {packages}.")),
    "cause_kept": Entry(_("Kept as it was since {since}: {reason}")),
    "cause_undo": Entry(_("Reconciliation {run} is taken back: {reason}")),
    "cause_undo_pull": Entry(_("Reading {pull} of the source is taken back: {reason}")),
    "cause_lift": Entry(_("It is kept no longer: {reason}")),
    "cause_other": Entry(_("{causes} other reasons.")),
}
CALENDAR: dict[str, Entry] = {
    "no_suspend_now": Entry(
        _("The calendar of the platform suspends nobody at this hour."),
        _("It goes out by itself when the calendar opens; a payment before that needs no call at all."),
    ),
    "calendar_nights": Entry(_("every night from {since} to {until}")),
    "calendar_weekend": Entry(_("on Saturdays and Sundays")),
    "calendar_eve": Entry(_("on Fridays and eves of holidays from {since} on")),
    "calendar_holidays": Entry(_("on holidays of the country")),
    "calendar_state": Entry(_("on holidays of the country and of {state}")),
    "calendar_dates": Entry(_("on days of your own ({count})")),
    "calendar_cancels": Entry(_("and cancels wait too")),
    "cutoff_at_risk": Entry(
        _(
            "{integration} counts on {day} whom it bills, and {count} subscribers who should be gone by then are still"
            " there: about R$ {value} a month."
        ),
        _("Decide on the batches that wait, and mend what is blocked or in doubt, before that day begins."),
    ),
}
SETTINGS: dict[str, Entry] = {
    "calendar_nights_half": Entry(_("The night needs both hours."), _("Give the other one too, or leave both empty.")),
    "calendar_nights_same": Entry(
        _("The night would last the whole day."), _("Give two different hours, or leave both empty.")
    ),
    "calendar_dates_unread": Entry(
        _("“{value}” is no day."), _("Write one day a line, such as 24/12/2026 or 2026-12-24.")
    ),
    "calendar_dates_many": Entry(
        _("These are {count} days; at most {maximum} fit."), _("Take out those that are past.")
    ),
    "calendar_state_alone": Entry(
        _("A state is chosen, and holidays are not."), _("Switch the holidays on, or choose no state.")
    ),
    "limits_day_below_run": Entry(
        _("A day would allow fewer ({day} per cent) than a single reconciliation ({run} per cent)."),
        _("Give the day at least as much as one reconciliation."),
    ),
    "probe_window_empty": Entry(
        _("The night of the probes begins and ends at the same time."), _("Give two different hours.")
    ),
}


def readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a reason with its days as the reader writes them."""
    return {name: _days(str(value)) if name in DAYS else value for name, value in params.items()}


def priced(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a message with its money, which is kept as ``1200.00``, as the reader writes it."""
    value = str(params.get("value", ""))
    return {**params, "value": format_decimal(value, "#,##0.00")} if re.fullmatch(_AMOUNT, value) else dict(params)


def _days(text: str) -> str:
    try:
        return " – ".join(format_date(date.fromisoformat(part), "short") for part in text.split("/"))
    except ValueError:
        return text


ENTRIES = {**LIMITS, **CAUSES, **CALENDAR, **SETTINGS}
