"""Of whom a second factor is required: of nobody, of administrators, of everybody."""

from webapp.extensions import db
from webapp.models import Operator, Setting
from webapp.models.operator import ADMIN
from webapp.services import audit
from webapp.services.errors import Invalid, Problem
from webapp.services.transactions import begin

NOBODY, ADMINS, ALL = RULES = ("nobody", "admins", "all")
NAME = "second_factor_rule"


def read_rule() -> str:
    """Return of whom a second factor is required: one of ``RULES``."""
    kept = db.session.get(Setting, NAME)
    return kept.value if kept is not None and kept.value in RULES else NOBODY


def change_rule(rule: str) -> None:
    """Set of whom a second factor is required, and commit; it counts from everybody's next sign-in.

    Raises:
        Invalid: the rule is none of ``RULES``.
    """
    if rule not in RULES:
        raise Invalid([Problem("rule", "not_a_choice", {"expected": ", ".join(RULES)})])
    begin(reads_only=False)
    before = read_rule()
    if before != rule:
        db.session.merge(Setting(name=NAME, value=rule))
        audit.record(
            "second_factor.rule", "operator", None, before={"second_factor_rule": before},
            after={"second_factor_rule": rule},
        )  # fmt: skip
    db.session.commit()


def is_required(operator: Operator) -> bool:
    """Tell whether the rule asks this operator for a second factor."""
    rule = read_rule()
    return rule == ALL or (rule == ADMINS and any(role.name == ADMIN for role in operator.roles))
