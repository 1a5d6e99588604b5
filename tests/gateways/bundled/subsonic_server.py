"""A media server that is not ours, ``supysonic``: it speaks the Subsonic API on a free port of loopback."""

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from supysonic.config import DefaultConfig
from supysonic.db import User, close_connection, open_connection
from supysonic.managers.user import UserManager
from supysonic.web import create_application
from werkzeug.serving import WSGIRequestHandler, make_server

ADMIN = "admin"
PASSWORD = "subsonic-senha-0815"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: Any) -> None:
        """Say nothing: each request would be a line in the tests' output."""


class SubsonicServer:
    """Serves while it is entered, from a database in ``folder``; one administrator is there from the start."""

    def __init__(self, folder: Path) -> None:
        config = type("Config", (DefaultConfig,), {
            "BASE": {**DefaultConfig.BASE, "database_uri": f"sqlite:///{folder / 'subsonic.db'}"},
            "WEBAPP": {**DefaultConfig.WEBAPP, "cache_dir": str(folder), "mount_webui": False},
        })  # fmt: skip
        logging.getLogger("supysonic").setLevel(logging.CRITICAL)
        application = create_application(config)
        open_connection()
        UserManager.add(ADMIN, PASSWORD, admin=True)
        close_connection()
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def users(self) -> dict[str, str]:
        """Return name -> e-mail of everybody but the administrator, from the server's own database."""
        open_connection()
        try:
            return {user.name: user.mail for user in User.select() if user.name != ADMIN}
        finally:
            close_connection()

    def lets_in(self, name: str, password: str) -> bool:
        """Tell whether the server takes the password of that user."""
        open_connection()
        try:
            return UserManager.try_auth(name, password) is not None
        finally:
            close_connection()

    def clear(self) -> None:
        """Forget everybody but the administrator."""
        for name in self.users():
            open_connection()
            UserManager.delete_by_name(name)
            close_connection()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
