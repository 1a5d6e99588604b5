"""What a receiver of the ``outros`` gateway does: check the signature, keep the event, or refuse.

Run by Debian's ``webhook`` for each request (see hooks.json.tmpl). It needs nothing of Sintonia, only the
``standardwebhooks`` package. Exit code 0 = accepted (answered with 200), 1 = refused (answered with 500).

Environment: RECEIVER_SECRET (whsec_...), RECEIVER_EVENTS (file, one JSON line for each event), and what
``webhook`` passes: WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE, WEBHOOK_BODY_FILE.
"""

import json
import os
import sys
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def main() -> int:
    """Return the exit code."""
    body = Path(os.environ["WEBHOOK_BODY_FILE"]).read_bytes()
    headers = {name: os.environ.get(name.upper().replace("-", "_"), "") for name in HEADERS}
    try:
        event = Webhook(os.environ["RECEIVER_SECRET"]).verify(body, headers)
    except (WebhookVerificationError, ValueError) as error:
        sys.stdout.write(json.dumps({"success": False, "error": str(error)}) + "\n")
        return 1
    keep(Path(os.environ["RECEIVER_EVENTS"]), {**headers, "body": body.decode(), "event": event})
    sys.stdout.write(json.dumps({"success": True}) + "\n")
    return 0


def keep(path: Path, event: dict[str, object]) -> None:
    """Append one line in one write, so that receivers that run side by side do not mix theirs."""
    line = json.dumps(event, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        file.write(line.encode())


if __name__ == "__main__":
    sys.exit(main())
