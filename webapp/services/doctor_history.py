"""The part of ``doctor`` that is about the history: every link of its chain is checked."""

from webapp.services import chain
from webapp.services.doctor_finding import FAIL, OK, Finding


def examine_history() -> list[Finding]:
    """Check the chain and return what was found; reads only, in snapshots of its own."""
    report = chain.verify()
    if report.first is not None:
        return [Finding("history", FAIL, report.first.code, report.first.params)]
    figures = {"links": report.links, "place": report.head.place, "waiting": report.waiting}
    return [Finding("history", OK, "doctor_chain", figures)]
