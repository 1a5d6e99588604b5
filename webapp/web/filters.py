"""What templates may use beside their context: dates, money, documents, icons, labels."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from babel.numbers import get_decimal_symbol
from flask import Flask, has_request_context, request, url_for
from flask_babel import (
    format_currency,
    format_date,
    format_decimal,
    format_percent,
    format_time,
    format_timedelta,
    get_locale,
    gettext,
)
from markupsafe import Markup

from webapp.clock import utc_now
from webapp.messages import explain
from webapp.paths import STATIC
from webapp.services.pages import PAGE_SIZES
from webapp.web.agents import browser_words
from webapp.web.labels import label

ICONS = STATIC / "vendor" / "tabler-icons-3.51.0"
# What an icon is drawn on: nothing that anybody sees, once for each of some hundreds on a page.
FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
NOTHING = "–"


def register(app: Flask) -> None:
    """Bind filters and globals."""
    app.jinja_env.filters.update(
        when=when, day=day, money=money, amount=amount, document=document, phone=phone, number=number,
        distance=distance, coming=coming, lasting=lasting, plus=plus, percent=percent, browser=browser_words, size=size,
    )  # fmt: skip
    app.jinja_env.globals.update(
        icon=icon,
        label=label,
        explain=explain,
        asset=asset,
        translated=translated,
        get_locale=get_locale,
        now=utc_now,
        page_sizes=PAGE_SIZES,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def when(value: datetime | None) -> str:
    """Return a time in the provider's zone, to the second."""
    return NOTHING if value is None else f"{format_date(value, 'short')} {format_time(value, 'medium')}"


def day(value: date | None) -> str:
    """Return a date as it is written locally."""
    return NOTHING if value is None else format_date(value, "short")


def distance(value: datetime | None) -> str:
    """Return how far a time is from now: “in 5 minutes”, “3 hours ago”."""
    if value is None:
        return NOTHING
    away = value - utc_now()
    if abs(away) < timedelta(seconds=1):
        return gettext("now")
    return format_timedelta(away, add_direction=True, threshold=1.2)


def lasting(seconds: float) -> str:
    """Return how long something takes: “5 minutes”."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.2)


def coming(value: datetime | None) -> str:
    """Return when something happens next: “in 5 minutes”, or now where its time has come."""
    return gettext("now") if value is not None and value <= utc_now() else distance(value)


def money(value: Decimal | None) -> str:
    """Return R$ with two decimals, in every language: none of our readers calls it BRL."""
    return NOTHING if value is None else format_currency(value, "BRL").replace("BRL", "R$")


def amount(value: Decimal | None) -> str:
    """Return money as an input takes it: no sign, a comma before the cents where that is the custom."""
    if value is None:
        return ""
    text = f"{value:.2f}"
    return text.replace(".", get_decimal_symbol(get_locale()))


def document(value: str) -> str:
    """Return a CPF or CNPJ with its punctuation."""
    if len(value) == 11:
        return re.sub(r"(...)(...)(...)(..)", r"\1.\2.\3-\4", value)
    if len(value) == 14:
        return re.sub(r"(..)(...)(...)(....)(..)", r"\1.\2.\3/\4-\5", value)
    return value or NOTHING


def phone(value: str) -> str:
    """Return a Brazilian phone number as it is written: +55 (11) 91234-5678; another one as it is."""
    digits = re.sub(r"\D", "", value)
    found = re.fullmatch(r"(55)?([1-9]\d)(\d{4,5})(\d{4})", digits)
    if found is None:
        return value or NOTHING
    country = "+55 " if found[1] else ""
    return f"{country}({found[2]}) {found[3]}-{found[4]}"


def number(value: int | None) -> str:
    """Return a whole number with its thousands parted."""
    return NOTHING if value is None else format_decimal(value)


def percent(share: float) -> str:
    """Return a share of one in per cent, with one decimal where it has any."""
    return format_percent(share, "#,##0.#%")


def translated(text: str) -> str:
    """Return a gateway's own words in the reader's language, where there is a translation."""
    return gettext(text) if text else ""


def plus(count: int, limit: int = 1000) -> str:
    """Return a count that was capped: “1000+”."""
    return f"{limit}+" if count > limit else str(count)


def size(count: int) -> str:
    """Return how large a file is, as file managers say it: “3,4 MB”."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{format_decimal(round(count / factor, 1))} {unit}"
    return f"{count} B"


@lru_cache
def icon(name: str, extra: str = "") -> Markup:
    """Return a vendored icon as inline SVG; it repeats what words say, so readers skip it."""
    svg = re.sub(r"\s+", " ", (ICONS / f"{name}.svg").read_text()).replace(FRAME, "")
    return Markup(svg.replace('class="icon ', f'aria-hidden="true" class="icon {extra} '))


def asset(path: str) -> str:
    """Return the address of a static file; it changes when the file does, so it may be kept for ever."""
    return _address(path, request.script_root if has_request_context() else "")


@lru_cache
def _address(path: str, _root: str) -> str:
    """A page has a dozen of them, and the file's content was read once for all, too."""
    return url_for("static", filename=path, v=_version(STATIC / path))


@lru_cache
def _version(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]
