"""For how long a sign-in is good, as this installation decided."""

import json
from dataclasses import dataclass
from datetime import timedelta

from webapp.extensions import db
from webapp.models import Setting
from webapp.services import audit
from webapp.services.changes import refuse_if
from webapp.services.errors import Problem
from webapp.services.transactions import begin

NAME = "sign_in_rules"
# An hour without a click and a day in all are the most that NIST SP 800-63B-4, section 2.2.3, advises where two
# factors are asked for (read in November 2026). A desk sells all day, and people walk off: the hour stays, half a
# day is a shift. Who wants it shorter or, in a locked office, longer, says so.
IDLE_MIN, LONGEST_H = 60, 12
IDLE_BOUNDS, LONGEST_BOUNDS = (5, 240), (1, 24)


@dataclass(frozen=True)
class SignInRules:
    """``idle_min``: minutes without a click, ``longest_h``: hours since the sign-in, after which a session ends."""

    idle_min: int = IDLE_MIN
    longest_h: int = LONGEST_H

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_min)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_h)


def load(text: str | None) -> SignInRules:
    """Return the rules that a setting holds; the usual ones where nobody decided otherwise."""
    return SignInRules(**json.loads(text)) if text else SignInRules()


def read_rules() -> SignInRules:
    """Return the rules of this installation."""
    kept = db.session.get(Setting, NAME)
    return load(kept.value if kept is not None else None)


def change_rules(idle_min: int, longest_h: int) -> SignInRules:
    """Set how long sessions last, those that are open too, and commit.

    Raises:
        Invalid: a figure is out of bounds; show it beside its field.
    """
    refuse_if(
        [
            Problem(field, "sign_in_rule_bounds", {"low": low, "high": high})
            for field, value, (low, high) in (
                ("idle_min", idle_min, IDLE_BOUNDS), ("longest_h", longest_h, LONGEST_BOUNDS),
            )
            if not low <= value <= high
        ]
    )  # fmt: skip
    begin(reads_only=False)
    before, after = _plain(read_rules()), {"idle_min": idle_min, "longest_h": longest_h}
    if before != after:
        db.session.merge(Setting(name=NAME, value=json.dumps(after)))
        audit.record("sign_in_rules.change", "sign_in_rules", None, before=before, after=after)
    db.session.commit()
    return SignInRules(idle_min, longest_h)


def _plain(rules: SignInRules) -> dict[str, int]:
    return {"idle_min": rules.idle_min, "longest_h": rules.longest_h}
