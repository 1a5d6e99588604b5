"""Post the last event that the receiver kept once more: as it was, and with one value of the body changed.

``python tamper.py URL EVENTS``: a receiver that checks signatures takes the first and refuses the second.
Exit code 0 when it does. Only the standard library is used.
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def main(url: str, events: str) -> int:
    """Return the exit code."""
    kept = json.loads(Path(events).read_text(encoding="utf-8").splitlines()[-1])
    headers = {name: kept[name] for name in HEADERS}
    untouched = post(url, headers, kept["body"])
    changed = post(url, headers, kept["body"].replace('"tipo":"', '"tipo":"x', 1))
    sys.stdout.write(f"untouched: {untouched}\nchanged: {changed}\n")
    return 0 if (untouched, changed) == (200, 500) else 1


def post(url: str, headers: dict[str, str], body: str) -> int:
    """Return the status of the answer."""
    request = urllib.request.Request(url, body.encode(), {**headers, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
