"""What a quiet hub does not need is not in its memory: libraries are loaded when something of them is used.

Two ways. ``module`` stands for a module until it is asked for something; the import system's own locks decide when
several threads ask at once. And libraries that look whether another one is there, and do without it, are told that it
is not, while they are imported (``ABSENT``).
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

# Looked for by a library at its import -> why that may find nothing. Afterwards whoever wants it imports it.
ABSENT: Mapping[str, str] = {
    "webauthn": "Flask-Security's own pages of passkeys, which the hub does not have: ``services/passkeys.py``",
    "rich": "structlog's colours; logs are for journals",
    "pygments": "Mako's, and rich's, colours",
    "chardet": "requests' guess at the letters of an answer: ours says them, or is JSON",
    "charset_normalizer": "likewise",
    "PIL": "pictures of QR codes; they are drawn as SVG",
}


class _Awaited:
    """Stands for a module or another object: whatever is asked of it is asked of that one."""

    __slots__ = ("_found",)

    def __init__(self, found: Callable[[], Any]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._found(), name)


def module(name: str) -> Any:
    """Return what stands for a module until something of it is used.

    Name it beside a plain import under ``TYPE_CHECKING``: the checks of types and the build of the one file read that.

    Args:
        name: such as ``zxcvbn``, or one of ours that is all about such a library.
    """
    return _Awaited(partial(importlib.import_module, name))


def made(make: Callable[[], Any]) -> Any:
    """Return what stands for an object until something of it is used; it is made once."""
    return _Awaited(cache(make))


def hide() -> None:
    """Let no library find those that are ``ABSENT``; one that is loaded already stays."""
    for name in ABSENT:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    # What requests says of it is no news to whoever runs the hub.
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection")


def show() -> None:
    """Let them be found again."""
    for name in ABSENT:
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]


hide()
