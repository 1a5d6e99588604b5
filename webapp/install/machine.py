"""The machine that is installed on: its files, its users, its commands. The only module here that touches anything.

Every change can be taken back: ``undo`` puts the files back as they were, the last one first.
"""

import grp
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from webapp.install.wanted import Refused
from webapp.install.words import gettext as _

COMMAND_TIMEOUT_S = 2_400
# Whoever builds a system elsewhere without being root gives its files their owners later.
_OWNS = os.geteuid() == 0
CHUNK_BYTES = 1024 * 1024
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Access:
    """Who owns a file or folder, and what others may do with it. An empty name is root's."""

    mode: int
    user: str = ""
    group: str = ""


@dataclass
class Machine:
    """A system below a folder: ``/``, or one that is being built elsewhere.

    Attributes:
        root: the folder; everything that is given to the methods is a path as that system sees it.
        changed: paths that were written, in their order.
    """

    root: Path = Path("/")
    changed: list[Path] = field(default_factory=list)
    _undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether it is the system that runs, so that services can be started."""
        return self.root == Path("/") and Path("/run/systemd/system").is_dir()

    def real(self, path: Path) -> Path:
        """Return where a path of that system is on this one."""
        return self.root / path.relative_to("/")

    def exists(self, path: Path) -> bool:
        """Tell whether something is there, be it a link to nothing."""
        return os.path.lexists(self.real(path))

    def read(self, path: Path) -> bytes | None:
        """Return what a file holds; None = it is not there."""
        try:
            return self.real(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file; empty = it is not there."""
        return digest_of(self.real(path)) if self.real(path).is_file() else ""

    def has_user(self, name: str) -> bool:
        """Tell whether that system knows a user."""
        text = self.read(Path("/etc/passwd")) or b""
        return any(line.startswith(f"{name}:".encode()) for line in text.splitlines())

    def home_of(self, name: str) -> Path | None:
        """Return the home of a user of that system; None = there is none."""
        lines = (self.read(Path("/etc/passwd")) or b"").decode(errors="replace").splitlines()
        homes = (parts[5] for line in lines if (parts := line.split(":"))[0] == name and len(parts) > 5)
        home = next(homes, None)
        return None if home is None else Path(home)

    def matches(self, path: Path, access: Access) -> bool:
        """Tell whether a file or folder has the owner and the mode that it should have."""
        found = self.real(path).stat()
        owned = not _OWNS or (found.st_uid, found.st_gid) == self._ids(access)
        return owned and stat.S_IMODE(found.st_mode) == access.mode

    def permit(self, path: Path, access: Access) -> None:
        """Give owner and mode to what is there."""
        real = self.real(path)
        self._own(real, access)
        real.chmod(access.mode)

    def make_folder(self, path: Path, access: Access) -> None:
        """Make a folder, with those above it, or give an existing one owner and mode."""
        self.real(path).mkdir(mode=0o755, parents=True, exist_ok=True)
        self.permit(path, access)

    def write(self, path: Path, content: bytes, access: Access) -> None:
        """Put a file in the place of what is there, whole at every moment."""
        before, fresh = self.read(path), self._fresh(path)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._settle(fresh, path, access)
        self._undo.append(lambda: self._put_back(path, before, access))

    def copy_program(self, source: Path, path: Path, former: Path) -> None:
        """Put a program in its place; the one that was there is kept at ``former``."""
        access, there = Access(0o755), self.real(path).is_file()
        if there:
            self._copy(self.real(path), former, access)
        self._copy(source, path, access)
        back = (lambda: self._copy(self.real(former), path, access)) if there else (lambda: self.remove(path))
        self._undo.append(back)

    def link(self, path: Path, target: Path) -> None:
        """Make a link."""
        self.real(path).symlink_to(target)
        self.changed.append(path)
        self._undo.append(lambda: self.remove(path))

    def remove(self, path: Path) -> None:
        """Take away a file, a link, or a folder with all that is in it; what is not there is no concern."""
        real = self.real(path)
        if real.is_dir() and not real.is_symlink():
            shutil.rmtree(real)
        else:
            real.unlink(missing_ok=True)
        self.changed.append(path)

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command of this system.

        Raises:
            Refused: it failed; the text has what it said.
        """
        return _run(command, check=check, env=_own_environment())

    def run_as(
        self, user: str, command: tuple[str, ...], environ: Mapping[str, str], *, check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command as another user, with nothing in its environment but what is given.

        Raises:
            Refused: it failed; the text has what it said.
        """
        found = pwd.getpwnam(user)
        # The one file starts another version of itself here: it must not take over what this one unpacked.
        own = {"PATH": PATH, "HOME": found.pw_dir, "LANG": "C.UTF-8", "PYINSTALLER_RESET_ENVIRONMENT": "1"}
        whole = own | dict(environ)
        return _run(command, check=check, user=found.pw_uid, group=found.pw_gid, extra_groups=[], env=whole, cwd="/")

    def undo(self) -> None:
        """Put back all files as they were before the first change."""
        while self._undo:
            self._undo.pop()()

    def _own(self, real: Path, access: Access) -> None:
        if _OWNS:
            os.chown(real, *self._ids(access))

    def _ids(self, access: Access) -> tuple[int, int]:
        return self._id("passwd", access.user), self._id("group", access.group)

    def _id(self, table: str, name: str) -> int:
        """Look it up in that system's own table: a system that is being built has other numbers than this one."""
        if not name:
            return 0
        for line in (self.read(Path("/etc") / table) or b"").decode().splitlines():
            if line.split(":")[0] == name:
                return int(line.split(":")[2])
        return pwd.getpwnam(name).pw_uid if table == "passwd" else grp.getgrnam(name).gr_gid

    def _copy(self, source: Path, path: Path, access: Access) -> None:
        fresh = self._fresh(path)
        shutil.copyfile(source, fresh)
        self._settle(fresh, path, access)

    def _fresh(self, path: Path) -> Path:
        real = self.real(path)
        real.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = real.with_name(f".{real.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        return fresh

    def _settle(self, fresh: Path, path: Path, access: Access) -> None:
        self._own(fresh, access)
        fresh.chmod(access.mode)
        fresh.replace(self.real(path))
        self.changed.append(path)

    def _put_back(self, path: Path, before: bytes | None, access: Access) -> None:
        if before is None:
            self.remove(path)
        else:
            self.write(path, before, access)
            self._undo.pop()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()


def _own_environment() -> dict[str, str]:
    """The one file brings libraries of its own, which a program of the system must not load."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LD_LIBRARY_PATH")}
    former = os.environ.get("LD_LIBRARY_PATH_ORIG")
    return environ | ({"LD_LIBRARY_PATH": former} if former else {}) | {"PATH": PATH, "LC_ALL": "C.UTF-8"}


def _run(command: tuple[str, ...], *, check: bool, **how: object) -> "subprocess.CompletedProcess[str]":
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
            command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False, **how
        )
    except FileNotFoundError as error:
        raise Refused(_("%(command)s is not on this machine.", command=command[0])) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        # Not executable, or without an end: the caller has a service to start again.
        raise Refused(_("%(command)s failed: %(said)s", command=" ".join(command), said=str(error))) from error
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip() or str(done.returncode)
        raise Refused(_("%(command)s failed: %(said)s", command=" ".join(command), said=said))
    return done
