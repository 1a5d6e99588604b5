"""A provider whose customers come from an ERP: hub, fake ERP and platform in step, and back to that at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.serving import make_server

from tests import factories
from tests.fixtures.databases import keep, lay
from tests.journeys.crowd import drain, package_of
from tests.journeys.platforms import integrate
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Alert, Service, SourceLink, SourceMapping, SourcePull, SourcePullItem
from webapp.sandbox.client import Erp, Tenant
from webapp.services import source_mapping, source_pulls
from webapp.services.hub import current_hub

PAYS, OWES, ENDED = "servico_habilitado", "suspenso_debito", "cancelado"
NEGATIVE = {"suspend", "cancel"}
# Of the people with content, by their place in the ERP: so many owe, so many have ended, so many paid lately.
OWING, GONE, BACK = range(3), range(3, 9), range(9, 14)


class World:
    """Everything in step: who pays is active on the platform, who owes is suspended, who ended is not there.

    Attributes:
        people: ids of the services with content, in the ERP's order.
        payer: one who owes; ``innocents`` paid their debt within the last weeks.
        debtor: one who pays, and will not.
    """

    def __init__(self, app: APIFlask, erp: Erp, platform: Tenant, people: list[int]) -> None:
        self.app = app
        self.erp = erp
        self.platform = platform
        self.people = people
        self.payer = people[OWING[0]]
        self.debtor = people[BACK[-1] + 1]
        self.innocents = [people[place] for place in BACK]
        self.source_id = 0
        self._since = 0

    def pull(self, mode: str = "full", **given: Any) -> SourcePull | None:
        """Read the source and do what follows here."""
        db.session.rollback()
        return source_pulls.work(source_pulls.request_pull(self.source_id, mode, **given).id)

    def settle(self) -> None:
        """Let the engine bring it to the platform."""
        drain(patience_s=1)

    def mark(self) -> None:
        """From here on calls to the platform are counted."""
        self._since = self.platform.seq()

    def calls(self) -> list[str]:
        """Return what the hub changed on the platform since the mark."""
        lines = self.platform.ledger(self._since, kind="nx")
        return sorted(line["operation"] for line in lines if line["operation"] in NEGATIVE | {"create", "enable"})

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Return the open alerts about the source, by code, with the values of their words."""
        db.session.rollback()
        open_ones = select(Alert.code, Alert.params).where(Alert.closed_at.is_(None), Alert.object_type == "source")
        return {row.code: row.params for row in db.session.execute(open_ones)}

    def status(self, service: int) -> str:
        """Return the status of a service here, by its id in the ERP."""
        db.session.rollback()
        link = (SourceLink.kind == "service") & (SourceLink.external == str(service))
        row = select(Service.status).join(SourceLink, SourceLink.local_id == Service.id).where(link)
        return str(db.session.scalar(row))

    def code(self, service: int) -> str:
        """Return the code here of a service, by its id in the ERP."""
        db.session.rollback()
        link = (SourceLink.kind == "service") & (SourceLink.external == str(service))
        row = select(Service.code).join(SourceLink, SourceLink.local_id == Service.id).where(link)
        return str(db.session.scalar(row))

    def items(self, pull: SourcePull | None) -> int:
        """Return how many records of a pull changed something or could not be used."""
        return 0 if pull is None else SourcePullItem.query.filter_by(pull_id=pull.id).count()

    def pay(self) -> None:
        """Let the payer pay in the ERP."""
        self.erp.set_service(self.payer, status=PAYS)

    def save(self) -> None:
        """Keep everything as it stands, for ``restore``."""
        self.close()
        self._copy = keep(self._folder)
        self._states = {row["id"]: row["status"] for row in self.platform.subscribers()}
        self._statuses = {row["id"]: row["status"] for row in self.erp.services()}

    def restore(self) -> None:
        """Put hub, ERP and platform back to what was saved."""
        self.close()
        lay(self._copy, self._folder)
        self.erp.clear_dials()
        for row in self.erp.services():
            if row["status"] != self._statuses[row["id"]]:
                self.erp.set_service(row["id"], status=self._statuses[row["id"]])
        rows = self.platform.subscribers()
        self.platform.delete([row["id"] for row in rows if row["id"] not in self._states])
        for row in rows:
            if self._states.get(row["id"], row["status"]) != row["status"]:
                self.platform.change([row["id"]], status=self._states[row["id"]])

    @property
    def _folder(self) -> Path:
        return current_hub().settings.instance

    def close(self) -> None:
        """Close every connection, so that the file alone is the database."""
        db.session.remove()
        db.engine.dispose()


@contextmanager
def open_world(
    folder: Path, empty: Path, erp: Erp, platform: Tenant, kind: str, idle: int = 0, *, people: int = 60
) -> Iterator[World]:
    """Build a world with sixty people who have content, and so many who have none.

    Args:
        kind: shape of the ERP; its pages are the reason for the idle ones.
        people: another number of those who have content.
    """
    settings = load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})
    lay(empty, folder)
    app = create_app(settings, TESTING=True)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        # The politeness of half a second between two calls would be most of the time.
        patch.setattr("webapp.services.source_connections.sleep", lambda seconds: None)
        erp.people(people + idle, plain=True)
        services = [row["id"] for row in erp.services()]
        erp.change({"ids": services[people:]}, packages=[])
        world = World(app, erp, platform, services[:people])
        world.source_id = factories.make_source(kind=kind, params=getattr(erp, f"{kind}_params")()).id
        _bring_into_step(world)
        world.save()
        yield world
        world.close()


@contextmanager
def served(app: APIFlask) -> Iterator[str]:
    """Serve the hub at an address of this machine."""
    # What a test has read holds SQLite's write lock until the session lets go.
    db.session.rollback()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _bring_into_step(world: World) -> None:
    package = package_of(integrate("nx_play", world.platform))
    world.pull(dry_run=True)
    source_mapping.create_missing_plans(world.source_id)
    words = db.session.scalars(select(SourceMapping).where(SourceMapping.kind == "package")).all()
    source_mapping.save_mapping(world.source_id, {("package", word.external): str(package.id) for word in words})
    world.pull()
    world.settle()
    innocent = {"ids": world.innocents}
    world.erp.change(innocent, status=OWES)
    world.erp.change(innocent, status=PAYS)
    world.erp.change({"ids": [world.people[place] for place in OWING]}, status=OWES)
    world.erp.change({"ids": [world.people[place] for place in GONE]}, status=ENDED)
    world.pull()
    world.settle()
    # The reading by which the next one is measured.
    world.pull()
