"""Standard Webhooks signatures, checked as a careful receiver would; shares no code with the hub.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, version 1.0:
HMAC-SHA256 over ``id.timestamp.body``, in base64, prefixed ``v1,``; several signatures are
separated by spaces, and one good one is enough.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key that a secret holds: base64, after ``whsec_``.

    Raises:
        ValueError: it is not base64.
    """
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def sign(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Return the signature that belongs in ``webhook-signature``."""
    digest = hmac.digest(key_of(secret), f"{identity}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def problem(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now_s: float, tolerance_s: float
) -> str | None:
    """Return why a delivery must be refused, or None when it is good.

    Args:
        headers: names in lower case.
        now_s: the receiver's time in seconds since 1970.
    """
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    if not identity or not given or not stamp.isdecimal():
        return "missing_headers"
    if abs(now_s - int(stamp)) > tolerance_s:
        return "stale_timestamp"
    wanted = [sign(secret, identity, int(stamp), body) for secret in secrets]
    good = any(hmac.compare_digest(one.encode(), other.encode()) for one in wanted for other in given)
    return None if good else "wrong_signature"
