"""The single steps of an installation: each knows whether it is needed, says what it does, and does it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from webapp import clock, keys
from webapp.install.machine import Access, Machine, digest_of
from webapp.install.rendering import first_settings, read_settings, with_settings
from webapp.install.wanted import NAME, Refused, Wanted
from webapp.install.words import gettext as _


class Step(ABC):
    """One thing that an installed hub needs."""

    @abstractmethod
    def needed(self, machine: Machine) -> bool:
        """Tell whether it is not yet so; changes nothing."""

    @abstractmethod
    def say(self) -> str:
        """Return what it would do, in words."""

    @abstractmethod
    def do(self, machine: Machine) -> None:
        """Do it."""


@dataclass(frozen=True)
class MakeUser(Step):
    """A user of the system for the service alone, who cannot sign in."""

    name: str
    home: Path

    def needed(self, machine: Machine) -> bool:
        return not machine.has_user(self.name)

    def say(self) -> str:
        return _("Make the user %(name)s, without a shell and without a password.", name=self.name)

    def do(self, machine: Machine) -> None:
        where = () if machine.root == Path("/") else ("--prefix", str(machine.root))
        machine.run(
            "useradd", *where, "--system", "--user-group", "--no-create-home", "--home-dir", str(self.home),
            "--shell", "/usr/sbin/nologin", self.name,
        )  # fmt: skip


@dataclass(frozen=True)
class MakeFolder(Step):
    """A folder with its owner and mode."""

    path: Path
    access: Access

    def needed(self, machine: Machine) -> bool:
        if not machine.real(self.path).is_dir():
            return True
        # Its owner may not be there yet.
        return bool(self.access.user) and not machine.has_user(self.access.user) or not machine.matches(
            self.path, self.access
        )  # fmt: skip

    def say(self) -> str:
        owner = self.access.user or "root"
        return _("Folder %(path)s: of %(owner)s, mode %(mode)s.", path=self.path, owner=owner,
                 mode=f"{self.access.mode:04o}")  # fmt: skip

    def do(self, machine: Machine) -> None:
        machine.make_folder(self.path, self.access)


@dataclass(frozen=True)
class MakeKeys(Step):
    """The keys of secrets, beside the data. Never replaced: without them nothing opens any more."""

    wanted: Wanted

    def needed(self, machine: Machine) -> bool:
        return not machine.exists(self.wanted.keys)

    def say(self) -> str:
        return _("Make the keys of secrets in %(path)s. KEEP A COPY ELSEWHERE.", path=self.wanted.keys)

    def do(self, machine: Machine) -> None:
        if machine.exists(self.wanted.data / f"{NAME}.db"):
            raise Refused(
                _("%(path)s is missing, and there is a database: put the file back from where you keep it, then "
                  "repeat. If it is lost for good, see docs/backup.md.", path=self.wanted.keys)
            )  # fmt: skip
        text = keys.dump({keys.FIRST: keys.make_key()}) + "\n"
        machine.write(self.wanted.keys, text.encode(), Access(0o600, self.wanted.user, self.wanted.user))


@dataclass(frozen=True)
class PutFile(Step):
    """A file that is ours. Somebody's changes are kept beside it.

    Attributes:
        recorded: SHA-256 of what we wrote last; whatever else is found there was written by somebody else.
    """

    path: Path
    content: bytes
    recorded: str = ""
    access: Access = field(default_factory=lambda: Access(0o644))

    def needed(self, machine: Machine) -> bool:
        return machine.read(self.path) != self.content

    def say(self) -> str:
        return _("Write %(path)s (a file that was changed by hand is kept beside it).", path=self.path)

    def do(self, machine: Machine) -> None:
        found = machine.read(self.path)
        if found is not None and sha256(found).hexdigest() != self.recorded:
            machine.write(copy_of(self.path), found, self.access)
        machine.write(self.path, self.content, self.access)


@dataclass(frozen=True)
class MakeLog(Step):
    """The file of the log: systemd would make it as root, and who turns it over is the service's user."""

    path: Path
    access: Access

    def needed(self, machine: Machine) -> bool:
        return not machine.exists(self.path)

    def say(self) -> str:
        return _("Make the log file %(path)s.", path=self.path)

    def do(self, machine: Machine) -> None:
        machine.write(self.path, b"", self.access)


@dataclass(frozen=True)
class PutSettings(Step):
    """The settings: made once, then yours; later only what is asked for is set, and the former file is kept."""

    wanted: Wanted
    values: Mapping[str, str]

    def needed(self, machine: Machine) -> bool:
        found = machine.read(self.wanted.settings)
        if found is None:
            return True
        # Not the text: nothing that is right already is written anew.
        set_already = read_settings(found.decode())
        return any(set_already.get(name) != value for name, value in self.values.items())

    def say(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return _("Settings in %(path)s: %(values)s.", path=self.wanted.settings, values=values or "-")

    def do(self, machine: Machine) -> None:
        access, found = Access(0o640, "", self.wanted.user), machine.read(self.wanted.settings)
        if found is not None:
            machine.write(copy_of(self.wanted.settings), found, access)
        text = found.decode() if found is not None else first_settings(self.wanted)
        machine.write(self.wanted.settings, with_settings(text, self.values).encode(), access)


@dataclass(frozen=True)
class PutProgram(Step):
    """The one-file program."""

    source: Path
    wanted: Wanted

    def needed(self, machine: Machine) -> bool:
        return machine.digest(self.wanted.program) != digest_of(self.source)

    def say(self) -> str:
        return _("Copy the program to %(path)s; the former one, if any, is kept as %(former)s.",
                 path=self.wanted.program, former=self.wanted.former_program)  # fmt: skip

    def do(self, machine: Machine) -> None:
        machine.copy_program(self.source, self.wanted.program, self.wanted.former_program)


@dataclass(frozen=True)
class PutLink(Step):
    """A link that switches something on."""

    path: Path
    target: Path

    def needed(self, machine: Machine) -> bool:
        return not machine.exists(self.path)

    def say(self) -> str:
        return _("Link %(path)s to %(target)s.", path=self.path, target=self.target)

    def do(self, machine: Machine) -> None:
        machine.real(self.path).parent.mkdir(parents=True, exist_ok=True)
        machine.link(self.path, self.target)


@dataclass(frozen=True)
class AddLine(Step):
    """A line in a file of somebody else's, which is kept as it was beside it."""

    path: Path
    line: str

    def needed(self, machine: Machine) -> bool:
        return self.line not in (machine.read(self.path) or b"").decode().splitlines()

    def say(self) -> str:
        return _("Add the line %(line)s to %(path)s.", line=self.line, path=self.path)

    def do(self, machine: Machine) -> None:
        found = machine.read(self.path)
        if found is not None:
            machine.write(copy_of(self.path), found, Access(0o644))
        machine.write(self.path, (found or b"").rstrip() + f"\n{self.line}\n".encode(), Access(0o644))


def copy_of(path: Path) -> Path:
    """Return where a file that somebody changed is kept: beside it, with the time."""
    return path.with_name(f"{path.name}.before-{clock.utc_now():%Y%m%dT%H%M%SZ}")
