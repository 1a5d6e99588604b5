"""Forms of sources: their settings, and what their words mean."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp

from webapp.messages import explain
from webapp.models import Source
from webapp.services.documents import fold
from webapp.services.errors import Problem
from webapp.services.pages_mapping import MappingView, WordLine
from webapp.services.pages_sources import SourceAbility, SourceTraits
from webapp.services.source_words import STATUS, Word
from webapp.services.sources import source_version
from webapp.web.forms import params
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip

HOUR_S = 3600
# Problems of the use case are named by its fields.
RENAMED = {"full_interval_s": "full_hours", "light_interval_s": "light_seconds"}


class SourceForm(PageForm):
    """Create or change a source; the kind's own params are added to it."""

    version = HiddenField()
    description = StringField(
        _("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("How you tell this source from others, such as “HubSoft of the head office”."),
    )  # fmt: skip
    full_hours = IntegerField(
        _("Hours between whole readings"),
        [InputRequired(REQUIRED), NumberRange(1, 720, _("Give a whole number from 1 to 720."))],
        default=8,
        description=_("A whole reading finds everything, and is work for the ERP: every 6 to 12 hours is usual."),
    )
    light_seconds = IntegerField(
        _("Seconds between looks at recent changes"),
        [Optional(), NumberRange(15, 86_400, _("Give a whole number from 15 to 86400."))],
        description=_(
            "A small look at who paid and who was suspended: 30 to 60 lets a payment take effect within a minute."
            " Empty = never."
        ),
    )
    precedence = IntegerField(
        _("Precedence"), [InputRequired(REQUIRED), NumberRange(1, 99, _("Give a whole number from 1 to 99."))],
        default=1,
        description=_("Where two sources bring the same service, the one with the lower number counts."),
    )  # fmt: skip
    code_prefix = StringField(
        _("Prefix of the codes"),
        [longest(20), Regexp(r"^[\w./-]*$", message=_("Use letters, digits and . / _ - only."))],
        filters=[strip],
        description=_(
            "Put before every code of this source, so that customer 10 of one ERP is not customer 10 of another."
            " Leave it empty with a single ERP."
        ),
    )

    def find_field(self, path: str) -> Field | None:
        """Return the field of a path; intervals are typed in other units than they are kept in."""
        return super().find_field(RENAMED.get(path, path))


def form_class(traits: SourceTraits, stored: Collection[str] = ()) -> type[SourceForm]:
    """Return the form with the params of the kind, and without what the kind cannot do."""
    form = params.with_params(SourceForm, traits.params, stored)
    missing = {
        name: None
        for name, ability in (("full_hours", SourceAbility.FULL), ("light_seconds", SourceAbility.CHANGES))
        if not traits.can(ability)
    }
    return type(form.__name__, (form,), missing)


def form_data(source: Source | None, traits: SourceTraits, shown: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what the form starts with; secrets stay out."""
    if source is None:
        return {"light_seconds": traits.limits.light_every_s}
    return {
        "version": source_version(source),
        "description": source.description,
        "full_hours": max(1, source.full_interval_s // HOUR_S),
        "light_seconds": source.light_interval_s,
        "precedence": source.precedence,
        "code_prefix": source.code_prefix,
        **params.filled(traits.params, shown),
    }


def form_values(form: SourceForm, traits: SourceTraits, source: Source | None) -> dict[str, Any]:
    """Return what the use case takes; what the form does not show stays as it is."""
    values = {
        "kind": traits.key,
        "description": form.description.data,
        "precedence": form.precedence.data,
        "code_prefix": form.code_prefix.data or "",
        "params": params.given(form, traits.params),
        "active": source.active if source else True,
    }
    hours = form["full_hours"].data if "full_hours" in form else None
    if source is not None and hours in (None, max(1, source.full_interval_s // HOUR_S)):
        values["full_interval_s"] = source.full_interval_s
    elif hours is not None:
        values["full_interval_s"] = hours * HOUR_S
    if "light_seconds" in form:
        values["light_interval_s"] = form["light_seconds"].data
    return values


@dataclass
class MappingForm:
    """What was chosen on the page of the mapping, and what is wrong with it, by id of the line.

    Attributes:
        chosen: id -> target; a plan that was typed is its id already.
        typed: id -> a name of a plan as it was typed.
        seen: what had been decided when the page was shown.
        moved: lines that somebody else decided meanwhile.
    """

    chosen: dict[int, str] = field(default_factory=dict)
    typed: dict[int, str] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)

    def target(self, line: WordLine) -> str:
        """Return what the line's field shows."""
        return self.chosen.get(line.row.id, line.shown)

    def name(self, line: WordLine, names: Mapping[str, str]) -> str:
        """Return what the line's field shows where a plan is typed."""
        return self.typed.get(line.row.id, names.get(self.target(line), ""))

    def choices(self, view: MappingView) -> dict[Word, str]:
        """Return what the use case takes: only what differs from what counts already."""
        return {
            (line.row.kind, line.row.external): self.chosen[line.row.id]
            for line in _lines(view)
            if line.row.id in self.chosen and self.chosen[line.row.id] not in _counting(line)
        }

    def seen_words(self, view: MappingView) -> dict[Word, str]:
        """Return what had been decided, by word."""
        return {
            (line.row.kind, line.row.external): self.seen[line.row.id]
            for line in _lines(view)
            if line.row.id in self.seen
        }

    def add_problems(self, view: MappingView, problems: Sequence[Problem]) -> None:
        """Show each problem beside its line."""
        ids = {f"{line.row.kind}.{line.row.external}": line.row.id for line in _lines(view)}
        for problem in problems:
            if problem.field in ids:
                self.errors[ids[problem.field]] = str(explain(problem.code, problem.params))

    def yield_to(self, view: MappingView) -> None:
        """Show what somebody else decided meanwhile instead of what was chosen here."""
        for line in _lines(view):
            if self.seen.get(line.row.id, line.state) != line.state:
                self.moved.add(line.row.id)
                self.chosen.pop(line.row.id, None)
                self.typed.pop(line.row.id, None)


def read_mapping(sent: MultiDict[str, str], view: MappingView) -> MappingForm:
    """Return what the page sent: ``to-ID`` with ``was-ID``, and ``name-ID`` where plans are typed."""
    form = MappingForm()
    for name, value in sent.items():
        prefix, _dash, number = name.partition("-")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            continue
        if prefix == "to":
            form.chosen[int(number)] = value.strip()
        elif prefix == "was":
            form.seen[int(number)] = value
        elif prefix == "name" and value.strip():
            form.typed[int(number)] = value.strip()
    _resolve(form, view)
    return form


def _resolve(form: MappingForm, view: MappingView) -> None:
    """Turn the names of plans that were typed into ids."""
    ids = {fold(name): target for group in view.groups if group.typed for target, name in group.choices}
    for row_id, name in form.typed.items():
        if form.chosen.get(row_id):
            continue
        if fold(name) in ids:
            form.chosen[row_id] = ids[fold(name)]
        else:
            form.errors[row_id] = str(explain("source_plan_name_unknown", {"value": name}))


def _lines(view: MappingView) -> list[WordLine]:
    return [line for group in view.groups for line in group.lines]


def _counting(line: WordLine) -> tuple[str, ...]:
    # What the table says counts without being written down.
    return (line.state or line.table,) if line.row.kind == STATUS else (line.state,)
