"""What is to be installed where, as somebody asked for it; and what was asked for the last time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from webapp.install.words import gettext as _

NAME = "sintonia"
CONFIG = Path("/etc/sintonia")
UNITS = Path("/etc/systemd/system")
PROXIES = ("none", "nginx", "caddy")
_USER = re.compile(r"[a-z][a-z0-9-]{0,30}")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# What stands in units and settings must not need quotes there.
_PATH = re.compile(r"/[A-Za-z0-9._/-]+")
# Folders of the system that would be taken away by a purge, or whose mode would be changed.
_SHARED = {"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/proc", "/root", "/run",
           "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/var", "/var/lib", "/var/log", "/var/tmp",
           "/etc/sintonia"}  # fmt: skip
# Trees in which no folder is free for taking: giving one of them to the hub takes it from what needs it.
_SYSTEM = ("/bin/", "/boot/", "/dev/", "/etc/", "/lib/", "/lib64/", "/proc/", "/sbin/", "/sys/", "/usr/")


class Refused(Exception):
    """It cannot be done so; the text says why and what to do. Nothing was changed unless it says so."""


@dataclass(frozen=True)
class Wanted:
    """Where things go. All paths are those of the installed system.

    Attributes:
        prefix: the command goes to ``bin`` below it.
        domain: the public name; empty = the hub is reached from this machine alone.
        log_file: None = the journal.
    """

    prefix: Path = Path("/usr/local")
    user: str = NAME
    data: Path = Path("/var/lib/sintonia")
    domain: str = ""
    proxy: str = "none"
    port: int = 8000
    log_file: Path | None = None

    @property
    def program(self) -> Path:
        return self.prefix / "bin" / NAME

    @property
    def former_program(self) -> Path:
        return self.prefix / "lib" / NAME / f"{NAME}.previous"

    @property
    def settings(self) -> Path:
        return CONFIG / "sintonia.env"

    @property
    def keys(self) -> Path:
        """The keys lie beside the data, not in it: whoever takes a copy of the data has none."""
        return CONFIG / "keys" / "encryption.keys"

    def check(self) -> None:
        """Refuse what would not work, all at once.

        Raises:
            Refused: nothing was changed; give other values.
        """
        problems = [*self._wrong_paths(), *self._wrong_words()]
        if problems:
            raise Refused("\n".join(problems))

    def as_record(self) -> dict[str, Any]:
        """Return what ``remembered`` reads."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}

    def _wrong_paths(self) -> list[str]:
        named = {"--prefix": self.prefix, "--data-dir": self.data, "--log-file": self.log_file}
        wrong = [
            _("%(option)s: %(path)s must begin with / and have only letters, digits, dots and dashes.",
              option=option, path=path)
            for option, path in named.items()
            if path is not None and (not _PATH.fullmatch(str(path)) or ".." in path.parts)
        ]  # fmt: skip
        if self.log_file is not None and _of_the_system(self.log_file.parent):
            wrong.append(_("--log-file: it needs a folder of its own, such as /var/log/sintonia/sintonia.log."))
        if _of_the_system(self.data):
            wrong.append(_("--data-dir: %(path)s belongs to the system; take a folder of its own.", path=self.data))
        if str(self.data).startswith(("/home/", "/root/", "/tmp/", "/var/tmp/", "/run/")):
            wrong.append(
                _("--data-dir: the service sees no %(path)s; take one below /var/lib or /srv.", path=self.data)
            )
        return wrong

    def _wrong_words(self) -> list[str]:
        wrong = []
        if not _USER.fullmatch(self.user) or self.user == "root":
            wrong.append(_("--user: %(user)s is no name for a user of its own, such as sintonia.", user=self.user))
        if self.domain and not _DOMAIN.fullmatch(self.domain):
            wrong.append(
                _("--domain: %(domain)s is no name such as hub.provedor.example: small letters, without https://.",
                  domain=self.domain)
            )  # fmt: skip
        if self.proxy not in PROXIES:
            wrong.append(_("--proxy: one of %(choices)s.", choices=", ".join(PROXIES)))
        if self.proxy != "none" and not self.domain:
            wrong.append(_("--proxy needs the public name of the hub too: --domain hub.provedor.example."))
        if not 1024 <= self.port <= 65535:
            wrong.append(_("--port: a number from 1024 to 65535."))
        return wrong


def _of_the_system(folder: Path) -> bool:
    return str(folder) in _SHARED or str(folder).startswith(_SYSTEM)


def remembered(record: Mapping[str, Any]) -> Wanted:
    """Return what was asked for the last time; what the record does not say is the default."""
    paths = {"prefix", "data", "log_file"}
    known = {field.name for field in fields(Wanted)}
    values: dict[str, Any] = {name: value for name, value in record.items() if name in known}
    values |= {name: Path(value) for name, value in values.items() if name in paths and value}
    return Wanted(**values)
