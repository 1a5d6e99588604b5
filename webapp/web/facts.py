"""What was changed, and who changed it, in words: history and lines of reconciliations."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from flask import Flask
from flask_babel import gettext as _

from webapp.decide.state import ACCOUNT_UNIT
from webapp.models import Account, Event
from webapp.web.filters import NOTHING, day, document, money, phone
from webapp.web.labels import label

EMPTY = (None, "", [], {}, ())
DAYS = ("sold_on", "starts_on", "ends_on", "pause_from", "pause_until", "no_suspend_until")
TOKEN = "token:"


class Change(NamedTuple):
    """One fact of an event; ``before`` is None where nothing was before."""

    name: str
    before: str | None
    after: str


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(changes=changes, fact=fact, account_params=account_params)
    app.jinja_env.filters.update(actor=actor)


def changes(event: Event) -> list[Change]:
    """Return what an event changed; facts that say nothing are left out."""
    before, after = dict(event.before or {}), dict(event.after or {})
    names = [name for name in (after or before) if _tells(name, before.get(name)) or _tells(name, after.get(name))]
    return [
        Change(str(label("fact", name).text), fact(name, before[name]) if name in before else None,
               fact(name, after.get(name)))
        for name in names
    ]  # fmt: skip


def fact(name: str, value: Any) -> str:
    """Return one value as people write it."""
    if value in EMPTY:
        return NOTHING
    if name in FORMATS:
        return FORMATS[name](value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {part}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def actor(name: str) -> str:
    """Return who acted: a person's e-mail, or which part of the hub."""
    if name.startswith(TOKEN):
        return _("Token %(name)s", name=name.removeprefix(TOKEN))
    return str(label("actor", name).text)


def account_params(account: Account) -> dict[str, Any]:
    """Return the values of an account's trouble; its log-in stands beside it, so it is not masked here."""
    own = {"login": account.login} if "login" in account.error_params else {}
    return {**account.error_params, **own}


def _tells(name: str, value: Any) -> bool:
    """Every call that is kept in the history went well and is about the whole account, unless said."""
    return value not in EMPTY and (name, value) not in (("unit", ACCOUNT_UNIT), ("outcome", "ok"))


def _labelled(kind: str) -> Callable[[Any], str]:
    return lambda value: str(label(kind, value).text)


def _money(value: Any) -> str:
    try:
        return money(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _day(value: Any) -> str:
    try:
        return day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "state": _labelled("content"),
    "status": _labelled("service"),
    "outcome": _labelled("outcome"),
    "document": document,
    "phone": phone,
    "value": _money,
    "unit": lambda value: str(value).partition(":")[2] or str(value),
    "remote_ids": lambda value: ", ".join(map(str, value.values())),
    **dict.fromkeys(DAYS, _day),
}
