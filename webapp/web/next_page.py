"""Where a sign-in leads: a page of this hub, whatever the address says."""

from urllib.parse import urlsplit

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
