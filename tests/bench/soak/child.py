"""``python -m tests.bench.soak.child LEAK --port N``: the server with a leak put into it, for the soak's own test.

* ``list``: what each request leaves behind is never forgotten;
* ``descriptor``: each request leaves a file open.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask

from webapp import __version__, create_app
from webapp.cli import NAME, sintonia
from webapp.commands.program import Program

LEFT_KB = 500
_left: list[bytearray] = []
_open: list[int] = []


def _keep() -> None:
    # Written to, so that the memory is really there.
    _left.append(bytearray(os.urandom(1024) * LEFT_KB))


def _leave_open() -> None:
    _open.append(os.open(os.devnull, os.O_RDONLY))


LEAKS: dict[str, Callable[[], None]] = {"list": _keep, "descriptor": _leave_open}


def leaking(leak: str) -> Callable[..., Flask]:
    """Return what makes an application in which each request leaks in each of these ways."""

    def make_app(*arguments: Any, **options: Any) -> Flask:
        app = create_app(*arguments, **options)
        for name in leak.split("+"):
            app.before_request(LEAKS[name])
        return app

    return make_app


if __name__ == "__main__":
    sintonia.main(["serve", *sys.argv[2:]], prog_name=NAME, obj=Program(leaking(sys.argv[1]), __version__))
