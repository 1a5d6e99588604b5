"""Loads what the verdicts of a customer's services follow from: a handful of questions, whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, exists, func, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from webapp.decide.policy import CUSTOMER_SCOPE, ENDED
from webapp.extensions import db
from webapp.models import (
    Account,
    Entitlement,
    Event,
    Package,
    PackageProduct,
    PlanPackage,
    Run,
    RunItem,
    Service,
    ServicePackage,
    Setting,
    Source,
    SourceLink,
)
from webapp.models.run import FULL, HELD, OPEN
from webapp.services import lookup_marks
from webapp.services.cases import Around, Brought
from webapp.services.errors import NotFound
from webapp.services.pages_sources import Origin
from webapp.services.readings import TRUSTED

SERVICES_SHOWN = 30
_STATUS_ACTIONS = ("service.status", "service.update", "service.create")
_SOURCE = "source:"


@dataclass(frozen=True)
class ServiceRows:
    """Some of a customer's services, in their order.

    Attributes:
        places: number of each among all of them, from 1.
        ended: how many of all ended; ``total``: how many there are.
        after: id behind which the next ones begin; None = these were the last.
    """

    services: Sequence[Service]
    places: dict[int, int]
    around: Around
    total: int = 0
    ended: int = 0
    after: int | None = None


def load_services(customer_id: int, *, ended: bool, after: int = 0, size: int = SERVICES_SHOWN) -> ServiceRows:
    """Return a customer's services with all that hangs on them; those that ended only when asked for."""
    over = case((Service.status.in_(ENDED), 1), else_=0)
    numbered = (
        select(
            Service.id, func.row_number().over(order_by=Service.id).label("place"),
            func.count().over().label("total"), func.sum(over).over().label("over"),
        )
        .where(Service.customer_id == customer_id)
        .subquery()
    )  # fmt: skip
    wanted = _services().add_columns(numbered.c.place, numbered.c.total, numbered.c.over)
    wanted = wanted.join(numbered, numbered.c.id == Service.id).where(Service.id > after)
    wanted = wanted if ended else wanted.where(Service.status.not_in(ENDED))
    rows = db.session.execute(wanted.order_by(Service.id).limit(size + 1)).all()
    shown = rows[:size]
    if not shown:
        return _none(customer_id)
    services = [row[0] for row in shown]
    return ServiceRows(
        services, {row[0].id: row.place for row in shown}, load_around(services, shown), shown[0].total,
        shown[0].over, services[-1].id if len(rows) > size else None,
    )  # fmt: skip


def load_service(service_id: int) -> ServiceRows:
    """Return one service with customer and all that hangs on it.

    Raises:
        NotFound: no such service; answer 404.
    """
    wanted = _services().options(joinedload(Service.customer)).where(Service.id == service_id)
    rows = db.session.execute(wanted).all()
    if not rows:
        raise NotFound("service_unknown", {"id": service_id})
    service = rows[0][0]
    return ServiceRows([service], {service.id: 1}, load_around([service], rows), 1)


def load_around(services: Sequence[Service], rows: Sequence[Any]) -> Around:
    """Return what stands around these services; their packages are loaded, too.

    Args:
        rows: of ``_services``, with since, by and how many packages the plan carries.
    """
    ids = [service.id for service in services]
    filled = _load_packages(services)
    accounts, found = _load_accounts(ids)
    return Around(
        accounts=accounts, brought=load_sources(ids), filled=filled, statuses=_statuses(services),
        since={row[0].id: (row.since, _bare(row.since_by)) for row in rows if row.since is not None},
        carries={row[0].id: row.carries for row in rows}, **found,
    )  # fmt: skip


def around_of(service: Service) -> Around:
    """Return what stands around one service whose plan, packages and their products are loaded already."""
    accounts, found = _load_accounts([service.id])
    filled = frozenset(sale.package_id for sale in service.packages if sale.package.product_links)
    return Around(
        accounts=accounts, brought=load_sources([service.id]), filled=filled, statuses=_statuses([service]),
        carries={service.id: len(service.plan.packages)}, **found,
    )  # fmt: skip


def _services() -> Select[Any]:
    told = (Event.object_type == "service", Event.object_id == Service.id, Event.action.in_(_STATUS_ACTIONS))
    last = select(Event.at).where(*told, Event.after["status"].as_string().is_not(None))
    last = last.order_by(Event.id.desc()).limit(1)
    carried = select(func.count()).where(PlanPackage.plan_id == Service.plan_id)
    return select(
        Service, last.scalar_subquery().label("since"),
        last.with_only_columns(Event.actor).scalar_subquery().label("since_by"),
        carried.scalar_subquery().label("carries"),
    ).options(joinedload(Service.plan))  # fmt: skip


def _none(customer_id: int) -> ServiceRows:
    over = func.count(case((Service.status.in_(ENDED), 1)))
    row = db.session.execute(select(func.count(Service.id), over).where(Service.customer_id == customer_id)).one()
    return ServiceRows([], {}, Around(), row[0], row[1])


def _load_packages(services: Sequence[Service]) -> frozenset[int]:
    """Give each service its packages, and return which of them have a product."""
    filled = exists().where(PackageProduct.package_id == ServicePackage.package_id)
    rows = db.session.execute(
        select(ServicePackage, filled.label("filled"))
        .options(joinedload(ServicePackage.package).joinedload(Package.integration))
        .where(ServicePackage.service_id.in_([service.id for service in services]))
        .order_by(ServicePackage.id)
    ).all()
    sold: dict[int, list[ServicePackage]] = defaultdict(list)
    for row in rows:
        sold[row[0].service_id].append(row[0])
    for service in services:
        set_committed_value(service, "packages", sold.get(service.id, []))
    return frozenset(row[0].package_id for row in rows if row.filled)


def _load_accounts(service_ids: Collection[int]) -> tuple[dict[int, list[Account]], dict[str, Any]]:
    """Return the accounts by service, and what was seen and is to be looked at."""
    # With the accounts and not behind them: there are few, and a page has so many questions and no more.
    rights = joinedload(Account.entitlements)
    run_id, waits = _open_line(RunItem.run_id), _open_line(RunItem.outcome)
    rows = db.session.execute(
        select(Account, run_id.label("run_id"), waits.label("fate"), _read_at().label("read"), _looking().label("look"))
        .options(joinedload(Account.integration), rights.joinedload(Entitlement.product))
        .options(rights.joinedload(Entitlement.service_package).joinedload(ServicePackage.package))
        .where(Account.service_id.in_(service_ids))
        .order_by(Account.id)
    ).unique().all()  # fmt: skip
    accounts: dict[int, list[Account]] = defaultdict(list)
    for row in rows:
        accounts[row[0].service_id].append(row[0])
    return accounts, {
        "runs": {row[0].id: (row.run_id, row.fate == HELD) for row in rows if row.run_id is not None},
        "read": {row[0].integration_id: row.read for row in rows if row.read is not None},
        "looking": frozenset(row[0].id for row in rows if row.look),
    }


def _open_line(column: Any) -> Any:
    """Return a column of the newest difference that is open: on its way, or before a person."""
    mine = (RunItem.account_id == Account.id, RunItem.outcome.in_((HELD, *OPEN)))
    return select(column).where(*mine).order_by(RunItem.id.desc()).limit(1).correlate(Account).scalar_subquery()


def _read_at() -> Any:
    """Return when the last complete reading of the platform that could be trusted began."""
    run = aliased(Run)
    good = (run.reading == FULL, run.complete, run.status.in_(TRUSTED), run.error_code.is_(None))
    newest = select(run.started_at).where(run.integration_id == Account.integration_id, *good)
    return newest.order_by(run.id.desc()).limit(1).correlate(Account).scalar_subquery()


def _looking() -> ColumnElement[bool]:
    name = lookup_marks.PREFIX + cast(Account.integration_id, String) + ":" + cast(Account.id, String)
    return exists().where(Setting.name == name)


def load_sources(service_ids: Collection[int]) -> dict[int, Brought]:
    """Return which source brought these services; one that was made by hand is left out."""
    rows = db.session.execute(
        select(SourceLink.local_id, SourceLink.seen_at, SourceLink.missing_since, Source)
        .join(Source, Source.id == SourceLink.source_id)
        .where(SourceLink.kind == "service", SourceLink.local_id.in_(service_ids))
    ).all()
    return {
        row.local_id: Brought(row[3], Origin(row[3].id, row[3].description, row.seen_at, row.missing_since))
        for row in rows
    }


def _statuses(services: Sequence[Service]) -> dict[str, str]:
    """Return the statuses of all services of the customer by code, where a platform asks for the best of them."""
    sold = (sale.package.integration for service in services for sale in service.packages)
    if not any(one is not None and one.status_scope == CUSTOMER_SCOPE for one in sold):
        return {}
    holder = services[0].customer_id
    rows = db.session.execute(select(Service.code, Service.status).where(Service.customer_id == holder))
    return {row.code: row.status for row in rows}


def _bare(actor: str | None) -> str:
    return (actor or "").removeprefix(_SOURCE)
