"""What was changed, and who changed it, in words: history and lines of reconciliations."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from flask import Flask
from flask_babel import format_decimal, format_timedelta, ngettext
from flask_babel import gettext as _

from webapp.decide.state import ACCOUNT_UNIT
from webapp.messages import explain
from webapp.models import Account, Event
from webapp.services.channel_kinds import kind_of_scheme
from webapp.services.history_names import Named, Reference
from webapp.services.pages_sources import find_traits
from webapp.web.filters import NOTHING, day, document, money, percent, phone, translated, when
from webapp.web.labels import label
from webapp.web.labels_facts import FACT
from webapp.web.labels_invoices import VERDICT
from webapp.web.labels_lists import TABLE
from webapp.web.links import page_of_object

Facts = Mapping[str, Any]
Names = Mapping[Reference, Named]
NO_NAMES: Names = {}
NOBODY: Mapping[str, str] = {}
EMPTY = (None, "", [], {}, ())
# What goes without saying, and what only a program needs.
QUIET = (("unit", ACCOUNT_UNIT), ("outcome", "ok"), ("unchanged", 0))
UNSAID = frozenset({"checksum", "position", "bytes"})
# Their events count; what is nought is not told.
COUNTING = ("run", "invoice")
DAYS = (
    "sold_on", "starts_on", "ends_on", "pause_from", "pause_until", "no_suspend_until", "contract_ends_on",
    "until", "from_on", "until_on", "on",
)  # fmt: skip
TOKEN = "token:"
SOURCE = "source:"
# As the history keeps a secret that has a new value.
RENEWED = "*** (new)"
COMPOSED = re.compile(r"^(.*) \((\w+)\) (-?\d+\.\d\d)$")


class Change(NamedTuple):
    """One fact of an event; ``before`` is None where nothing was before."""

    name: str
    before: str | None
    after: str


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(
        changes=changes, fact=fact, account_params=account_params, page_of_object=page_of_object
    )
    app.jinja_env.filters.update(actor=actor)


def changes(event: Event, names: Names = NO_NAMES) -> list[Change]:
    """Return what an event changed; facts that say nothing are left out.

    Args:
        names: of packages and integrations, which an event keeps by their ids.
    """
    before, after = dict(event.before or {}), dict(event.after or {})
    told = [name for name in (after or before) if _tells(event, name, before.get(name), after.get(name))]
    return [_change(event.object_type, name, before, after, names) for name in told]


def fact(name: str, value: Any, names: Names = NO_NAMES) -> str:
    """Return one value as people write it. ``OBJECT.NAME`` is a fact that means something else elsewhere."""
    if value in EMPTY:
        return NOTHING
    bare = name.rpartition(".")[2]
    if bare in BY_ID:
        return BY_ID[bare](value, names)
    if name in FORMATS or bare in FORMATS:
        return FORMATS.get(name, FORMATS.get(bare, str))(value)
    return _plain(value)


def actor(name: str, people: Mapping[str, str] = NOBODY) -> str:
    """Return who acted: a person's name, or e-mail where none is known; a program; a part of the hub.

    Args:
        people: names by e-mail.
    """
    if name.startswith(TOKEN):
        return _("Token %(name)s", name=name.removeprefix(TOKEN))
    if name.startswith(SOURCE):
        return _("Source %(name)s", name=name.removeprefix(SOURCE))
    return people.get(name) or str(label("actor", name).text)


def account_params(account: Account) -> dict[str, Any]:
    """Return the values of an account's trouble; its log-in stands beside it, so it is not masked here."""
    own = {"login": account.login} if "login" in account.error_params else {}
    return {**account.error_params, **own}


def _change(kind: str, name: str, before: Facts, after: Facts, names: Names) -> Change:
    old, new = before.get(name), after.get(name)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        old, new = _differing(old, new), _differing(new, old)
    full = f"{kind}.{name}"
    return Change(_name(full), fact(full, old, names) if name in before else None, fact(full, new, names))


def _name(full: str) -> str:
    known = RENAMED.get(full, full.rpartition(".")[2])
    return str(label("fact" if known in FACT else "count", known).text)


def _differing(values: Facts, others: Facts) -> Facts:
    return {key: part for key, part in values.items() if key not in others or others[key] != part}


def _tells(event: Event, name: str, *values: Any) -> bool:
    """Every call that is kept in the history went well and is about the whole account, unless said."""
    silent = QUIET if event.object_type not in COUNTING else (*QUIET, (name, 0))
    return name not in UNSAID and any(value not in EMPTY and (name, value) not in silent for value in values)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_plain(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return str(value).replace(RENEWED, _("*** (new)"))


def _labelled(kind: str) -> Callable[[Any], str]:
    return lambda value: str(label(kind, value).text)


def _money(value: Any) -> str:
    try:
        return money(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _percent(value: Any) -> str:
    try:
        return percent(float(value) / 100)
    except ValueError:
        return str(value)


def _day(value: Any) -> str:
    try:
        return day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _time(value: Any) -> str:
    try:
        return when(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _speed(value: Any) -> str:
    return f"{format_decimal(Decimal(value) / 1000)} Mbps" if isinstance(value, int) else str(value)


def _months(value: Any) -> str:
    if value == 0:
        return _("No fixed term")
    return ngettext("%(num)s month", "%(num)s months", value) if isinstance(value, int) else str(value)


def _parts(value: Any) -> str:
    """Lines of a composition: ``Description (kind) 10.00``."""
    return "; ".join(COMPOSED.sub(_part, str(line)) for line in value)


def _part(found: re.Match[str]) -> str:
    return f"{found[1]} ({label('composition', found[2]).text}) {_money(found[3])}"


def _details(value: Any) -> str:
    """Products that a synchronisation changed: code -> name of the fact -> before and after."""
    return "; ".join(f"{code}: {', '.join(_turned(*part) for part in parts.items())}" for code, parts in value.items())


def _turned(name: str, values: Any) -> str:
    before, after = values
    return f"{label('fact', name).text} {fact(name, before)} → {fact(name, after)}"


def _kind(value: Any) -> str:
    traits = find_traits(str(value))
    return translated(traits.label) if traits else str(value)


def _span(value: Any) -> str:
    return format_timedelta(timedelta(seconds=value), threshold=1)


def _meanings(value: Any) -> str:
    """What words of a source mean: a status of ours, a name, or that they are left out."""
    return ", ".join(f"{external} = {_meaning(str(target))}" for external, target in value.items())


def _meaning(target: str) -> str:
    if target == "ignore":
        return _("left out")
    return str(label("service", target).text) if target else _("undecided")


def _rules(value: Any) -> str:
    return ", ".join(f"{label('service', key).text} = {label('content', part).text}" for key, part in value.items())


def _alert(value: Any) -> str:
    return explain(str(value["code"]), value["params"]).cause


def _dici(value: Any) -> str:
    return ", ".join(f"{label('fact', key).text}: {part}" for key, part in value.items() if part not in EMPTY)


def _packages(value: Any, names: Names) -> str:
    return ", ".join(_carried(link, names) if isinstance(link, Mapping) else str(link) for link in value)


def _carried(link: Facts, names: Names) -> str:
    """A package of a plan, with what is said about it there."""
    params = [_plain({key: part}) for key, part in (link.get("params") or {}).items()]
    said = [_("mandatory") if link.get("mandatory") else _("optional"), *params]
    return f"{_called('package', link.get('package_id'), names)} ({'; '.join(said)})"


def _called(kind: str, row_id: Any, names: Names) -> str:
    found = names.get((kind, row_id))
    return found.name if found is not None else f"{label('object', kind).text} {row_id}"


BY_ID: Mapping[str, Callable[[Any, Names], str]] = {
    "integration_id": lambda value, names: _called("integration", value, names),
    "packages": _packages,
}
RENAMED: Mapping[str, str] = {
    "customer_channel.kind": "customer_channel_kind",
    "message_template.body": "message_body",
    "integration.code": "why",
    "product.kind": "product_kind",
    "run.code": "why",
    "source.kind": "source_kind",
    **{f"invoice.{verdict}": f"invoice_{verdict}" for verdict in VERDICT},
}
FORMATS: Mapping[str, Callable[[Any], str]] = {
    "state": _labelled("content"),
    "table": lambda value: str(TABLE.get(str(value), value)),
    "status": _labelled("service"),
    "outcome": _labelled("outcome"),
    "operation": _labelled("operation"),
    "billing_kind": _labelled("billing"),
    "dici_type": _labelled("dici"),
    "operator.role": _labelled("role"),
    "invitation.role": _labelled("role"),
    "operator.end_reason": _labelled("session_state"),
    "channel.level": _labelled("channel_level"),
    "channel.scheme": lambda value: str(label("channel_kind", kind_of_scheme(str(value))).text),
    "row_kind": _labelled("row_kind"),
    "customer_channel_kind": _labelled("customer_channel_kind"),
    "bulk_kind": _labelled("bulk_kind"),
    "bulk_state": _labelled("bulk"),
    "older_than": _time,
    "document": document,
    "phone": phone,
    **dict.fromkeys(("value", "cost", "amount", "billed", "disputed", "contested"), _money),
    "percent": _percent,
    "basis": _labelled("billing_basis"),
    "area": _labelled("city_area"),
    "move": _labelled("move_kind"),
    "unit": lambda value: str(value).partition(":")[2] or str(value),
    "remote_ids": lambda value: ", ".join(map(str, value.values())),
    "composition": _parts,
    "dici": _dici,
    "status_rules": _rules,
    "status_scope": _labelled("status_scope"),
    "download_kbps": _speed,
    "upload_kbps": _speed,
    "contract_months": _months,
    "months": _months,
    "free_months": _months,
    "details": _details,
    "missing_since": _time,
    "reconcile_interval_s": _span,
    "full_interval_s": _span,
    "light_interval_s": _span,
    "source.kind": _kind,
    "source.paused": lambda value: explain(str(value)).cause,
    "source.failed": lambda value: ", ".join(explain(str(code)).cause for code in value),
    "mapped_status": _meanings,
    "mapped_plan": _meanings,
    "mapped_package": _meanings,
    "integration.code": lambda value: explain(str(value)).cause,
    "integration.error": lambda value: explain(str(value)).cause,
    "integration.paused": lambda value: explain(str(value)).cause,
    "integration.failed": lambda value: ", ".join(str(label("step", step).text) for step in value),
    "alert": _alert,
    "sign_in_ways": lambda value: ", ".join(str(label("sign_in_way", way).text) for way in value),
    "second_factor_rule": _labelled("second_factor_rule"),
    "run.mode": _labelled("run_mode"),
    "run.reading": _labelled("run_reading"),
    "run.code": lambda value: explain(str(value)).cause,
    "hub.cause": lambda value: explain(f"observing_{value}").cause,
    "token.scope": _labelled("token_scope"),
    "token.expires_at": _time,
    "token.revoked_at": _time,
    **dict.fromkeys(DAYS, _day),
}
