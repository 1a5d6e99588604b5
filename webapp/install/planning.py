"""What an installation consists of: its steps, in their order; and what was written down of the last one."""

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from webapp.install import rendering
from webapp.install.machine import Access, Machine
from webapp.install.steps import (
    AddLine,
    MakeFolder,
    MakeKeys,
    MakeLog,
    MakeUser,
    PutFile,
    PutLink,
    PutProgram,
    PutSettings,
    Step,
)
from webapp.install.wanted import CONFIG, NAME, UNITS, Refused, Wanted, remembered
from webapp.install.words import gettext as _

RECORD = CONFIG / "installed.json"
UNIT = UNITS / f"{NAME}.service"
WANTS = UNITS / "multi-user.target.wants" / UNIT.name
ROTATION = Path("/etc/logrotate.d") / NAME
NGINX, NGINX_ON = Path("/etc/nginx/sites-available/sintonia.conf"), Path("/etc/nginx/sites-enabled/sintonia.conf")
CADDY, CADDYFILE = Path("/etc/caddy/sintonia.caddy"), Path("/etc/caddy/Caddyfile")
KEYS_SETTINGS = ("SINTONIA_ENCRYPTION_KEYS", "SINTONIA_ENCRYPTION_KEYS_FILE")
BACKUP_SETTINGS = ("SINTONIA_BACKUP_DIR", "SINTONIA_BACKUP_COPY_DIR")
# Debian 12, the oldest that is served; where a system that is being built does not tell.
OLDEST_SYSTEMD = 252


@dataclass(frozen=True)
class Record:
    """What the last installation was told and wrote."""

    wanted: Wanted = field(default_factory=Wanted)
    files: Mapping[str, str] = field(default_factory=dict)
    there: bool = False


def read_record(machine: Machine) -> Record:
    """Return the record; an empty one where nothing was installed.

    Raises:
        Refused: it cannot be read; take the file away, and every file counts as changed by hand.
    """
    content = machine.read(RECORD)
    if content is None:
        return Record()
    try:
        found: dict[str, Any] = json.loads(content)
        return Record(remembered(found["wanted"]), dict(found["files"]), there=True)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(_("%(path)s cannot be read (%(reason)s). Move it away and repeat.", path=RECORD,
                        reason=str(error))) from error  # fmt: skip


def write_record(machine: Machine, wanted: Wanted, former: Mapping[str, str], steps: Sequence[Step]) -> None:
    """Write down what is installed now.

    Args:
        former: what the last record says of files; one that is not of these steps stays.
    """
    files = dict(former) | {
        str(step.path): sha256(step.content).hexdigest() for step in steps if isinstance(step, PutFile)
    }
    text = json.dumps({"wanted": wanted.as_record(), "files": files}, indent=2, sort_keys=True) + "\n"
    if machine.read(RECORD) != text.encode():
        machine.write(RECORD, text.encode(), Access(0o644))


def chosen(record: Record, options: Mapping[str, Any]) -> Wanted:
    """Return what is wanted: what was asked for now, over what was asked for the last time.

    Raises:
        Refused: it would not work, or would leave data behind.
    """
    wanted = replace(record.wanted, **options)
    wanted.check()
    before = record.wanted
    if record.there and (before.user, before.data, before.prefix) != (wanted.user, wanted.data, wanted.prefix):
        raise Refused(
            _("It is installed with other folders or another user: %(data)s, %(user)s, %(prefix)s. These do not change "
              "any more; `sudo sintonia uninstall` leaves the data, then install anew.",
              data=before.data, user=before.user, prefix=before.prefix)
        )  # fmt: skip
    return wanted


def hub_steps(
    machine: Machine, wanted: Wanted, record: Record, source: Path | None, told: Collection[str] = ()
) -> list[Step]:
    """Return the steps of the hub itself.

    Args:
        source: the program to install; None = the one that is there stays.
        told: names of the options that were given now; settings that are there already change for these alone.
    """
    settings = settings_of(machine, wanted)
    own, inside = Access(0o700, wanted.user, wanted.user), machine.exists(wanted.data / "encryption.keys")
    steps: list[Step] = [
        MakeUser(wanted.user, wanted.data),
        MakeFolder(wanted.data, own),
        MakeFolder(CONFIG, Access(0o755)),
    ]
    elsewhere = inside or any(settings.get(name, str(wanted.keys)) != str(wanted.keys) for name in KEYS_SETTINGS)
    if not elsewhere:
        steps += [MakeFolder(wanted.keys.parent, own), MakeKeys(wanted)]
    steps.append(PutSettings(wanted, _values(wanted, settings, told, keys_here=not elsewhere)))
    if source is not None:
        steps.append(PutProgram(source, wanted))
    unit = rendering.unit(wanted, systemd_of(machine), _writable(machine, wanted, settings))
    steps.append(PutFile(UNIT, unit.encode(), record.files.get(str(UNIT), "")))
    if wanted.log_file is not None:
        steps.append(MakeFolder(wanted.log_file.parent, Access(0o750, wanted.user, wanted.user)))
        steps.append(MakeLog(wanted.log_file, Access(0o640, wanted.user, wanted.user)))
        steps.append(PutFile(ROTATION, rendering.rotation(wanted).encode(), record.files.get(str(ROTATION), "")))
    return [*steps, PutLink(WANTS, UNIT)]


def proxy_steps(machine: Machine, wanted: Wanted, record: Record) -> list[Step]:
    """Return the steps of the reverse proxy; nginx is switched on only when the certificate is there."""
    if wanted.proxy == "nginx":
        site = PutFile(NGINX, rendering.site(wanted).encode(), record.files.get(str(NGINX), ""))
        there = machine.exists(rendering.certificate_of(wanted) / "fullchain.pem")
        return [site, *([PutLink(NGINX_ON, NGINX)] if there else [])]
    if wanted.proxy == "caddy":
        site = PutFile(CADDY, rendering.site(wanted).encode(), record.files.get(str(CADDY), ""))
        return [site, AddLine(CADDYFILE, f"import {CADDY}")]
    return []


def settings_of(machine: Machine, wanted: Wanted) -> dict[str, str]:
    """Return the settings that are there: the file of the service over the one in the data."""
    try:
        inner = tomllib.loads((machine.read(wanted.data / "sintonia.toml") or b"").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The hub itself says so, in better words.
        inner = {}
    ours = {f"SINTONIA_{name.upper()}": str(value) for name, value in inner.items()}
    return ours | rendering.read_settings((machine.read(wanted.settings) or b"").decode())


def systemd_of(machine: Machine) -> int:
    """Return the version of systemd there."""
    if machine.alive:
        return int((re.findall(r"systemd (\d+)", machine.run("systemctl", "--version").stdout) or [OLDEST_SYSTEMD])[0])
    found = machine.root.glob("usr/lib/**/systemd/libsystemd-shared-*.so")
    versions = [int(match[1]) for path in found if (match := re.search(r"shared-(\d+)", path.name))]
    return max(versions, default=OLDEST_SYSTEMD)


def _values(wanted: Wanted, settings: Mapping[str, str], told: Collection[str], *, keys_here: bool) -> dict[str, str]:
    values = {"SINTONIA_INSTANCE": str(wanted.data)}
    if keys_here:
        values["SINTONIA_ENCRYPTION_KEYS_FILE"] = str(wanted.keys)
    fresh = "SINTONIA_INSTANCE" not in settings
    if wanted.domain and (fresh or "domain" in told or "SINTONIA_BASE_URL" not in settings):
        values["SINTONIA_BASE_URL"] = f"https://{wanted.domain}"
    if wanted.proxy != "none" and (fresh or "proxy" in told or "SINTONIA_PROXIES" not in settings):
        values["SINTONIA_PROXIES"] = "1"
    return values


def _writable(machine: Machine, wanted: Wanted, settings: Mapping[str, str]) -> list[Path]:
    places = [Path(settings[name]) for name in BACKUP_SETTINGS if settings.get(name, "").startswith("/")]
    return [path for path in places if not path.is_relative_to(wanted.data)]
