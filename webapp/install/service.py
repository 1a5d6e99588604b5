"""The service of an installed hub: start, stop, is it ready, and a backup before its program is replaced."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from webapp import clock
from webapp.config import DATABASE
from webapp.install.machine import Machine
from webapp.install.planning import UNIT
from webapp.install.rendering import LOOPBACK, read_settings
from webapp.install.wanted import Refused, Wanted
from webapp.install.words import gettext as _
from webapp.knock import knock

# After systemd was told that it is ready, its parts need a moment to show life.
READY_S, LOOK_S = 90.0, 1.0
# Until systemd begins to stop the former one, and to start.
QUEUED_S = 5.0
# What systemd calls a unit of Type=notify that runs, and one that has not said yet that it is ready.
RUNS, STARTS = "running", "start"
SCHEMA_TOO_NEW = "doctor_schema_new"
_LINK = re.compile(r"https?://\S+/setup/\S+")
_LAST_LINES = 400


@dataclass(frozen=True)
class Service:
    """The service on a machine that runs."""

    machine: Machine
    wanted: Wanted

    def active(self) -> bool:
        """Tell whether it runs, or is being started again and again."""
        said = self.machine.run("systemctl", "is-active", UNIT.name, check=False).stdout.strip()
        return said in ("active", "activating", "reloading")

    def stop(self) -> None:
        """Stop it; calls under way are recorded first.

        Raises:
            Refused: systemd could not.
        """
        self.machine.run("systemctl", "stop", UNIT.name)

    def start(self) -> bool:
        """Start it, or start it anew, and wait; returns whether it became ready.

        Bringing tables up to date may take minutes, and is waited for as long as systemd does. An end is not.
        """
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "reset-failed", UNIT.name, check=False)
        # A start that is waited for would not end here: systemd tries again and again.
        self.machine.run("systemctl", "restart", "--no-block", UNIT.name)
        begun_s, ran_s = clock.monotonic_s(), 0.0
        while True:
            clock.sleep(LOOK_S)
            if knock(LOOPBACK, self.wanted.port, "/readyz") == 200:
                return True
            state, now_s = self._state(), clock.monotonic_s()
            ran_s = ran_s or (now_s if state == RUNS else 0.0)
            if ran_s and now_s - ran_s > READY_S:
                return False
            if state not in (RUNS, STARTS) and now_s - begun_s > QUEUED_S:
                return False

    def _state(self) -> str:
        """Return what it does now; a second try after an end is no start."""
        said = self.machine.run("systemctl", "show", "--property", "SubState,NRestarts", UNIT.name, check=False).stdout
        found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        return found.get("SubState", "") if found.get("NRestarts", "0") == "0" else "again"

    def back_up(self) -> Path:
        """Make a backup with the program that is installed, the hub being stopped; returns the file.

        Raises:
            Refused: no backup could be made; make room, or repeat with ``--without-backup``.
        """
        said = self.ask("backup", "--json").stdout.strip()
        try:
            return Path(json.loads(said.splitlines()[-1])["file"])
        except (ValueError, LookupError, TypeError) as error:
            raise Refused(said or "backup --json") from error

    def has_data(self) -> bool:
        """Tell whether there is a database that a new program could change."""
        settings = read_settings((self.machine.read(self.wanted.settings) or b"").decode())
        return "SINTONIA_DATABASE_URL" in settings or self.machine.exists(self.wanted.data / DATABASE)

    def restore(self, file: Path) -> None:
        """Put a backup in the place of the database, with the program that is installed.

        Raises:
            Refused: it was not done; do it by hand.
        """
        self.ask("restore", str(file), "--yes")

    def knows_its_tables(self) -> bool:
        """Tell whether the program that is installed knows the tables of the database; True when it cannot tell."""
        try:
            found = json.loads(self.ask("doctor", "--json", check=False).stdout)
        except ValueError:
            return True
        return all(one["code"] != SCHEMA_TOO_NEW for one in found)

    def ask(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run the installed program as its own user, with its settings.

        Raises:
            Refused: it failed; the text has what it said.
        """
        # What stands in the file of the instance, lists too, the program reads there itself.
        settings = read_settings((self.machine.read(self.wanted.settings) or b"").decode())
        environ = {"SINTONIA_INSTANCE": str(self.wanted.data), **settings, "TMPDIR": "/var/tmp"}
        return self.machine.run_as(self.wanted.user, (str(self.wanted.program), *arguments), environ, check=check)

    def set_up_link(self) -> str:
        """Return the link that creates the first administrator; empty = somebody can sign in already."""
        links = _LINK.findall(self.last_words())
        return str(links[-1]) if links else ""

    def last_words(self) -> str:
        """Return what it said since its last start, as far as that is known."""
        if self.wanted.log_file is not None:
            text = (self.machine.read(self.wanted.log_file) or b"").decode(errors="replace")
            return "\n".join(text.splitlines()[-_LAST_LINES:])
        shown = ("systemctl", "show", "--property", "InvocationID", "--value", UNIT.name)
        command = ("journalctl", "--output", "cat", "--no-pager", "--lines", str(_LAST_LINES))
        try:
            this_start = self.machine.run(*shown, check=False).stdout.strip()
            said = self.machine.run(*command, f"_SYSTEMD_INVOCATION_ID={this_start}", check=False).stdout
            # One that ended is begun anew, and has said nothing yet: then what came before is meant.
            return said if said.strip() else self.machine.run(*command, "--unit", UNIT.name, check=False).stdout
        except Refused:
            return _("(no journalctl here)")
