"""Where a sign-in or a way back leads: a page of this hub, whatever the address says."""

from urllib.parse import urlsplit

from flask import request

HOME = "/"


def local_page(wanted: str | None) -> str:
    """Return a path of this hub; the dashboard for everything that might lead elsewhere.

    A browser reads a backslash as a slash, drops tabs and line ends, and takes ``//host`` for another site.
    """
    text = wanted or HOME
    odd = "\\" in text or any(not sign.isprintable() for sign in text)
    if odd or len(text) > 2000 or not text.startswith("/") or text.startswith("//"):
        return HOME
    parts = urlsplit(text)
    return HOME if parts.scheme or parts.netloc else text


def former_page() -> str:
    """Return the page of this hub from which the request was sent; the dashboard where that is not told."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return HOME
    return local_page(parts.path + (f"?{parts.query}" if parts.query else ""))
