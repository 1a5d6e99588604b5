"""Pages are sent compressed, about a tenth of their size; but never where that could tell a secret.

Whoever can make a browser ask for a page with words of their choice, and sees how long the encrypted answer is, may
guess what else stands in it (BREACH). Three things are against it: another site's request carries no session, since
the cookie is ``SameSite=Lax``; what another site caused all the same, a link or a window, is not compressed, for
browsers say so in ``Sec-Fetch-Site``; and each answer gets a random length on top. Over plain http there is nothing
to guess: whoever listens reads it all. A form's token has a new signature each second besides.
"""

import gzip
import secrets

from flask import Flask, Response, request

# Fast, and two per cent from the best.
LEVEL = 5
WORTH_BYTES = 1_000
PADDING_MOST = 100
OF_OUR_OWN = frozenset({"same-origin", "none"})
KINDS = frozenset({"text/html"})


def register(app: Flask) -> None:
    """Compress answers; static files are compressed once, by web/assets.py."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.endpoint == "static" or response.mimetype not in KINDS:
        return response
    response.vary.add("Accept-Encoding")
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    if not request.accept_encodings["gzip"] or not _is_ours() or len(response.get_data()) < WORTH_BYTES:
        return response
    response.set_data(_padded(gzip.compress(response.get_data(), LEVEL, mtime=0)))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _is_ours() -> bool:
    """Whether no other site can have caused the request."""
    site = request.headers.get("Sec-Fetch-Site")
    return site in OF_OUR_OWN if site is not None else not request.is_secure


def _padded(packed: bytes) -> bytes:
    """Put a file name of random length into the head of a gzip file (RFC 1952, 2.3): readers skip it."""
    name = secrets.token_hex(PADDING_MOST // 2)[: secrets.randbelow(PADDING_MOST)].encode()
    return packed[:3] + bytes([packed[3] | 0x08]) + packed[4:10] + name + b"\0" + packed[10:]
