"""Minimal Debian systems without Python, in which the one file is run as by a person who fetched it.

Needs root (chroot, mount) and ``debootstrap``. A base is fetched once and kept in ``build/debian``; tests work in a
copy. The network is that of this machine: what listens on loopback here is reached there, and the other way round.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASES = ROOT / "build" / "debian"
MIRROR = os.environ.get("SINTONIA_DEBIAN_MIRROR", "http://deb.debian.org/debian")
# The oldest Debian that the one file runs on, and the newest: docs/binario.md names both.
OLDEST, NEWEST = "bookworm", "trixie"
USER, HOME = "sintonia", "/var/lib/sintonia"
PROGRAM = "/usr/local/bin/sintonia"
COMMAND_S = 120


class Debian:
    """A system of its own; a context, at whose end nothing of it runs and nothing is mounted."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.root = folder / suite
        subprocess.run(["cp", "-a", "--reflink=auto", str(base(suite)), str(self.root)], check=True)
        self._mounted: list[Path] = []
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Debian":
        self.mount("proc", "/proc")
        made = ["useradd", "--system", "--create-home", "--home-dir", HOME, "--shell", "/usr/sbin/nologin", USER]
        self.run(*made, user="root")
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for place in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", str(place)], check=True)
        shutil.rmtree(self.root)

    def mount(self, kind: str, inside: str, options: str = "defaults", source: str = "none") -> None:
        """Mount something there, until the end."""
        place = self.root / inside.lstrip("/")
        subprocess.run(["mount", "-t", kind, "-o", options, source, str(place)], check=True)
        self._mounted.append(place)

    def install(self, program: Path, inside: str = PROGRAM) -> None:
        """Put the one file there, as a copy does: the running one keeps its bytes."""
        target = self.root / inside.lstrip("/")
        draft = target.with_suffix(".new")
        shutil.copy(program, draft)
        draft.chmod(0o755)
        draft.rename(target)

    def path(self, inside: str) -> Path:
        """Return where a path of the system lies here."""
        return self.root / inside.lstrip("/")

    def run(
        self, *command: str, user: str = USER, given: str = "", **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; how it ended is the caller's to judge."""
        return subprocess.run(
            self._command(user, command), env=_environment(settings), input=given, capture_output=True, text=True,
            timeout=COMMAND_S,
        )  # fmt: skip

    def start(self, log: Path, *command: str, **settings: str) -> "subprocess.Popen[bytes]":
        """Start a command that stays, in a group of its own; what it says goes to ``log``."""
        with log.open("ab") as said:
            process = subprocess.Popen(
                self._command(USER, command), env=_environment(settings), stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, start_new_session=True,
            )  # fmt: skip
        self._started.append(process)
        return process

    def _command(self, user: str, command: tuple[str, ...]) -> list[str]:
        return ["/usr/sbin/chroot", f"--userspec={user}", str(self.root), *command]


def base(suite: str) -> Path:
    """Return a minimal system of that Debian; fetch it where it is not there yet.

    Raises:
        AssertionError: this machine cannot; the text says what is missing.
    """
    place = BASES / suite
    if not place.is_dir():
        assert os.geteuid() == 0, "Run `make check-binary` as root: it makes minimal Debian systems (chroot)."
        assert shutil.which("debootstrap"), "Install debootstrap: apt-get install -y debootstrap"
        draft = BASES / f"{suite}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", suite, str(draft), MIRROR], check=True)
        draft.rename(place)
    return place


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing of this machine's: what the program needs it must bring along."""
    named = {f"SINTONIA_{name.upper()}": value for name, value in settings.items() if name != "tmpdir"}
    temporary = {"TMPDIR": settings["tmpdir"]} if "tmpdir" in settings else {}
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": HOME, **named, **temporary}
