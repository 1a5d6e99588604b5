"""Pulls: readings of sources, and what they lead to."""

from webapp.services.source_pulls.due import Due, begin_due, due_work
from webapp.services.source_pulls.ending import causes
from webapp.services.source_pulls.requests import (
    accept_reading,
    approve_pull,
    confirm_pull,
    get_pull,
    reject_pull,
    request_pull,
    request_stop,
    resume_pull,
)
from webapp.services.source_pulls.working import work

__all__ = [
    "Due", "accept_reading", "approve_pull", "begin_due", "causes", "confirm_pull", "due_work", "get_pull",
    "reject_pull", "request_pull", "request_stop", "resume_pull", "work",
]  # fmt: skip
