"""The month in a few lines, to the channels that are chosen: in the first days of the next one, once to each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import format_currency, format_date, format_decimal, gettext
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.quiet import next_try
from webapp.decide.reports import Figures, former_month
from webapp.extensions import db
from webapp.models import Channel
from webapp.services import audit
from webapp.services.backups.rhythm import read_note, write_note
from webapp.services.channel_plugins import Sending, Sent, Text
from webapp.services.channel_state import address_of, note_outcome
from webapp.services.hub import current_hub
from webapp.services.reports.figures import read_report, usual
from webapp.services.reports.months import read_kept
from webapp.services.transactions import begin

NAME = "report_summary"
# Whoever chooses a channel later in the month waits for the next one.
UNTIL_DAY = 10
PAGE = "reports.index"


@dataclass(frozen=True)
class Told:
    """How far the summary of one month is with one channel.

    Attributes:
        due_at: when it is tried again; None = it went, or was given up.
    """

    tries: int = 0
    due_at: str | None = None


@dataclass(frozen=True)
class Plan:
    """Who is told, and of which month whom already.

    Attributes:
        month: ISO date of its first day; empty = nobody was told of any month yet.
        told: id of a channel, as text -> how far it is.
    """

    channels: tuple[int, ...] = ()
    month: str = ""
    told: Mapping[str, Told] = field(default_factory=dict)


def read_plan() -> Plan:
    """Return who is told, in the caller's transaction."""
    value = read_note(NAME)
    if value is None:
        return Plan()
    told = {name: Told(**one) for name, one in value["told"].items()}
    return Plan(tuple(value["channels"]), value["month"], told)


def choose_channels(channel_ids: list[int]) -> None:
    """Say which channels are told of each month, and commit; one that is not there is left out."""
    begin(reads_only=False)
    known = set(db.session.scalars(select(Channel.id)))
    before, after = read_plan(), tuple(sorted(known.intersection(channel_ids)))
    if after != before.channels:
        _keep(replace(before, channels=after))
        audit.record(
            "report.summary", "report", None, before={"channels": list(before.channels)},
            after={"channels": list(after)},
        )  # fmt: skip
    db.session.commit()


def send_due() -> int:
    """Send what is due of the month that is over, and write down how it ended; return how many messages went."""
    begin(reads_only=True)
    month = former_month(current_hub().today())
    channels = _channels(_plan_of(month), utc_now()) if _is_ready(month) else []
    text = _write(month) if channels else None
    db.session.rollback()
    return sum(_send(month, channel, address, text) for channel, address in channels if text is not None)


def _is_ready(month: date) -> bool:
    """Tell whether the figures of a month are written, and it is not too late to tell of them."""
    kept = read_kept()
    written = kept is not None and kept.through is not None and kept.through >= month
    return written and current_hub().today().day <= UNTIL_DAY


def _plan_of(month: date) -> Plan:
    """Return who is told, and who was told of this month."""
    plan = read_plan()
    return plan if plan.month == month.isoformat() else replace(plan, month=month.isoformat(), told={})


def _channels(plan: Plan, now: datetime) -> list[tuple[int, str | None]]:
    waiting = [one for one in plan.channels if _waits(plan.told.get(str(one)), now)]
    wanted = select(Channel).where(Channel.id.in_(waiting), Channel.active).order_by(Channel.id)
    return [(row.id, address_of(row.id, row.sealed)) for row in db.session.scalars(wanted)]


def _waits(told: Told | None, now: datetime) -> bool:
    return told is None or (told.due_at is not None and datetime.fromisoformat(told.due_at) <= now)


def _send(month: date, channel_id: int, address: str | None, text: Text) -> bool:
    """Send one message; no transaction is open meanwhile."""
    sent = Sent("channel_sealed_shut") if address is None else Sending(channel_id, address, text).result()
    begin(reads_only=False)
    plan = _plan_of(month)
    tries = plan.told.get(str(channel_id), Told()).tries + 1
    pause = None if sent.ok else next_try(tries)
    due_at = None if pause is None else (utc_now() + pause).isoformat()
    _keep(replace(plan, told={**plan.told, str(channel_id): Told(tries, due_at)}))
    note_outcome(channel_id, sent)
    db.session.commit()
    return sent.ok


def _keep(plan: Plan) -> None:
    told = {name: vars(one) for name, one in plan.told.items()}
    write_note(NAME, {"channels": list(plan.channels), "month": plan.month, "told": told})


def _write(month: date) -> Text:
    total = read_report(usual(first=month, last=month)).total
    name = format_date(month, "MMMM y")
    title = gettext("Sintonia: %(month)s in figures", month=name)
    return Text(title, "\n".join(filter(None, (*_lines(total), _address()))), "over")


def _lines(total: Figures) -> list[str]:
    churn = "–" if total.churn is None else f"{format_decimal(total.churn)} %"
    values: dict[str, Any] = {
        "end": format_decimal(total.at_end), "start": format_decimal(total.at_start),
        "added": format_decimal(total.added), "ended": format_decimal(total.ended), "churn": churn,
        "revenue": _money(total.revenue), "cost": _money(total.cost), "margin": _money(total.margin),
    }  # fmt: skip
    return [
        gettext("Packages sold: %(end)s (%(start)s at the beginning)", **values),
        gettext("Came: %(added)s · went: %(ended)s · churn: %(churn)s", **values),
        gettext("Revenue: %(revenue)s · cost: %(cost)s · margin: %(margin)s", **values),
    ]


def _money(value: Any) -> str:
    return str(format_currency(value, "BRL")).replace("BRL", "R$")


def _address() -> str:
    """Return the whole address of the page; empty where the settings do not say how the hub is reached."""
    base = current_hub().settings.base_url
    return base + current_app.url_map.bind("hub").build(PAGE) if base else ""
