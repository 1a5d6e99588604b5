"""What tests of accounts that nobody here made share: a reading's strangers, buyers, accounts that are live."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from tests import factories
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Account, Alert, Integration, Orphan, Service
from webapp.services.orphans import note_seen

ANA, BIA = "ana@example.com", "bia@example.com"


def seen(login: str = "x@example.com", state: str = "active", **more: object) -> Observed:
    ids = {"id": f"nx-{login}"}
    return Observed(**{"login": login, "state": RemoteState(state), "remote_ids": ids, **more})  # type: ignore[arg-type]


def note(integration: Integration, *strangers: Observed, complete: bool = True) -> list[Orphan]:
    """Note what a reading of this moment shows; returns all orphans, by id."""
    clock.move(timedelta(seconds=1))
    note_all(integration, strangers, complete=complete)
    return orphans()


def note_all(integration: Integration, strangers: Iterable[Observed], *, complete: bool = True) -> None:
    note_seen(integration.id, strangers, 1, utc_now(), complete=complete)


def orphans() -> list[Orphan]:
    db.session.expire_all()
    return list(db.session.scalars(select(Orphan).order_by(Orphan.id)))


def status(orphan: Orphan) -> str:
    db.session.refresh(orphan)
    return orphan.status


def found_alert() -> Alert | None:
    return db.session.scalar(select(Alert).where(Alert.code == "orphans_found", Alert.closed_at.is_(None)))


def buyer(integration: Integration, email: str = ANA, **service: object) -> Service:
    """Return a service with a package of the integration, and no account made yet."""
    made = factories.make_service(factories.make_customer(email=email), **service)
    factories.make_sale(made, factories.make_package(integration))
    return made


def account_of(service: Service, integration: Integration) -> Account:
    db.session.expire_all()
    where = Account.service_id == service.id, Account.integration_id == integration.id
    return db.session.scalars(select(Account).where(*where)).one()


def live(account: Account, login: str, **ids: str) -> None:
    """Make the account as it is once the platform has it."""
    account.units = {"account": {"state": "active"}}
    account.login, account.login_key, account.login_frozen_at = login, login.lower(), utc_now()
    account.remote_ids, account.status, account.due_at = ids, "active", None
    account.applied_generation, account.applied_at = account.generation, utc_now()
    db.session.commit()


def shown(row: dict[str, str]) -> Observed:
    return Observed(row["email"], RemoteState(row["status"]), {"id": row["id"]}, row["external_id"])
