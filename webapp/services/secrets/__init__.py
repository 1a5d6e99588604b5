"""Secrets at rest: where they stand, their change to a new key, and whether the keys are the right ones."""

from webapp.services.secrets.checking import check_keys
from webapp.services.secrets.giving_up import give_up_marks
from webapp.services.secrets.rotating import Count, add_key, drop_former, look, reseal

__all__ = ["Count", "add_key", "check_keys", "drop_former", "give_up_marks", "look", "reseal"]
