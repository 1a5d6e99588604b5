"""A hub and a platform in step, sixty people on five pages, and back to that at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.fixtures.databases import keep, lay
from tests.journeys.crowd import ENDED, OWING, PAYING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Alert, Integration, Run
from webapp.sandbox.client import Tenant
from webapp.services import recipes, runs
from webapp.services.hub import current_hub

PEOPLE, OWE = 60, 8
PAGES = {'pager = { kind = "page", start = 1, size = 500 }': 'pager = { kind = "page", start = 1, size = 12 }'}
WRITES = {"create", "update", "suspend", "enable", "cancel"}
SHOWN = ("status", "email", "external_id")


class PlatformWorld:
    """Everything in step: eight owe and are suspended there, the others are active; one good reading was made.

    Attributes:
        ids: on the platform, in the order of its pages; ``owing``: of those who owe, all on the last page.
        payer: one who owes, and pays when a test says so.
    """

    def __init__(self, platform: Tenant) -> None:
        self.platform = platform
        integration = integrate(use(Recipe("nx_cases", changes=PAGES)), platform)
        self.integration_id = integration.id
        sell_to_crowd(package_of(integration), PEOPLE)
        drain(patience_s=1)
        rows = platform.subscribers()
        self.ids = [row["id"] for row in rows]
        by_login = {one.login: one.service_id for one in accounts_of(integration)}
        last = [by_login[row["email"]] for row in rows[-OWE:]]
        self.payer = self.ids[-1]
        self._services = dict(zip(self.ids, (by_login[row["email"]] for row in rows), strict=True))
        set_statuses(last, OWING)
        drain(patience_s=1)
        self.owing = self.ids[-OWE:]
        self._since = 0
        clock.move(clock.timedelta(hours=25))
        self.read()
        self._kept = {row["id"]: {name: row[name] for name in SHOWN} for row in platform.subscribers()}
        self._save()

    def read(self, mode: str = "apply") -> Run:
        """Let a run read, plan and do all that follows without a person."""
        db.session.rollback()
        run_id = runs.start_run(self.integration_id, mode).id
        drain(patience_s=1)
        db.session.rollback()
        return db.session.get_one(Run, run_id, populate_existing=True)

    def tempt(self) -> None:
        """Give a good reading something of every kind to do: two suspensions, two enables, one account to be made."""
        self.platform.enable(self.owing[:2])
        self.platform.suspend(self.ids[:2])
        self.platform.change([self.ids[13]], status="cancelled")
        self.mark()

    def pay(self, remote_id: str = "") -> None:
        """Let one who owes pay: the hub hears of it, and the platform does not."""
        db.session.rollback()
        set_statuses([self._services[remote_id or self.payer]], PAYING)

    def end(self, remote_ids: list[str]) -> None:
        """Let services end here."""
        db.session.rollback()
        set_statuses([self._services[one] for one in remote_ids], ENDED)

    def mark(self) -> None:
        """From here on what the hub does on the platform counts."""
        self._since = self.platform.seq()

    def status(self, remote_id: str) -> str:
        """Return the state of an account there."""
        return next(str(row["status"]) for row in self.platform.subscribers() if row["id"] == remote_id)

    def calls(self) -> dict[str, int]:
        """Return what the hub changed on the platform since the temptation, by the platform's own ledger."""
        lines = self.platform.ledger(self._since, kind="nx")
        return dict(Counter(line["operation"] for line in lines if line["operation"] in WRITES))

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Return the open alerts of the integration, by code, with the values of their words."""
        db.session.rollback()
        wanted = select(Alert.code, Alert.params).where(Alert.closed_at.is_(None), Alert.object_type == "integration")
        return {row.code: row.params for row in db.session.execute(wanted)}

    def restore(self) -> None:
        """Put hub and platform back to what was saved."""
        self.close()
        lay(self._copy, self._folder)
        recipes.refresh(at_once=True)
        self.platform.clear_dials()
        rows = self.platform.subscribers()
        self.platform.delete([row["id"] for row in rows if row["id"] not in self._kept])
        for row in rows:
            kept = self._kept.get(row["id"])
            if kept and any(row[name] != value for name, value in kept.items()):
                self.platform.change([row["id"]], **kept)

    @property
    def integration(self) -> Integration:
        return db.session.get_one(Integration, self.integration_id)

    def close(self) -> None:
        """Close every connection, so that the file alone is the database."""
        db.session.remove()
        db.engine.dispose()

    def _save(self) -> None:
        self.close()
        self._copy = keep(self._folder)

    @property
    def _folder(self) -> Path:
        return current_hub().settings.instance


@contextmanager
def open_platform_world(folder: Path, empty: Path, platform: Tenant) -> Iterator[PlatformWorld]:
    """Build it once; every test puts it back."""
    settings = load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})
    lay(empty, folder)
    app = create_app(settings, TESTING=True)
    with app.app_context():
        world = PlatformWorld(platform)
        yield world
        world.close()
