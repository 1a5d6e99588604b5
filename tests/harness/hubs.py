"""A hub on its own folder whose processes die: what was told is noted, and whatever happens is judged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from tests.fixtures.databases import is_whole, lay
from tests.harness.judge import Judge
from tests.harness.told import Told
from tests.journeys import crowd
from tests.journeys.engine_child import environment
from tests.journeys.platforms import connect
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Integration, Package, Service
from webapp.sandbox.client import Tenant
from webapp.schema import migrate_database
from webapp.services import accounts

# Platform 1 honours keys and cannot be asked, 2 can be asked and shows late, 3 can do nothing of that.
PLATFORMS = ("key_only", "lookup", "blind")
LAG_S = 0.4
TIMEOUT_S = 1.0
# Sold, and not connected yet.
WAITING = "aguardando_instalacao"


@dataclass
class HubOnDisk:
    """The folder of a hub, an application on it to look at it with, and what it was told.

    Attributes:
        tables: a database without rows, to begin with.
        url: of another database, made empty; without it, the hub has one file in its folder.
    """

    folder: Path
    tables: Path
    url: str = ""
    told: Told = field(default_factory=Told)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    packages: dict[str, int] = field(default_factory=dict)
    integrations: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # In this order: keys are made for a new hub only.
        settings = load_settings(environment(str(self.folder), self.url))
        if not self.url:
            lay(self.tables, self.folder)
        self.app = create_app(settings, TESTING=True)
        if self.url:
            self._empty()

    def _empty(self) -> None:
        with self.opened():
            with db.engine.begin() as db_connection:
                db_connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                db_connection.exec_driver_sql("CREATE SCHEMA public")
            migrate_database(db.engine)

    @contextmanager
    def opened(self) -> Iterator["HubOnDisk"]:
        """Let a test look at its rows; no connection stays open."""
        with self.app.app_context():
            yield self
            db.session.remove()
            db.engine.dispose()

    def join(self, kind: str, tenant: Tenant, **limits: float) -> Integration:
        """Connect a platform of a kind, with a package of it."""
        lag = {"read_lag_s": LAG_S} if kind == "lookup" else {}
        integration = connect(tenant, kind, **{"total_timeout_s": TIMEOUT_S, **lag, **limits})
        if kind == "lookup":
            tenant.set_dials(lag_s=LAG_S * 0.8)
        db.session.execute(update(Integration).where(Integration.id == integration.id).values(retry_schedule=[0.5]))
        db.session.commit()
        self.packages[kind] = crowd.package_of(integration).id
        self.tenants[kind], self.integrations[kind] = tenant, integration.id
        return integration

    def sell(self, kind: str, people: int, status: str = crowd.PAYING) -> list[str]:
        """Sell the package of a platform to so many people; returns the codes of their services."""
        ids = crowd.sell_to_crowd(db.session.get_one(Package, self.packages[kind]), people)
        codes = list(db.session.scalars(select(Service.code).where(Service.id.in_(ids)).order_by(Service.id)))
        db.session.rollback()
        if status == WAITING:
            crowd.set_statuses(ids, status)
        else:
            for code in codes:
                self.told.heard(self.told.say(code, status))
        return codes

    def tell(self, codes: Sequence[str], status: str) -> None:
        """Change the status of services, as an import does."""
        said = [self.told.say(code, status) for code in codes]
        db.session.execute(update(Service).where(Service.code.in_(codes)).values(status=status))
        ids = list(db.session.scalars(select(Service.id).where(Service.code.in_(codes))))
        accounts.mark_services(ids)
        db.session.commit()
        for saying in said:
            self.told.heard(saying)

    def judge(self, day_limit: int = 0) -> Judge:
        """Return who judges it."""
        return Judge(self.told, list(self.tenants.values()), day_limit)

    def is_whole(self) -> bool:
        """Tell whether the database file is sound, whoever was killed while writing it; a server minds its own."""
        return bool(self.url) or is_whole(self.folder)
