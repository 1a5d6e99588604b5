"""What a form's page sends, and where two people's versions of one thing differ.

A form that edits something carries, hidden, what it was opened with. When somebody else saved meanwhile, three
versions can be laid side by side: what stood there when it was opened, what stands there now, what was typed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FieldList, FileField, FormField, HiddenField, PasswordField, SelectField
from wtforms import SelectMultipleField as SeveralField
from wtforms.csrf.core import CSRFTokenField

from webapp.clock import utc_now
from webapp.web.forms.secret import CLEAR, KEPT, SecretField

OPENED, KEEP, GO_ON = "opened", "keep-", "go-on"
THEIRS, MINE = "theirs", "mine"
# No part of what a person filled in.
TECHNICAL = ("csrf_token", "once", "version", OPENED, GO_ON)
LARGEST = 200_000
UNSENT = (CSRFTokenField, HiddenField, PasswordField, FileField)
Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Opened:
    """What a form was opened with, and when; ``at`` is None where it does not say."""

    at: datetime | None
    fields: Sent


@dataclass(frozen=True)
class Unit:
    """What is chosen as one: a field, or all rows of a list, whose key ends with a dash.

    Attributes:
        leaves: every input of the form that it is of, by its name.
    """

    key: str
    field: Field
    leaves: Mapping[str, Field]

    @property
    def is_group(self) -> bool:
        """Whether it stands for all names that begin with its key."""
        return self.key.endswith("-")

    def of(self, sent: Sent) -> dict[str, list[str]]:
        """Return what belongs to it, without what differs only in how a browser writes it."""
        return {name: [_plain(value) for value in sent[name]] for name in sent if covers(self.key, name)}


@dataclass(frozen=True)
class Difference:
    """One unit in which two versions differ.

    Attributes:
        opened: the words when the form was opened; None = it is not known.
        preset: whose stands chosen, ``THEIRS`` or ``MINE``.
        both: both changed it.
    """

    key: str
    label: str
    opened: list[str] | None
    theirs: list[str]
    mine: list[str]
    preset: str
    both: bool


def covers(key: str, name: str) -> bool:
    """Tell whether an input's name belongs to a unit; a secret's sealed value and its removal do."""
    bare = next((name.removeprefix(mark) for mark in (KEPT, CLEAR) if name.startswith(mark)), name)
    return bare.startswith(key) if key.endswith("-") else bare == key


def sent_by(fields: Any) -> dict[str, list[str]]:
    """Return what the page of a form that was just opened sends; secrets and technical inputs stay out."""
    found: dict[str, list[str]] = {}
    for field in fields:
        found |= _of_field(field)
    return found


def write_opened(sent: Sent) -> str:
    """Return what a form was opened with as its hidden input carries it."""
    return json.dumps({"at": utc_now().isoformat(), "fields": dict(sent)}, ensure_ascii=False)


def read_opened(text: str) -> Opened:
    """Return what the hidden input carries; nothing where it is missing or no longer what we wrote."""
    try:
        found = json.loads(text) if len(text) <= LARGEST else None
        at, fields = datetime.fromisoformat(found["at"]), found["fields"]
        right = all(isinstance(value, str) for values in fields.values() for value in values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Opened(None, {})
    return Opened(at, fields) if right and at.tzinfo is not None else Opened(None, {})


def settled(sent: "MultiDict[str, str]") -> "MultiDict[str, str] | None":
    """Return a form in which what was chosen of the others' version stands in place of one's own.

    Returns:
        None when nothing was chosen: the form is what it is.
    """
    chosen = {name.removeprefix(KEEP): value for name, value in sent.items() if name.startswith(KEEP)}
    keys = [key for key, value in chosen.items() if value == THEIRS]
    if not chosen:
        return None
    theirs = read_opened(sent.get(OPENED, "")).fields
    found: MultiDict[str, str] = MultiDict(
        (name, value)
        for name, value in sent.items(multi=True)
        if not name.startswith(KEEP) and not any(covers(key, name) for key in keys)
    )
    for name, values in theirs.items():
        if any(covers(key, name) for key in keys):
            found.setlist(name, list(values))
    return found


def units(form: Any) -> list[Unit]:
    """Return what can be chosen of a form, in its order."""
    leaves = {field.name: field for field in _leaves(form.parts())}
    return [Unit(_key(field), field, leaves) for field in form if not isinstance(field, UNSENT)]


def differences(form: Any, now: Any, sent: Sent, opened: Sent) -> list[Difference]:
    """Return in what one's own version differs from what stands there now.

    Args:
        form: with what one typed, validated.
        now: the same form of the thing as it is now.
        sent: what one's page sent.
        opened: what it was opened with; empty = not known.
    """
    theirs = now.as_sent()
    known = {unit.key: unit for unit in units(now)}
    found = [_difference(unit, known[unit.key], sent, theirs, opened) for unit in units(form) if unit.key in known]
    return [difference for difference in found if difference is not None]


def carried(form: Any, sent: "MultiDict[str, str]") -> list[tuple[str, str]]:
    """Return names and values that bring what was typed through a page in between; secrets go sealed."""
    secrets = {field.name: field for field in _leaves(form.parts()) if isinstance(field, SecretField) and field.secret}
    hidden = {field.name for field in _leaves(form.parts()) if isinstance(field, PasswordField | FileField)}
    out = {*TECHNICAL, *hidden, *secrets, *(field.kept_name for field in secrets.values())}
    plain = [(name, value) for name, value in sent.items(multi=True) if name not in out and not name.startswith(KEEP)]
    return plain + [(field.kept_name, field.sealed()) for field in secrets.values() if field.data]


def _key(field: Field) -> str:
    prefix: str = getattr(field, "sent_prefix", "")
    return prefix or (f"{field.name}-" if isinstance(field, FieldList) else str(field.name))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _leaves(fields: Any) -> Iterator[Field]:
    for field in fields:
        if isinstance(field, FieldList | FormField):
            yield from _leaves(field)
        else:
            yield field


def _of_field(field: Field) -> dict[str, list[str]]:
    if isinstance(field, FieldList | FormField):
        return sent_by(field)
    if isinstance(field, UNSENT) or (isinstance(field, SecretField) and field.secret):
        return {}
    if hasattr(field, "as_sent"):
        return dict(field.as_sent())
    if isinstance(field, BooleanField):
        return {field.name: ["y"]} if field.data else {}
    if isinstance(field, SeveralField):
        return {field.name: [str(value) for value in field.data or ()]}
    if isinstance(field, SelectField):
        return {field.name: ["" if field.data is None else str(field.data)]}
    return {field.name: [str(field._value())]}


def _difference(unit: Unit, now: Unit, sent: Sent, theirs: Sent, opened: Sent) -> Difference | None:
    if isinstance(unit.field, SecretField) and unit.field.secret:
        return _of_secret(unit)
    mine, other, before = unit.of(sent), now.of(theirs), unit.of(opened)
    unsent = not unit.is_group and not isinstance(unit.field, BooleanField | SeveralField) and not mine
    if unsent or mine == other or _means_the_same(unit.field, now.field):
        return None
    known = bool(opened)
    untouched = known and mine == before
    return Difference(
        unit.key, str(unit.field.label.text),
        opened=_words(unit, before) if known else None, theirs=_words(now, other), mine=_words(unit, mine),
        preset=THEIRS if untouched else MINE, both=known and not untouched and other != before,
    )  # fmt: skip


def _of_secret(unit: Unit) -> Difference | None:
    if not unit.field.data:
        return None
    return Difference(
        unit.key, str(unit.field.label.text), opened=None, theirs=[_("As it is stored now")],
        mine=[_("The new value that you typed; it stays hidden")], preset=MINE, both=False,
    )  # fmt: skip


def _means_the_same(one: Field, other: Field) -> bool:
    """Tell whether two fields hold the same although it was written otherwise, as 10 and 10,00."""
    if isinstance(one, FieldList) or one.errors or type(one) is not type(other):
        return False
    return bool(one.data == other.data)


def _words(unit: Unit, sent: Sent) -> list[str]:
    """Return what people call a value; one line for each row."""
    if hasattr(unit.field, "said"):
        return list(unit.field.said(sent))
    if not unit.is_group:
        return [_word(unit.field, sent.get(unit.key, ()))]
    rows: dict[int, list[str]] = {}
    for name, values in sent.items():
        found = re.match(rf"{re.escape(unit.key)}(\d+)-", name)
        if found and not name.endswith("-shown"):
            rows.setdefault(int(found[1]), []).append(_cell(unit, name, values))
    lines = [" · ".join(cell for cell in cells if cell) for _number, cells in sorted(rows.items())]
    return [line for line in lines if line] or [_("Nothing")]


def _cell(unit: Unit, name: str, values: Sequence[str]) -> str:
    """Return one value of a row. The other version may have rows that this one lacks: they are of the same kind."""
    short = name.rpartition("-")[2]
    alike = (
        field for other, field in unit.leaves.items() if other.startswith(unit.key) and other.endswith(f"-{short}")
    )
    field = unit.leaves.get(name) or next(alike, None)
    if isinstance(field, BooleanField):
        return str(field.label.text) if values else ""
    text = ", ".join(values) if field is None else _word(field, values)
    return "" if not "".join(values) else f"{short}: {text}" if "-param-" in name else text


def _word(field: Field, values: Sequence[str]) -> str:
    if isinstance(field, BooleanField):
        return _("Yes") if values else _("No")
    if isinstance(field, SecretField) and field.secret:
        return _("(stays hidden)")
    if isinstance(field, SelectField | SeveralField):
        names = {str(choice[0]): str(choice[1]) for choice in field.choices or ()}
        return ", ".join(names.get(value, value) for value in values) or _("Nothing")
    return ", ".join(value for value in values if value) or _("Nothing")
