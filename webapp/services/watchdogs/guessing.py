"""Watches whether somebody guesses passwords; it is over when a day went by without."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import GuessWindow, Operator
from webapp.services import sign_in
from webapp.services.watchdogs.finding import Check, Finding

GUESSED, FLOOD = "sign_in_guessed", "sign_in_flood"
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
HUB, HUB_ID = "hub", 0
# Fewer are a person who forgot the password. They are written down by tenfolds, so a little more may have been.
MANY_REFUSED = 100


def _look_for_guesses(now: datetime) -> Iterable[Finding]:
    """Per operator: refused tries of strangers in a day; its e-mail's keys say which windows are meant."""
    counts = _counts(sign_in.BY_EMAIL.name, now - A_DAY) | _counts(sign_in.BY_EMAIL_DAY.name, now - A_DAY)
    if not counts:
        return
    rows: Any = db.session.execute(select(Operator.id.label("id"), Operator.email.label("email")))
    for row in rows:
        found = [counts.get((limit.name, key), (0, 0)) for limit, key in sign_in.email_keys(row.email)]
        tries, refused = max(one[0] for one in found), sum(one[1] for one in found)
        if refused >= MANY_REFUSED:
            params = {"email": row.email, "tries": tries, "refused": refused}
            yield Finding(GUESSED, row.id, row.email, params, object_type="operator")


def _look_for_floods(now: datetime) -> Iterable[Finding]:
    refused = sum(one[1] for one in _counts(sign_in.BY_HUB.name, now - AN_HOUR).values())
    if refused >= MANY_REFUSED:
        yield Finding(FLOOD, HUB_ID, "", {"refused": refused}, object_type=HUB)


def _counts(limit_name: str, since: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    total = (func.sum(GuessWindow.tries).label("tries"), func.sum(GuessWindow.refused).label("refused"))
    of_limit = (GuessWindow.limit_name == limit_name, GuessWindow.window_at > since)
    rows = db.session.execute(select(GuessWindow.key_hash, *total).where(*of_limit).group_by(GuessWindow.key_hash))
    return {(limit_name, row.key_hash): (row.tries, row.refused) for row in rows}


CHECKS = (Check(frozenset({GUESSED}), _look_for_guesses), Check(frozenset({FLOOD}), _look_for_floods))
