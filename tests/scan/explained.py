"""What scanners say of this hub and what is so nevertheless; each with its reason. Everything else fails the scan."""

import re

from tests.scan.tools import Finding

# Tool, kind, where it may be said -> why it is no flaw.
EXPLAINED: dict[tuple[str, str, str], str] = {}


def unexplained(findings: list[Finding]) -> list[Finding]:
    """Return the findings for which nobody has given a reason."""
    return [
        one for one in findings
        if not any(one.tool == tool and re.search(kind, one.kind) and re.search(where, one.where)
                   for tool, kind, where in EXPLAINED)
    ]  # fmt: skip
