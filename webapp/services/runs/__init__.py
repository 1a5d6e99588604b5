"""Runs: comparisons of what should be with what a platform shows, and what they lead to."""

from webapp.services.runs.confirming import apply_plan
from webapp.services.runs.deciding import accept_reading, approve_run, reject_run
from webapp.services.runs.due import due_work, expire_due, request_due
from webapp.services.runs.parts import add_to_part, close_left, close_part, open_part, record_part
from webapp.services.runs.requests import get_run, request_run
from webapp.services.runs.working import start_run, work

__all__ = [
    "accept_reading", "add_to_part", "apply_plan", "approve_run", "close_left", "close_part", "due_work",
    "expire_due", "get_run", "open_part", "record_part", "reject_run", "request_due", "request_run", "start_run",
    "work",
]  # fmt: skip
