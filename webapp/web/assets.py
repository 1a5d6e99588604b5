"""Static files: kept by browsers for a year, and compressed once, since the server does not compress."""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from webapp.paths import STATIC

YEAR_S = 31_536_000
COMPRESSIBLE = (".css", ".js", ".svg")
VENDOR = STATIC / "vendor"
# Whole lines of a script, since two strokes also stand in addresses.
REMARKS = {".css": re.compile(rb"/\*.*?\*/", re.DOTALL), ".js": re.compile(rb"^[ \t]*//.*\n", re.MULTILINE)}
INDENTS = re.compile(rb"^[ \t\n]+", re.MULTILINE)


def register(app: Flask) -> None:
    """Bind caching and compression; addresses carry a version, so a year is safe."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_S
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    path = STATIC / str((request.view_args or {}).get("filename"))
    response.vary.add("Accept-Encoding")
    if path.suffix in COMPRESSIBLE and request.accept_encodings["gzip"] and "Range" not in request.headers:
        response.direct_passthrough = False
        response.set_data(_compressed(path, path.stat().st_mtime_ns))
        response.headers["Content-Encoding"] = "gzip"
        # The validator belongs to the plain bytes; the version in the address does its work.
        del response.headers["ETag"]
    return response


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed_at: int) -> bytes:
    return gzip.compress(_lean(path), 9, mtime=0)


def _lean(path: Path) -> bytes:
    """Return a file without what only its authors read; what others made stays as it is."""
    content = path.read_bytes()
    if VENDOR in path.parents or path.suffix not in REMARKS:
        return content
    return INDENTS.sub(b"", REMARKS[path.suffix].sub(b"", content))
