"""The history as a chain: every event and every call that ended is sealed, and what is changed afterwards shows."""

from webapp.services.chain.content import ATTEMPT, EVENT
from webapp.services.chain.erasing import ERASE_BATCH, detach_attempts, erase_content, expunge_bodies
from webapp.services.chain.pruning import prune
from webapp.services.chain.report import Fault, Report
from webapp.services.chain.sealing import seal
from webapp.services.chain.standing import Standing, anchor, ask_for_check, check_due, head, keep, reanchor, standing
from webapp.services.chain.store import Head
from webapp.services.chain.verifying import verify

__all__ = [
    "ATTEMPT", "ERASE_BATCH", "EVENT", "Fault", "Head", "Report", "Standing", "anchor", "ask_for_check", "check_due",
    "detach_attempts", "erase_content", "expunge_bodies", "head", "keep", "prune", "reanchor", "seal", "standing",
    "verify",
]  # fmt: skip
