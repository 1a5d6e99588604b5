"""Walks through docs/instalacao.md with the one file, on a Debian with systemd and no Python: ``make check-install``.

The Debian is made by debootstrap and started by systemd-nspawn, with a network of its own. Needs root, the packages
``debootstrap`` and ``systemd-container``, the network for the first time, and ``dist/sintonia`` (``make binary``).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASES = ROOT / "build" / "debian-vm"
PACKAGES = "systemd,systemd-sysv,dbus,nginx-light,openssl,curl,ca-certificates,logrotate"
WALK = ROOT / "tests" / "install" / "walk.sh"
NEEDED = ("debootstrap", "systemd-nspawn")
TIMEOUT_S = 1_800
DONE = "ALL IS DONE"

UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
StandardOutput=append:/walk.log
StandardError=append:/walk.log
Environment=SINTONIA_LOCALE=en
ExecStart=/bin/sh /walk.sh
ExecStopPost=/bin/systemctl poweroff
"""


def main() -> int:
    """Return 0 when every check was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "dist" / "sintonia")
    parser.add_argument("--suite", default="bookworm", help="bookworm is the oldest that is served")
    given = parser.parse_args()
    problems = list(missing(given.program))
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="sintonia-vm-", dir=BASES.parent) as folder:
        machine = Path(folder) / "vm"
        subprocess.run(["cp", "--archive", "--reflink=auto", str(base(given.suite)), str(machine)], check=True)
        said = walk(machine, given.program.resolve())
    sys.stdout.write(said)
    return 0 if DONE in said and "WRONG" not in said else 1


def missing(program: Path) -> Iterator[str]:
    """Yield what must be done before."""
    if os.geteuid() != 0:
        yield "This is for root: it starts a system of its own."
    if not program.is_file():
        yield f"{program} is not there: make binary"
    absent = [name for name in NEEDED if shutil.which(name) is None]
    if absent:
        yield f"Missing: {', '.join(absent)}. Install: apt-get install debootstrap systemd-container"


def base(suite: str) -> Path:
    """Return a Debian that nobody writes into; made once."""
    folder = BASES / suite
    if not (folder / "etc/os-release").exists():
        fresh = folder.with_name(f".{suite}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, str(fresh)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)
        fresh.rename(folder)
    return folder


def walk(machine: Path, program: Path) -> str:
    """Start the system, let it walk, and return what it said."""
    download = machine / "download"
    download.mkdir()
    shutil.copy(program, download / "sintonia")
    summed = subprocess.run(["sha256sum", "sintonia"], cwd=download, check=True, capture_output=True, text=True)
    (download / "sintonia.sha256").write_text(summed.stdout)
    shutil.copy(WALK, machine / "walk.sh")
    units = machine / "etc/systemd/system"
    (units / "walk.service").write_text(UNIT)
    (units / "default.target.wants").mkdir(exist_ok=True)
    (units / "default.target.wants/walk.service").symlink_to("../walk.service")
    command = ["systemd-nspawn", "--quiet", "--directory", str(machine), "--register=no", "--keep-unit",
               "--private-network", "--boot"]  # fmt: skip
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False)
    log = machine / "walk.log"
    return log.read_text("utf-8", errors="replace") if log.is_file() else "WRONG the system did not start\n"


if __name__ == "__main__":
    sys.exit(main())
