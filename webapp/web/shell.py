"""What stands around the pages: the page for the time without a server, its worker, and small landings."""

import json
from functools import lru_cache
from hashlib import sha256

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.languages import offered, tag
from webapp.paths import STATIC
from webapp.web import languages
from webapp.web.access import READERS, public, requires
from webapp.web.filters import asset

bp = Blueprint("shell", __name__)

HOUR_S = 3600
WORKER = STATIC / "js" / "offline-worker.js"
# All that the page needs; nothing else is ever kept by the worker.
FILES = (
    "vendor/tabler-1.6.1/tabler.min.css", "css/tokens.css", "css/app.css", "js/theme.js", "js/retry.js", "img/mark.svg",
)  # fmt: skip


@bp.get("/offline")
@public
def offline() -> ResponseReturnValue:
    """The page that a browser shows when the server does not answer. It says nothing about anybody."""
    wanted = request.args.get("language", "")
    languages.remember(next((code for code in offered() if tag(code) == wanted), ""))
    return render_template("offline/index.html")


@bp.get("/offline-worker.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker: our file behind what it may keep. Its version tells its content."""
    page = url_for("shell.offline", language=request.args.get("language", "")[:10])
    files = [asset(path) for path in FILES]
    version = sha256(f"{_program()}{files}{page}{render_template('offline/index.html')}".encode()).hexdigest()[:16]
    kept = json.dumps({"version": version, "page": page, "files": files})
    response = Response(f"const KEPT = {kept};\n{_program()}", mimetype="text/javascript")
    # Browsers ask for it with every page; an hour is soon enough for a page that nearly never changes.
    response.headers["Cache-Control"] = f"max-age={HOUR_S}"
    return response


@bp.get("/signed-in")
@requires(*READERS)
def signed_in() -> ResponseReturnValue:
    """Where a sign-in in a second tab ends: the form waits in the first."""
    return render_template("offline/signed_in.html")


@lru_cache
def _program() -> str:
    return WORKER.read_text("utf-8")
