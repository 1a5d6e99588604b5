"""Another gateway chosen on the form: what was typed goes where it fits, and nothing is lost unseen."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from werkzeug.datastructures import MultiDict

from webapp.decide.params import INTEGRATION, is_secret, specs_for
from webapp.gateways.contract import ParamSpec, Traits
from webapp.web.forms.params import PREFIX
from webapp.web.forms.secret import KEPT

ROWS = "free-"
ROW_NAME = re.compile(r"free-(\d+)-name")
# apUrl is api_url; url is something else.
ALIKE = 0.85

Sent = MultiDict[str, str]


@dataclass
class Carried:
    """What the form of the new gateway starts with.

    Attributes:
        lost: names of params that have a value and no place there.
    """

    fields: Sent
    lost: list[str] = field(default_factory=list)


def carry_over(sent: Sent, old: Traits, new: Traits, stored: Collection[str] = ()) -> Carried:
    """Return what was sent from the form of one gateway as the form of another would send it.

    A secret only goes into a secret param of the same name: no other platform may see it.

    Args:
        stored: names of secrets that are stored for the old gateway; they stay behind.
    """
    found = Carried(MultiDict((name, value) for name, value in sent.items(multi=True) if not _is_param(name)))
    filled: dict[str, str] = {}
    rows: list[tuple[str, str]] = []
    for name, value in _typed(sent):
        place = _place(name, value, is_secret(old, name), new)
        if place and place not in filled:
            filled[place] = value
        elif new.free_params and not is_secret(old, name):
            rows.append((name, value))
        else:
            found.lost.append(name)
    left = [*stored, *_sealed(sent, new)]
    found.lost += [name for name in dict.fromkeys(left) if name not in found.lost and name not in filled]
    found.fields.update({PREFIX + name: value for name, value in filled.items()})
    found.fields.update(_as_rows(rows))
    return found


def rows_in_place(sent: Sent, traits: Traits) -> Sent:
    """Return the same with every free row that bears a declared param's name moved to its own field.

    Users of HubSoft type all params as rows. A field that holds something else already is left alone.
    """
    moved = MultiDict(sent)
    declared = {spec.name for spec in specs_for(traits, INTEGRATION)}
    for number, name, value in _rows(sent):
        own = PREFIX + name
        if name in declared and moved.get(own, "").strip() in ("", value):
            moved[own] = value
            moved.poplist(f"{ROWS}{number}-name")
            moved.poplist(f"{ROWS}{number}-value")
    return moved


def _is_param(name: str) -> bool:
    return name.startswith((PREFIX, ROWS))


def _typed(sent: Sent) -> Iterator[tuple[str, str]]:
    """Give name and value of everything that has a value, declared params first."""
    for name, value in sent.items():
        if name.startswith(PREFIX) and value.strip():
            yield name.removeprefix(PREFIX), value.strip()
    for _number, name, value in _rows(sent):
        if name and value:
            yield name, value


def _sealed(sent: Sent, new: Traits) -> list[str]:
    """Return the names of secrets that were typed before and have no place in the new form."""
    specs = {spec.name: spec for spec in specs_for(new, INTEGRATION)}
    own = [name.removeprefix(KEPT + PREFIX) for name in sent if name.startswith(KEPT + PREFIX)]
    rows = [name for number, name, value in _rows(sent) if not value and f"{KEPT}{ROWS}{number}-value" in sent]
    return [name for name in own if name not in specs or not specs[name].secret] + rows


def _rows(sent: Sent) -> Iterator[tuple[int, str, str]]:
    numbers = sorted(int(found[1]) for name in sent if (found := ROW_NAME.fullmatch(name)))
    for number in numbers:
        yield number, sent[f"{ROWS}{number}-name"].strip(), sent.get(f"{ROWS}{number}-value", "").strip()


def _as_rows(rows: list[tuple[str, str]]) -> Sent:
    fields: Sent = MultiDict()
    for number, (name, value) in enumerate(rows):
        fields[f"{ROWS}{number}-name"] = name
        fields[f"{ROWS}{number}-value"] = value
    return fields


def _place(name: str, value: str, secret: bool, new: Traits) -> str:
    """Return the declared param that a value fits into; empty when there is none."""
    specs = {spec.name: spec for spec in specs_for(new, INTEGRATION)}
    place = name if name in specs or secret else _same_but_for_signs(name, specs)
    spec = specs.get(place)
    if spec is None or (secret and not spec.secret) or not _fits(spec, value):
        return ""
    return place


def _same_but_for_signs(name: str, specs: Mapping[str, ParamSpec]) -> str:
    likeness = {known: SequenceMatcher(None, _plain(name), _plain(known)).ratio() for known in specs}
    best = max(likeness, key=lambda known: likeness[known], default="")
    return best if best and likeness[best] >= ALIKE else ""


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _fits(spec: ParamSpec, value: str) -> bool:
    if spec.kind == "boolean":
        return value in ("true", "false")
    return not spec.choices or value in spec.choices
