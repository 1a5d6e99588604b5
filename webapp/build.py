"""What this program is: its version, what it was built from, and on what it runs."""

import json
import os
import platform
import ssl
from dataclasses import asdict, dataclass
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from webapp.paths import BUILD, FROZEN


@dataclass(frozen=True)
class Build:
    """What whoever helps asks first.

    Attributes:
        commit: of the source; None = not known, as in a checkout. ``+changes`` where it was built from changed files.
        built_at: when that commit was made, so that the same source gives the same file; None in a checkout.
        form: ``binary`` or ``checkout``.
        system: kind of machine and the version of its C library.
    """

    version: str
    commit: str | None
    built_at: str | None
    form: str
    python: str
    sqlite: str
    openssl: str
    system: str

    def as_dict(self) -> dict[str, str | None]:
        """Return it for machines."""
        return asdict(self)

    def as_text(self) -> str:
        """Return it for people: the version alone on the first line."""
        made = f", commit {self.commit or '?'}, {self.built_at or '?'}" if self.form == "binary" else ""
        return (
            f"sintonia {self.version}\n{self.form}{made}\n"
            f"Python {self.python}, SQLite {self.sqlite}, {self.openssl}, {self.system}"
        )


def describe(version: str) -> Build:
    """Return what is running.

    Args:
        version: of the source, for where nothing was built.
    """
    told = _told()
    return Build(
        version=told.get("version") or version,
        commit=told.get("commit"),
        built_at=told.get("built_at"),
        form="binary" if FROZEN else "checkout",
        python=platform.python_version(),
        sqlite=sqlite.sqlite_version,
        openssl=ssl.OPENSSL_VERSION,
        system=f"{platform.system()} {platform.machine()}, {os.confstr('CS_GNU_LIBC_VERSION')}",
    )


def _told() -> dict[str, Any]:
    """Return what the build wrote down; only the one file has it."""
    if not BUILD.is_file():
        return {}
    found: dict[str, Any] = json.loads(BUILD.read_text("utf-8"))
    return found
