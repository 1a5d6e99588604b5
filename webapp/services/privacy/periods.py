"""For how long the provider keeps what: chosen on the screen, kept in the settings."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update

from webapp.decide.retention import PERIODS, Kind, PeriodOutOfRange, before, check, chosen
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import audit
from webapp.services.changes import commit, refuse_if
from webapp.services.errors import Problem
from webapp.services.transactions import begin, insert_once

NAME = "retention"
_SETTING = Setting.__table__


def load_own() -> dict[str, int]:
    """Return the provider's own days by kind, in the caller's transaction; a kind that is missing has the product's."""
    value = db.session.scalar(select(_SETTING.c.value).where(_SETTING.c.name == NAME))
    return {} if value is None else {str(kind): int(days) for kind, days in json.loads(value).items()}


def load_days() -> dict[Kind, int]:
    """Return the days that count, by kind."""
    own = load_own()
    return {kind: chosen(kind, own) for kind in Kind}


def before_of(kind: Kind, now: datetime) -> datetime:
    """Return the moment before which records of a kind go; in the caller's transaction."""
    return before(kind, load_own(), now)


def save_days(days: Mapping[str, int], reason: str = "") -> dict[Kind, int]:
    """Choose for how long is kept what, and commit; equal numbers change nothing. Returns what counts now.

    Raises:
        Invalid: every number outside its bounds, beside its field.
    """
    refuse_if(_problems(days))
    begin(reads_only=False)
    former = load_days()
    own = {str(kind): days.get(kind, former[kind]) for kind in Kind}
    wanted = {kind: number for kind, number in own.items() if number != PERIODS[Kind(kind)].days}
    value = json.dumps(wanted, sort_keys=True)
    if not insert_once(db.session.connection(), insert(_SETTING).values(name=NAME, value=value)):
        db.session.execute(update(_SETTING).where(_SETTING.c.name == NAME).values(value=value))
    old = {str(kind): number for kind, number in former.items()}
    if own != old:
        audit.record("retention.update", "retention", None, before=old, after=own, reason=reason)
    commit()
    return {kind: own[kind] for kind in Kind}


def _problems(days: Mapping[str, int]) -> list[Problem]:
    problems = []
    for kind, number in days.items():
        try:
            check(Kind(kind), number)
        except PeriodOutOfRange as error:
            bounds = {"days": number, "least": error.period.least, "most": error.period.most}
            problems.append(Problem(kind, "retention_out_of_range", bounds))
    return problems
