"""What is kept of a text that only its owner shall know: enough to know it again, nothing to use it with."""

import hashlib


def token_hash(token: str) -> str:
    """Return what is kept of a token that nobody could guess; a text that people choose needs a slow hash instead.

    Any text that a request can bring has one, so that a made-up token is unknown and no failure.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
