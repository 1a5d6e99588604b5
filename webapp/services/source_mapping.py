"""The mapping of a source (De/para): what a person decides about its words; the words themselves are beside it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.models import Package, Plan, Source, SourceMapping
from webapp.services import audit
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.inputs import PlanInput
from webapp.services.plans import add_plan
from webapp.services.source_suggestions import Suggestion, suggestions
from webapp.services.source_translator import IGNORE, Translated, Translator
from webapp.services.source_words import PACKAGE, PLAN, STATUS, Word, note_seen, word, words_of

__all__ = [
    "IGNORE", "NEW", "PACKAGE", "PLAN", "STATUS", "Suggestion", "Translated", "Translator", "accept_suggestions",
    "create_missing_plans", "note_seen", "save_mapping", "state_of", "suggestions", "word", "words_of",
]  # fmt: skip

# Chosen for a plan: make one with the source's own name.
NEW = "new"


def state_of(row: SourceMapping) -> str:
    """Return what was decided about a word; a form carries it, to notice that somebody else decided meanwhile."""
    return row.target if row.confirmed else ""


def save_mapping(
    source_id: int, choices: Mapping[Word, str], seen: Mapping[Word, str] | None = None
) -> int:  # fmt: skip
    """Decide what words mean, commit, and return how many differ from before. The next pull acts on it.

    Args:
        choices: (kind, external) -> a status of ours, the id of a plan or package, ``ignore``, ``new`` for a plan
            that shall be made, or an empty text for undecided.
        seen: what was decided (``state_of``) when the person looked; None = whatever it was.

    Raises:
        NotFound: no such source.
        Invalid: a target does not exist; by ``KIND.EXTERNAL``. Nothing was changed.
        Conflict: ``stale``; somebody decided one of these words meanwhile: show it and ask again.
    """
    source = get_or_refuse(Source, source_id, "source_not_found")
    rows = {(row.kind, row.external): row for row in _rows(source_id)}
    wanted = {(kind, word(external)): target for (kind, external), target in choices.items()}
    stale = [key for key, was in (seen or {}).items() if key in rows and key in wanted and state_of(rows[key]) != was]
    if stale:
        raise Conflict("stale", {"id": source.id})
    differing = {key: target for key, target in wanted.items() if key not in rows or state_of(rows[key]) != target}
    refuse_if(_problems(differing))
    _decide(source, rows, differing)
    commit()
    return len(differing)


def accept_suggestions(source_id: int) -> int:
    """Confirm every suggestion for words that nobody decided, commit, and return how many there were.

    Raises:
        NotFound: no such source.
    """
    guessed = {key: found.target for key, found in suggestions(source_id).items() if found.how != "table"}
    return save_mapping(source_id, guessed)


def create_missing_plans(source_id: int) -> int:
    """Make a plan for each plan of the source that is undecided and like none of ours, commit, and return how many.

    They are called as in the source and cost 0,00 until somebody gives them a value.

    Raises:
        NotFound: no such source.
    """
    alike = suggestions(source_id)
    keys = [(row.kind, row.external) for row in _rows(source_id) if row.kind == PLAN and not row.confirmed]
    return save_mapping(source_id, {key: NEW for key in keys if key not in alike})


def _decide(source: Source, rows: dict[Word, SourceMapping], choices: Mapping[Word, str]) -> None:
    if not choices:
        return
    before = {key: state_of(rows[key]) if key in rows else "" for key in choices}
    for (kind, external), target in choices.items():
        row = rows.get((kind, external)) or SourceMapping(source_id=source.id, kind=kind, external=external)
        db.session.add(row)
        row.target = _made_plan(row) if target == NEW else target
        row.confirmed = bool(target)
        rows[kind, external] = row
    after = {key: rows[key].target for key in choices}
    names = _names({*before.values(), *after.values()})
    audit.record(
        "source.mapping", "source", source.id, source.description,
        before=_told(before, rows, names), after=_told(after, rows, names),
    )  # fmt: skip


def _made_plan(row: SourceMapping) -> str:
    """Return the id of a plan with the source's name: a new one, or the one that is called so already."""
    name = row.label or row.external
    there = db.session.scalar(select(Plan.id).where(func.lower(Plan.description) == name.lower()).limit(1))
    return str(there or add_plan(PlanInput(description=name, value=Decimal(0))).id)


def _problems(choices: Mapping[Word, str]) -> list[Problem]:
    targets = {
        STATUS: frozenset(STATUSES),
        PLAN: _ids(Plan.id, choices, PLAN) | {NEW},
        PACKAGE: _ids(Package.id, choices, PACKAGE),
    }
    return [
        Problem(f"{kind}.{external}", "source_target_unknown", {"value": target})
        for (kind, external), target in choices.items()
        if target not in ("", IGNORE) and target not in targets.get(kind, frozenset())
    ]


def _ids(column: Any, choices: Mapping[Word, str], kind: str) -> frozenset[str]:
    asked = {int(target) for (found, _e), target in choices.items() if found == kind and _is_id(target)}
    return frozenset(map(str, db.session.scalars(select(column).where(column.in_(asked)))))


def _is_id(target: str) -> bool:
    return target.isascii() and target.isdecimal() and len(target) < 10


def _names(targets: set[str]) -> dict[tuple[str, str], str]:
    asked = [int(target) for target in targets if _is_id(target)]
    found: dict[tuple[str, str], str] = {}
    for kind, model in ((PLAN, Plan), (PACKAGE, Package)):
        rows: Sequence[Any] = db.session.execute(select(model.id, model.description).where(model.id.in_(asked))).all()
        found |= {(kind, str(row.id)): row.description for row in rows}
    return found


def _told(
    state: Mapping[Word, str], rows: Mapping[Word, SourceMapping], names: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    """Return a mapping as the history keeps it: by kind, the source's text and what it means."""
    told: dict[str, Any] = {}
    for (kind, external), target in state.items():
        text = rows[kind, external].label or external
        told.setdefault(f"mapped_{kind}", {})[text] = names.get((kind, target), target)
    return told


def _rows(source_id: int) -> Sequence[SourceMapping]:
    return db.session.scalars(
        select(SourceMapping).where(SourceMapping.source_id == source_id).order_by(SourceMapping.id)
    ).all()
