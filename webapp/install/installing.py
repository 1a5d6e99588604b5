"""Installs, upgrades, and takes back what does not start."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from webapp.install import rendering
from webapp.install.machine import Machine
from webapp.install.planning import NGINX, UNIT, Record, hub_steps, proxy_steps, write_record
from webapp.install.service import Service
from webapp.install.steps import PutProgram, Step
from webapp.install.wanted import NAME, Refused, Wanted
from webapp.install.words import gettext as _

Say = Callable[[str], None]
# What the proxy's own look at its configuration is called, and how it is told to read it anew.
_CHECKS = {"nginx": ("nginx", "-t"), "caddy": ("caddy", "validate", "--config", "/etc/caddy/Caddyfile")}


@dataclass(frozen=True)
class Order:
    """One installation.

    Attributes:
        source: the program to install; None = the one that is there stays.
        told: names of the options that were given now.
        start: False leaves the service as it is.
        with_backup: False replaces a program without a backup before.
    """

    wanted: Wanted
    record: Record
    source: Path | None
    told: Collection[str] = ()
    start: bool = True
    with_backup: bool = True


class Installer:
    """Carries an order out on a machine, and says what it does."""

    def __init__(self, machine: Machine, order: Order, say: Say) -> None:
        self._machine, self._order, self._say = machine, order, say
        self._service = Service(machine, order.wanted)
        # What is gone back to listens where it did.
        self._former = Service(machine, order.record.wanted if order.record.there else order.wanted)

    def planned(self) -> list[Step]:
        """Return what is not yet as it should be; changes nothing."""
        return [step for step in (*self._hub(), *self._proxy()) if step.needed(self._machine)]

    def run(self) -> None:
        """Do all that is needed; a second time there is nothing to do.

        Raises:
            Refused: it did not work. The hub is as it was before, unless the text says something else.
        """
        hub = [step for step in self._hub() if step.needed(self._machine)]
        if hub:
            self._replace(hub)
        self._put_in_front()
        self._write_down([*self._hub(), *self._proxy()])
        self._tell(changed=bool(hub))

    def _hub(self) -> list[Step]:
        order = self._order
        return hub_steps(self._machine, order.wanted, order.record, order.source, order.told)

    def _proxy(self) -> list[Step]:
        return proxy_steps(self._machine, self._order.wanted, self._order.record)

    def _write_down(self, steps: list[Step]) -> None:
        write_record(self._machine, self._order.wanted, self._order.record.files, steps)

    def _replace(self, steps: list[Step]) -> None:
        serves = self._machine.alive and self._order.start
        was_active = serves and self._service.active()
        backup = self._secure(steps, was_active=was_active) if serves else None
        try:
            for step in steps:
                step.do(self._machine)
            self._write_down(self._hub())
        except (Refused, OSError) as error:
            self._machine.undo()
            again = was_active and self._former.start()
            raise Refused(_took_back(str(error), again=again)) from error
        if serves and not self._service.start():
            self._go_back(was_active=was_active, backup=backup)

    def _secure(self, steps: list[Step], *, was_active: bool) -> Path | None:
        """Stop the hub; a new program may change the tables, so their backup comes first, of a stopped hub too."""
        if was_active:
            self._service.stop()
        if not self._order.with_backup or not any(isinstance(step, PutProgram) for step in steps):
            return None
        if not was_active and not (self._machine.exists(self._order.wanted.program) and self._service.has_data()):
            return None
        self._say(_("Make a backup with the former version."))
        try:
            return self._service.back_up()
        except Refused as error:
            if was_active:
                self._former.start()
            raise Refused(
                _("No backup could be made, so nothing was changed: %(reason)s Mend that, or repeat with "
                  "--without-backup.", reason=str(error))
            ) from error  # fmt: skip

    def _go_back(self, *, was_active: bool, backup: Path | None) -> None:
        """What does not become ready must not stay: the former files, and its tables where the new one changed them."""
        said = "\n".join(self._service.last_words().splitlines()[-20:])
        if not was_active:
            # There is nothing to go back to: what it says now helps more than an empty machine.
            if backup is not None:
                self._say(_("The backup of before is %(file)s.", file=backup))
            raise Refused(
                _("The hub was installed, and does not become ready. It said last:\n%(said)s\nMend what it names; it "
                  "is started again every few seconds. `sudo sintonia doctor` looks the rest over.", said=said)
            )  # fmt: skip
        self._machine.run("systemctl", "stop", UNIT.name, check=False)
        self._machine.undo()
        if backup is not None and not self._former.knows_its_tables():
            self._say(_("Restore %(file)s: the new version had changed the tables.", file=backup))
            self._former.restore(backup)
        again = self._former.start()
        raise Refused(_took_back(_("the new version did not become ready:\n%(said)s", said=said), again=again))

    def _put_in_front(self) -> None:
        proxy, machine = self._order.wanted.proxy, Machine(self._machine.root)
        steps = [step for step in self._proxy() if step.needed(machine)]
        if not steps:
            return
        if not machine.real(Path("/etc") / proxy).is_dir():
            raise Refused(
                _("%(proxy)s is not installed: sudo apt install %(proxy)s, then repeat. The hub itself is installed.",
                  proxy=proxy)
            )  # fmt: skip
        for step in steps:
            step.do(machine)
        if machine.alive and self._order.start:
            self._reload(machine, proxy)
        self._machine.changed += machine.changed

    def _reload(self, machine: Machine, proxy: str) -> None:
        try:
            machine.run(*_CHECKS[proxy])
            machine.run("systemctl", "reload-or-restart", proxy)
        except Refused as error:
            machine.undo()
            raise Refused(
                _("%(proxy)s does not take the new site, so its files are as they were; the hub itself is installed. "
                  "%(reason)s", proxy=proxy, reason=str(error))
            ) from error  # fmt: skip

    def _tell(self, *, changed: bool) -> None:
        order, wanted = self._order, self._order.wanted
        if not self._machine.changed:
            self._say(_("Nothing to do: all is as it should be."))
        if wanted.proxy == "nginx" and not self._machine.exists(rendering.certificate_of(wanted) / "fullchain.pem"):
            self._say(
                _("There is no certificate for %(domain)s yet, so %(site)s is not switched on. Get one, then repeat:\n"
                  "  sudo apt install certbot\n"
                  "  sudo certbot certonly --webroot -w /var/www/html -d %(domain)s "
                  "--deploy-hook 'systemctl reload nginx'\n"
                  "  sudo %(name)s install", domain=wanted.domain, site=NGINX, name=NAME)
            )  # fmt: skip
        if not (self._machine.alive and order.start):
            return
        link = self._service.set_up_link() if changed else ""
        if link:
            self._say(_("Open this link once to create the first administrator:\n%(link)s", link=link))
        if not self._service.active():
            self._say(_("The service does not run. Start it: sudo systemctl start sintonia"))


def _took_back(reason: str, *, again: bool) -> str:
    if again:
        return _("Nothing was changed, and the former version serves again: %(reason)s", reason=reason)
    return _("The files are as they were, but the hub does not serve (journalctl -u sintonia): %(reason)s",
             reason=reason)  # fmt: skip
