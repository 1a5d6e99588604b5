"""Typed settings: environment ``SINTONIA_*`` over ``instance/sintonia.toml``.

Every problem is listed at once, with the name of the setting to change.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from webapp import keys, lazy
from webapp.database_url import BadAddress, normal
from webapp.languages import LANGUAGES
from webapp.paths import default_instance

if TYPE_CHECKING:
    import pyrage
else:
    pyrage = lazy.module("pyrage")

PREFIX = "SINTONIA_"
DATABASE, KEYS = "sintonia.db", "encryption.keys"
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")
LOCALES = tuple(LANGUAGES)


class ConfigError(Exception):
    """Settings that cannot work. ``problems`` holds one sentence each; show them all and stop."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What the hub was told.

    Attributes:
        encryption_keys: key id -> 32 bytes; the first seals, all open.
        egress_allow: networks that may be reached although they are private or loopback.
        workers: most calls in flight over all integrations.
        database_connections: most that one process opens to the database at the same time.
        proxies: reverse proxies in front of us whose word on address, scheme and host counts.
        keys_file: where the encryption keys stand; None = in the environment itself.
        log_level: the least that is written to the log.
        ping_url: called every minute while the hub lives, so that somebody elsewhere notices when it does not.
        metrics_listen: host and port at which a process without pages answers ``/metrics``; empty = it does not.
        backup_dir: where backups are put; None = ``backups`` in the instance folder.
        backup_copy_dir: a second place for each of them, such as a share of another machine.
        backup_recipients: public keys (age or SSH) for whom backups are encrypted.
        backup_passphrase_file: holds the passphrase with which they are encrypted where there is no public key.
    """

    instance: Path
    database_url: str = field(repr=False)
    base_url: str
    secret_key: str = field(repr=False)
    encryption_keys: Mapping[str, bytes] = field(repr=False)
    egress_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    locale: str = "pt_BR"
    timezone: str = "America/Sao_Paulo"
    workers: int = 64
    database_connections: int = 100
    proxies: int = 0
    log_format: str = "text"
    log_level: str = "info"
    ping_url: str = field(default="", repr=False)
    metrics_listen: str = ""
    keys_file: Path | None = None
    backup_dir: Path | None = None
    backup_copy_dir: Path | None = None
    backup_recipients: tuple[str, ...] = ()
    backup_passphrase_file: Path | None = None

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; make the instance folder and its keys on the first start.

    Raises:
        ConfigError: print every problem and exit; nothing was started.
    """
    environ = os.environ if environ is None else environ
    instance = Path(environ.get(PREFIX + "INSTANCE") or default_instance()).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    return _Reader(environ, instance).settings()


class _Reader:
    """Collects problems while reading, so that all are shown together."""

    def __init__(self, environ: Mapping[str, str], instance: Path) -> None:
        self.environ = environ
        self.instance = instance
        self.problems: list[str] = []
        self.file = self._read_file(instance / "sintonia.toml")

    def settings(self) -> Settings:
        settings = Settings(
            instance=self.instance,
            database_url=self._database_url(),
            database_connections=self._number("DATABASE_CONNECTIONS", 100, 10, 1000),
            base_url=self._text("BASE_URL", "").rstrip("/"),
            secret_key=self._secret("SECRET_KEY", "secret.key", secrets.token_urlsafe(48)),
            encryption_keys=self._keys(),
            keys_file=self._keys_file(),
            egress_allow=self._networks(),
            locale=self._choice("LOCALE", "pt_BR", LOCALES),
            timezone=self._zone(),
            workers=self._number("WORKERS", 64, 1, 1024),
            proxies=self._number("PROXIES", 0, 0, 5),
            log_format=self._choice("LOG_FORMAT", "text", LOG_FORMATS),
            log_level=self._choice("LOG_LEVEL", "info", LOG_LEVELS),
            ping_url=self._ping_url(),
            metrics_listen=self._listen(),
            backup_dir=self._path("BACKUP_DIR"),
            backup_copy_dir=self._path("BACKUP_COPY_DIR"),
            backup_recipients=self._recipients(),
            backup_passphrase_file=self._path("BACKUP_PASSPHRASE_FILE"),
        )
        if self.problems:
            raise ConfigError(self.problems)
        return settings

    def _database_url(self) -> str:
        default = f"sqlite:///{self.instance / DATABASE}"
        try:
            return normal(self._text("DATABASE_URL", "") or default)
        except BadAddress as error:
            self.problems.append(f"{PREFIX}DATABASE_URL: {error}")
            return default

    def _read_file(self, path: Path) -> dict[str, Any]:
        if not path.exists():
            return {}
        try:
            return {key.upper(): value for key, value in tomllib.loads(path.read_text()).items()}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.problems.append(f"{path}: not readable as TOML ({error}); mend or remove the file.")
            return {}

    def _text(self, name: str, default: str) -> str:
        value = self.environ.get(PREFIX + name, self.file.get(name, default))
        return ",".join(map(str, value)) if isinstance(value, list) else str(value).strip()

    def _secret(self, name: str, filename: str, fresh: str) -> str:
        given = self._text(name, "")
        source = self._text(name + "_FILE", "")
        path = Path(source) if source else self.instance / filename
        if given:
            return given
        if source and not path.is_file():
            self.problems.append(f"{PREFIX}{name}_FILE: {path} does not exist; give the path of a file that does.")
            return ""
        if not path.exists():
            _write_private(path, fresh)
        return path.read_text().strip()

    def _keys(self) -> dict[str, bytes]:
        path = self._keys_file()
        # A new key beside secrets of a lost one would mix them: who starts then has forgotten the file.
        if path is not None and not path.exists() and (self.instance / DATABASE).exists():
            self.problems.append(
                f"{path} is missing, and the database is there: put the file back from where you keep it. If it is "
                "lost for good, write NAME:BASE64 of 32 bytes into a new one, with a name that was never used, such "
                "as k9; every stored secret must then be typed in anew."
            )
            return {}
        fresh = keys.dump({keys.FIRST: keys.make_key()})
        found = keys.parse(self._secret("ENCRYPTION_KEYS", KEYS, fresh))
        if not keys.are_usable(found):
            self.problems.append(f"{PREFIX}ENCRYPTION_KEYS: give NAME:BASE64 of 32 bytes, newest first, with commas.")
        return found

    def _keys_file(self) -> Path | None:
        """Return the file of the keys; None where the environment holds them itself."""
        if self._text("ENCRYPTION_KEYS", ""):
            return None
        source = self._text("ENCRYPTION_KEYS_FILE", "")
        return Path(source) if source else self.instance / KEYS

    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        networks = []
        for part in filter(None, (item.strip() for item in self._text("EGRESS_ALLOW", "").split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                self.problems.append(f"{PREFIX}EGRESS_ALLOW: {part!r} is no network; write it like 10.20.0.0/24.")
        return tuple(networks)

    def _path(self, name: str) -> Path | None:
        value = self._text(name, "")
        if value and not Path(value).is_absolute():
            self.problems.append(f"{PREFIX}{name}: {value!r} must begin with /; give the whole path.")
        return Path(value) if value else None

    def _ping_url(self) -> str:
        """The address is as good as a password: whoever has it can say in our name that all is well."""
        value = self._text("PING_URL", "")
        try:
            parts = urlsplit(value)
            plain = parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES
            good = not value or (bool(parts.hostname) and not parts.username and (parts.scheme == "https" or plain))
        except ValueError:
            good = False
        if not good:
            self.problems.append(f"{PREFIX}PING_URL: give an address that begins with https://, without a user name.")
        return value if good else ""

    def _listen(self) -> str:
        value = self._text("METRICS_LISTEN", "")
        host, _colon, port = value.rpartition(":")
        if value and not (host and port.isdecimal() and int(port) < 65_536):
            self.problems.append(f"{PREFIX}METRICS_LISTEN: {value!r} is no HOST:PORT; write it like 127.0.0.1:9108.")
            return ""
        return value

    def _recipients(self) -> tuple[str, ...]:
        keys = tuple(filter(None, (part.strip() for part in self._text("BACKUP_RECIPIENTS", "").split(","))))
        for number, key in enumerate(keys, 1):
            try:
                pyrage.x25519.Recipient.from_str(key) if key.startswith("age1") else pyrage.ssh.Recipient.from_str(key)
            except pyrage.RecipientError:
                self.problems.append(
                    f"{PREFIX}BACKUP_RECIPIENTS: key {number} is no public key; give age1..., ssh-ed25519 ... or "
                    "ssh-rsa ..., with commas. A private key (AGE-SECRET-KEY-...) must not lie on this machine."
                )
        return keys

    def _choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._text(name, default)
        if value not in allowed:
            self.problems.append(f"{PREFIX}{name}: {value!r} is not one of {', '.join(allowed)}.")
        return value

    def _zone(self) -> str:
        value = self._text("TIMEZONE", "America/Sao_Paulo")
        try:
            ZoneInfo(value)
        except (ValueError, KeyError, OSError):
            self.problems.append(f"{PREFIX}TIMEZONE: {value!r} is no time zone; write it like America/Sao_Paulo.")
        return value

    def _number(self, name: str, default: int, low: int, high: int) -> int:
        text = self._text(name, str(default))
        if not text.isdecimal() or not low <= int(text) <= high:
            self.problems.append(f"{PREFIX}{name}: {text!r} is not a whole number from {low} to {high}.")
            return default
        return int(text)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
