"""What scanners say of this hub and what is so nevertheless; each with its reason. Everything else fails the scan."""

import re

from tests.scan.tools import Finding

# Tool, kind, what is said -> why it is no flaw. Looked at in November 2026: wapiti 3.2.3, sqlmap 1.10.10.
EXPLAINED: dict[tuple[str, str, str], str] = {
    ("wapiti", "^Cross Site Request Forgery$", "is not properly checked in backend$"): (
        "The module sends its form as it is, then with a made-up token, and takes two equal answers for a token that "
        "nobody checks; here both are refused alike (two answers of 400 for each form). Sent by hand: 303 with the "
        "token, 400 with another and without; tests/web/test_matrix.py tries every verb."
    ),
    ("wapiti", "^LDAP Injection$", ""): (
        "There is no LDAP. The module compares sums of whole pages: a page that shows the time or a new mark for a "
        "form, or that begins to refuse guesses, differs from the one before."
    ),
    ("wapiti", "^Spring4Shell$", "/api/v1/"): (
        "There is no Java. The module takes a refusal for the hole, and the API refuses every field that it does not "
        "know, also one that is called class.module.classLoader."
    ),
    ("wapiti", "^Secure Flag cookie$", ""): (
        "The scan goes over http on loopback. Over https the cookie is Secure: tests/web/test_sign_in.py."
    ),
    ("sqlmap", "^B$", "false positive or unexploitable$"): (
        "sqlmap's own second look did not confirm it: answers differ because a form that is sent twice is answered "
        "otherwise than one that is new, or because the row was changed in between."
    ),
}  # fmt: skip


def unexplained(findings: list[Finding]) -> list[Finding]:
    """Return the findings for which nobody has given a reason."""
    return [
        one for one in findings
        if not any(one.tool == tool and re.search(kind, one.kind) and re.search(where, one.where)
                   for tool, kind, where in EXPLAINED)
    ]  # fmt: skip
