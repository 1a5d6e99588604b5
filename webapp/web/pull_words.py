"""What one record of a pull changes, in words; and the rows that could not be used, as lines of a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _

from webapp.decide.intake import What
from webapp.messages import explain
from webapp.services.audit import MASK
from webapp.services.bad_rows import COLUMNS, Line
from webapp.services.history_names import Named, Reference
from webapp.services.pages_pulls import state_of
from webapp.services.source_files import FileHeader, names_password
from webapp.web.facts import fact
from webapp.web.filters import NOTHING
from webapp.web.labels import label
from webapp.web.labels_pulls import FIELD

SECRET = "password"
SAMPLES, SAMPLE_CHARS = 5, 60
NEW = (What.CREATE_CUSTOMER, What.CREATE_SERVICE, What.ADD_PACKAGE, What.REMOVE_PACKAGE)


class ChangeLine(NamedTuple):
    """One change: what, from what, to what; None = there is no such side."""

    name: str
    before: str | None
    after: str | None
    direction: str


def pull_change(change: Mapping[str, Any], names: Mapping[Reference, Named]) -> ChangeLine:
    """Return a change of a line as people read it."""
    what, field, direction = change["what"], change["field"], change["direction"]
    if what in NEW:
        return _whole(change, names)
    if field == SECRET:
        return ChangeLine(_text("fact", field), None, _("*** (new)"), direction)
    before, after = (_value(field, change[side], names) for side in ("before", "after"))
    name = _text("fact", field)
    if what == What.UPDATE_PACKAGE:
        name = f"{_package(change, names)} · {name}"
    return ChangeLine(name, None if change["before"] is None else before, after, direction)


def bad_row_lines(found: Iterable[tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]]) -> list[Line]:
    """Return a header and the refused rows with their reasons, for a file."""
    header = (_("Row"), _("What is wrong"), *(_text("file_field", name) for name in COLUMNS))
    lines = ((cells["row"], _reasons(problems), *(cells[name] for name in COLUMNS)) for cells, problems in found)
    return [header, *lines]


def problem_field(field: str) -> str:
    """Return what a problem is about, as its column is called."""
    name = field.partition(".")[0]
    return _text("file_field" if name in FIELD else "fact", name)


def problems_told(problems: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what is wrong with a record; of a thing that two parts of the hub noticed, what says more."""
    explained = {one["code"] for one in problems if one["params"]}
    return [one for one in problems if one["params"] or one["code"] not in explained]


def samples_of(header: FileHeader, number: int, field: str) -> list[str]:
    """Return what stands in a column's first rows; of a password only that there is one.

    Args:
        field: what the column is said to be.
    """
    name = header.facts.header[number]
    hidden = field == SECRET or names_password(name)
    cells = [row[number].strip() if number < len(row) else "" for _place, row in header.samples[:SAMPLES]]
    return [MASK if cell and hidden else cell[:SAMPLE_CHARS] for cell in cells]


def _whole(change: Mapping[str, Any], names: Mapping[Reference, Named]) -> ChangeLine:
    name = _text("pull_what", change["what"])
    if change["what"] in (What.CREATE_CUSTOMER, What.CREATE_SERVICE):
        return ChangeLine(name, None, str(change["after"]), change["direction"])
    removed = change["what"] == What.REMOVE_PACKAGE
    value = change["before"] if removed else change["after"]
    text = _package(change, names) + (f" · {fact('value', value)}" if value is not None else "")
    return ChangeLine(name, text if removed else None, None if removed else text, change["direction"])


def _package(change: Mapping[str, Any], names: Mapping[Reference, Named]) -> str:
    package_id = change.get("package_id")
    found = names.get(("package", int(package_id))) if package_id else None
    return found.name if found is not None else _("Package %(number)s", number=package_id or NOTHING)


def _value(field: str, value: Any, names: Mapping[Reference, Named]) -> str:
    if field == "plan_id" and value:
        found = names.get(("plan", int(value)))
        return found.name if found is not None else _("Plan %(number)s", number=value)
    return fact(field, value)


def _reasons(problems: Sequence[Mapping[str, Any]]) -> str:
    return " | ".join(
        f"{problem_field(one['field'])}: {explain(one['code'], one['params'])}" if one["field"]
        else str(explain(one["code"], one["params"]))
        for one in problems_told(problems)
    )  # fmt: skip


def _text(kind: str, name: str) -> str:
    return str(label(kind, name).text)


TEMPLATE_WORDS = {
    "pull_change": pull_change, "pull_state": state_of, "problem_field": problem_field, "samples_of": samples_of,
    "problems_told": problems_told,
}  # fmt: skip
