"""What a message about alerts says: cause and next step, in the language of the settings, and where to look.

It holds no more of people than the alert itself; of named examples only the first name and an initial.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask, current_app
from flask_babel import format_currency, format_datetime, format_percent, format_timedelta, gettext, ngettext, pgettext

from webapp.messages import explain
from webapp.services.channel_plugins import Text
from webapp.services.hub import current_hub

# More than these are counted in one line: nobody reads a hundred on a phone.
MOST_TOLD = 8
OVER, FAIL = "over", "fail"
# Where an alert is best understood: a value of its message, else the kind of its object.
_BY_PARAM = (("run_id", "runs.detail"), ("pull_id", "pulls.detail"), ("move_id", "guided_moves.detail"))
_BY_OBJECT: Mapping[str, tuple[str, str]] = {
    "run": ("runs.detail", "run_id"),
    "source": ("sources.edit", "source_id"),
    "source_pull": ("pulls.detail", "pull_id"),
    "integration": ("integrations.edit", "integration_id"),
}
_ALL = "alerts.index"
_WORDS = "sintonia-words"


@dataclass(frozen=True)
class Words:
    """How the screens say what stands in an alert; they tell it to the application when it is made.

    Attributes:
        cause: code and values of a reason -> its sentence.
        values: values of a message -> the same, with names of fields as people say them.
    """

    cause: Callable[[str, Mapping[str, Any] | None], str]
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Told:
    """One alert in a message.

    Attributes:
        kind: opened or over.
        ended_at: when its cause ended; None while it lasts.
        radius: of the batch that waits, as ``Run.radius``.
        approval: address of the one-time link; empty = the hub must be opened.
    """

    kind: str
    code: str
    params: Mapping[str, Any]
    level: str
    object_type: str
    object_id: int
    label: str
    opened_at: datetime
    ended_at: datetime | None = None
    radius: Mapping[str, Any] | None = None
    approval: str = ""


def init_app(app: Flask, words: Words) -> None:
    """Bind the words of the screens to the application."""
    app.extensions[_WORDS] = words


def write(told: Sequence[Told]) -> Text:
    """Return one text about all of these, what does not work first."""
    ordered = sorted(told, key=lambda one: (one.kind == OVER, one.level != FAIL, one.opened_at))
    parts = ["\n".join(_lines(one)) for one in ordered[:MOST_TOLD]]
    rest = len(ordered) - MOST_TOLD
    if rest > 0:
        more = ngettext("and %(num)s more alert.", "and %(num)s more alerts.", rest)
        parts.append(" ".join(filter(None, (more, _address(_ALL)))))
    return Text(_title(ordered), "\n\n".join(parts), _level(ordered))


def test_text(description: str) -> Text:
    """Return the text of the test button."""
    body = gettext("This is a test of the channel %(name)s. Alerts of the hub arrive here.", name=description)
    return Text(gettext("Sintonia: test message"), " ".join(filter(None, (body, _address(_ALL)))), OVER)


def masked_name(name: str) -> str:
    """Return the first name and the initial of the last one."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else "".join(words)


def radius_lines(radius: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a batch takes away: from how many, how much money, why, and whose names may be rung up."""
    actions = {"suspend": gettext("Suspend"), "cancel": gettext("Cancel")}
    counted = [f"{actions.get(name, name)}: {count}" for name, count in (radius.get("actions") or {}).items()]
    value = format_currency(Decimal(str(radius.get("value") or 0)), "BRL")
    yield " · ".join([*counted, gettext("%(value)s per month", value=value)])
    for cause in radius.get("causes") or ():
        share = format_percent(Decimal(str(cause["percent"])) / 100, "#,##0.#%")
        yield f"- {cause['count']} ({share}): {_words().cause(cause['code'], cause.get('params'))}"
    names = [masked_name(str(example.get("name") or "")) for example in radius.get("examples") or ()]
    if any(names):
        yield gettext("For example: %(names)s", names=", ".join(filter(None, names)))


def _lines(one: Told) -> Iterator[str]:
    words = explain(one.code, _words().values(one.params))
    if one.kind == OVER:
        yield gettext("Over: %(name)s", name=one.label)
        yield words.cause
        if one.ended_at is not None:
            yield gettext("It lasted %(time)s.", time=format_timedelta(one.ended_at - one.opened_at, threshold=1.2))
        return
    yield f"{_word(one.level)}: {one.label}"
    yield words.cause
    yield from radius_lines(one.radius) if one.radius else ()
    yield from filter(None, (words.remedy, gettext("since %(time)s", time=format_datetime(one.opened_at, "short"))))
    yield from _where(one)


def _where(one: Told) -> Iterator[str]:
    if one.approval:
        yield gettext("Decide (one use only, do not pass it on): %(address)s", address=one.approval)
    address = _page(one)
    if address:
        yield address
    elif one.radius:
        yield gettext("To decide, open the hub: Reconciliations.")


def _title(ordered: Sequence[Told]) -> str:
    first = ordered[0]
    if len(ordered) == 1:
        word = str(gettext("Over")) if first.kind == OVER else _word(first.level)
        return f"Sintonia · {word}: {first.label}"
    return str(ngettext("Sintonia: %(num)s alert", "Sintonia: %(num)s alerts", len(ordered)))


def _level(ordered: Sequence[Told]) -> str:
    if all(one.kind == OVER for one in ordered):
        return OVER
    return FAIL if any(one.level == FAIL and one.kind != OVER for one in ordered) else "warn"


def _words() -> Words:
    words: Words = current_app.extensions[_WORDS]
    return words


def _word(level: str) -> str:
    return str(pgettext("alert", "Does not work") if level == FAIL else pgettext("alert", "Attention"))


def _page(one: Told) -> str:
    for name, endpoint in _BY_PARAM:
        if isinstance(one.params.get(name), int):
            return _address(endpoint, **{name: one.params[name]})
    endpoint, argument = _BY_OBJECT.get(one.object_type, (_ALL, ""))
    return _address(endpoint, **({argument: one.object_id} if argument else {}))


def _address(endpoint: str, **values: int) -> str:
    """Return the whole address of a page; empty where the settings do not say how the hub is reached."""
    base = current_hub().settings.base_url
    # Outside of a request nothing but the settings knows the hub's own name.
    return base + current_app.url_map.bind("hub").build(endpoint, values) if base else ""
