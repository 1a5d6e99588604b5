"""Writes the files of an installation from their templates in ``packaging``; touches nothing."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from webapp.install.wanted import CONFIG, Wanted
from webapp.paths import PACKAGING

# systemd grew the delay between restarts by itself from this version on (NEWS of systemd, 254).
GROWING_DELAY = 254
_PLACE = re.compile(r"@([A-Z]+)@")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=(.*)")
LOOPBACK = "127.0.0.1"


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template of ``packaging`` with its places filled.

    Args:
        template: such as ``nginx/sintonia.conf``.

    Raises:
        KeyError: the template has a place for which there is no value.
    """
    text = (PACKAGING / template).read_text("utf-8")
    return _PLACE.sub(lambda place: str(values[place[1]]), text)


def places_in(text: str) -> list[str]:
    """Return the places that are not filled."""
    return _PLACE.findall(text)


def unit(wanted: Wanted, systemd: int, writable: Sequence[Path] = ()) -> str:
    """Return the unit of the service.

    Args:
        systemd: its version; older ones do not know all that newer ones do.
        writable: folders beside the data that the hub writes, such as those of backups.
    """
    log = [wanted.log_file.parent] if wanted.log_file else []
    values = {
        "PROGRAM": wanted.program, "HOST": LOOPBACK, "PORT": wanted.port, "USER": wanted.user, "DATA": wanted.data,
        "SETTINGS": wanted.settings, "CONFIG": CONFIG, "RESTART": _restart(systemd), "LOG": _log(wanted),
        # A second place for backups that is not mounted must not keep the hub from starting.
        "WRITABLE": " ".join([str(wanted.data), *(f"-{path}" for path in (*log, *writable))]),
    }  # fmt: skip
    return fill("systemd/sintonia.service", values)


def site(wanted: Wanted) -> str:
    """Return the site of the reverse proxy that was asked for."""
    template = {"nginx": "nginx/sintonia.conf", "caddy": "caddy/sintonia.caddy"}[wanted.proxy]
    certificate = certificate_of(wanted)
    values = {
        "DOMAIN": wanted.domain, "HOST": LOOPBACK, "PORT": wanted.port,
        "CERTIFICATE": certificate / "fullchain.pem", "KEY": certificate / "privkey.pem",
    }  # fmt: skip
    return fill(template, values)


def certificate_of(wanted: Wanted) -> Path:
    """Return the folder in which certbot keeps the certificate."""
    return Path("/etc/letsencrypt/live") / wanted.domain


def rotation(wanted: Wanted) -> str:
    """Return the rules of logrotate for the hub's own file."""
    return fill("logrotate/sintonia", {"LOGFILE": wanted.log_file, "USER": wanted.user})


def first_settings(wanted: Wanted) -> str:
    """Return the settings of an installation that has none."""
    return fill("systemd/sintonia.env", {"DATA": wanted.data})


def with_settings(text: str, values: Mapping[str, str]) -> str:
    """Return settings with some of them set; all other lines, remarks too, stay as they are."""
    lines, there = [], set()
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        name = found[1] if found else ""
        there.add(name)
        lines.append(f"{name}={values[name]}" if name in values and _value(line) != values[name] else line)
    return "\n".join([*lines, *(f"{name}={value}" for name, value in values.items() if name not in there)]) + "\n"


def read_settings(text: str) -> dict[str, str]:
    """Return the settings of a file as systemd reads it, for as far as it is used here: NAME=value, quotes allowed."""
    found = [(match[1], _unquoted(match[2])) for line in text.splitlines() if (match := _LINE.fullmatch(line))]
    return dict(found)


def _value(line: str) -> str:
    return next(iter(read_settings(line).values()), "")


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _restart(systemd: int) -> str:
    if systemd < GROWING_DELAY:
        return "RestartSec=5"
    return "RestartSec=2\nRestartSteps=6\nRestartMaxDelaySec=60"


def _log(wanted: Wanted) -> str:
    if wanted.log_file is None:
        return "SyslogIdentifier=sintonia"
    return f"StandardOutput=append:{wanted.log_file}\nStandardError=append:{wanted.log_file}"
