"""The part of ``doctor`` that is about sealed secrets: every one of them is opened."""

from webapp.services import secrets
from webapp.services.doctor_finding import FAIL, OK, WARN, Finding


def examine_secrets() -> list[Finding]:
    """Open all that is sealed and return what was found; reads only, in transactions of its own."""
    count = secrets.look()
    if count.unopened:
        params = {"closed": count.unopened, "count": count.total, "place": count.first}
        return [Finding("secrets", FAIL, "doctor_secrets_closed", params)]
    if count.former:
        return [Finding("secrets", WARN, "doctor_secrets_rest", {"count": count.total, "former": count.former})]
    return [Finding("secrets", OK, "doctor_secrets", {"count": count.total})]
