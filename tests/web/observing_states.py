"""A hub that only observes, with a platform in every state that its page can show."""

from sqlalchemy import update

from tests import factories
from webapp.clock import utc_now
from webapp.decide.epoch import OLDER
from webapp.extensions import db
from webapp.models import Integration, Run
from webapp.services import epoch
from webapp.services.adoption.planning import COUNTED
from webapp.services.adoption.requests import TRIGGER

CHECKSUM = "c0ffee" * 10
NAMES = ("unread", "reading", "ready", "also_ready", "trouble", "writing")


def build() -> dict[str, int]:
    """Make it; returns the ids of the platforms by the state that they are in."""
    integrations = {name: factories.make_integration(gateway="nx_play", description=name) for name in NAMES}
    sold = factories.make_sale(package=factories.make_package(integrations["ready"]))
    factories.make_source(description="ERP")
    factories.make_source(kind="spreadsheet", description="Planilha")
    assert sold.id
    epoch.begin_observing(OLDER)
    ids = {name: integration.id for name, integration in integrations.items()}
    plan(ids["reading"], "running", counts={"listed": 1200})
    plan(ids["ready"], "done", counts={name: number for number, name in enumerate(COUNTED, 1)}, checksum=CHECKSUM)
    plan(ids["also_ready"], "done", checksum=CHECKSUM)
    plan(ids["trouble"], "failed", error_code="connect_timeout", error_params={"host": "nx.example.com", "seconds": 5})
    planned = plan(ids["writing"], "done", checksum=CHECKSUM)
    planned.superseded_by_id = plan(ids["writing"], "running", mode="apply").id
    db.session.commit()
    return ids


def grow(count: int) -> None:
    """Hold back so many platforms more, each with a plan."""
    made = [factories.make_integration(gateway="nx_play") for _ in range(count)]
    epoch.begin_observing(OLDER)
    for integration in made:
        plan(integration.id, "done", checksum=CHECKSUM)
        factories.make_source()
    db.session.commit()


def plan(integration_id: int, status: str, mode: str = "plan", **values: object) -> Run:
    """Make a run of the adoption."""
    run = Run(
        integration_id=integration_id, mode=mode, trigger=TRIGGER, status=status, started_at=utc_now(),
        finished_at=None if status == "running" else utc_now(), **values,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    return run


def be_inactive(integration_id: int) -> None:
    """Set one aside."""
    db.session.execute(update(Integration).where(Integration.id == integration_id).values(active=False))
    db.session.commit()
