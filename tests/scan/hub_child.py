"""``python -m tests.scan.hub_child FILE``: the demonstration, with a session that outlives whatever a scanner presses.

Prints one line of JSON when it can be scanned. ``FILE`` gets what the scanner cannot know: how many requests came,
what they were answered, and every answer of 500 and above.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from apiflask import APIFlask
from limits import RateLimitItemPerMinute
from sqlalchemy import delete, update

from tests.fixtures.people import make_browser
from tests.scan.hub import STRANGER
from webapp import create_app
from webapp.api import auth
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.demo import run as demonstration
from webapp.extensions import db
from webapp.models import ApiToken, GuessWindow, Operator, OperatorSession
from webapp.models.operator import ADMIN, VIEWER
from webapp.services.operators import create_operator
from webapp.services.tokens import create_token

CUSTOMERS, KEPT_ALIVE_EVERY_S, FILLED_S = 40, 5.0, 120.0
PASSWORD = "quatro girafas no telhado"


class Counted:
    """The application, and how often it answered what."""

    def __init__(self, app: Callable[..., Iterable[bytes]], told: Path) -> None:
        self._app, self._told, self._lock = app, told, threading.Lock()
        self._answers: Counter[str] = Counter()
        self._broken: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def begun(status: str, *rest: Any) -> Any:
            self._count(status[:3], environ)
            return start(status, *rest)

        return self._app(environ, begun)

    def tell(self) -> None:
        with self._lock:
            figures = {"answers": dict(sorted(self._answers.items())), "broken": self._broken}
        self._told.write_text(json.dumps(figures, indent=1), encoding="utf-8")

    def _count(self, status: str, environ: dict[str, Any]) -> None:
        with self._lock:
            self._answers[status] += 1
            if status >= "500":
                asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
                self._broken.append(f"{status} {asked} {environ.get('HTTP_USER_AGENT', '')[:40]}")


class Scanned:
    """The hub that is scanned."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self._counted: Counted | None = None
        self._app: APIFlask | None = None
        self._started = datetime.min

    def make_app(self, settings: Settings, **options: Any) -> APIFlask:
        """Make the application as ``demo`` does; what answers is counted."""
        self._app = app = create_app(settings, **options)
        self._counted = Counted(app.wsgi_app, self._told)
        app.wsgi_app = self._counted  # type: ignore[method-assign]
        return app

    def begin(self, line: str) -> None:
        """Make who signs in and say so: the hub listens."""
        assert self._app is not None
        with self._app.app_context():
            cookies = {role: self._cookie(role) for role in (ADMIN, VIEWER, STRANGER)}
            _row, token = create_token("scan", ADMIN)
            db.session.remove()
        ready = json.dumps({"address": line.split()[0], "cookies": cookies, "token": token})
        threading.Thread(target=self._keep_alive, args=(ready,), daemon=True).start()

    def _cookie(self, role: str) -> str:
        assert self._app is not None
        browser = make_browser(self._app)
        if role == STRANGER:
            browser.get("/login")
        else:
            browser.sign_in(create_operator(f"scan-{role}@example.com", PASSWORD, role))
        cookie = browser.get_cookie(self._app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        return f"{cookie.key}={cookie.value}"

    def _keep_alive(self, ready: str) -> None:
        """A scanner presses everything, also what ends its session; and it works longer than a sign-in is fresh."""
        assert self._app is not None
        assert self._counted is not None
        for filling in (one for one in threading.enumerate() if one.name == "demo"):
            filling.join(FILLED_S)
        click.echo(ready)
        sys.stdout.flush()
        pause = threading.Event()
        while not pause.wait(KEPT_ALIVE_EVERY_S):
            self._counted.tell()
            with self._app.app_context():
                now = utc_now()
                alive = {"ended_at": None, "end_reason": "", "fresh_at": now, "last_seen_at": now, "started_at": now}
                db.session.execute(update(OperatorSession).values(**alive))
                db.session.execute(update(Operator).values(active=True))
                db.session.execute(update(ApiToken).values(revoked_at=None))
                db.session.execute(delete(GuessWindow))
                db.session.commit()
                db.session.remove()


def main() -> None:
    # What is tried must reach the code behind the brakes, which have tests of their own.
    auth.CALLS = auth.WRONG_TOKENS = RateLimitItemPerMinute(10**6)
    scanned = Scanned(Path(sys.argv[1]))
    demonstration.run(scanned.make_app, scanned.begin, "127.0.0.1", 0, CUSTOMERS)


if __name__ == "__main__":
    main()
