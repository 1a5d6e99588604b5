"""Packages sold on one service: added, changed, taken off."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from webapp.clock import utc_now
from webapp.decide.params import frozen_flaws
from webapp.decide.policy import ENDED
from webapp.decide.sales import may_be_sold
from webapp.extensions import db
from webapp.models import Event, Package, Service, ServicePackage
from webapp.services import accounts, audit, sale_params
from webapp.services.buyers import Wanted, buyer_of, frozen_account, live_sales, taken_problems, traits_of
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.errors import NotFound, Problem
from webapp.services.inputs import SaleChange, SaleInput
from webapp.services.plan_sales import NewSale, date_problems, links_of, new_row, single_package_problems
from webapp.services.sale_checks import Frozen, Taken, sale_problems

DATES = ("starts_on", "ends_on")
FIELDS = ("value", "description", *DATES)


def find_service(code: str) -> Service | None:
    """Return the service of that code, or None."""
    return db.session.scalar(select(Service).where(Service.code == code.strip()))


def get_service(code: str) -> Service:
    """Return the service of that code.

    Raises:
        NotFound: answer 404.
    """
    service = find_service(code)
    if service is None:
        raise NotFound("service_unknown", {"code": code})
    return service


def get_sale(sale_id: int) -> ServicePackage:
    """Return a package sold, also one that was taken off.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(ServicePackage, sale_id, "sale_unknown")


def add_sale(service_code: str, data: SaleInput) -> ServicePackage:
    """Sell a package on a service, and commit; its account follows by itself.

    Raises:
        NotFound: no such service.
        Invalid: show every problem beside its field; nothing was sold.
    """
    service = get_service(service_code)
    sale = put_on(service, data)
    accounts.mark_services([service.id])
    commit()
    return sale


def put_on(service: Service, data: SaleInput) -> ServicePackage:
    """Like ``add_sale``, in the caller's transaction; the caller marks the service and commits.

    Raises:
        Invalid: show every problem beside its field; nothing was sold.
    """
    package = db.session.get(Package, data.package_id)
    if package is None:
        refuse_if([Problem("package_id", "package_id_unknown", {"id": data.package_id})])
    assert package is not None
    refuse_if(add_problems(service, package, data))
    row = hang_on(service, package, data)
    db.session.flush()
    audit.record(*_created(row), after=_told(row))
    return row


def hang_on(service: Service, package: Package, data: SaleInput) -> ServicePackage:
    """Sell a package of which ``add_problems`` has just said nothing; the caller flushes, notes, marks and commits."""
    row = new_row(NewSale(package, data.params, data=data))
    service.packages.append(row)
    return row


def note_sales(rows: Sequence[ServicePackage]) -> None:
    """Note sales that ``hang_on`` made in the history, all at once, in the caller's transaction; they have ids."""
    if rows:
        db.session.execute(insert(Event), [audit.entry(*_created(row), after=_told(row)) for row in rows])


def add_problems(
    service: Service, package: Package, data: SaleInput, taken: Taken = taken_problems, frozen: Frozen = frozen_account
) -> list[Problem]:
    """Return everything that keeps this package from being sold so; empty when it can be.

    Args:
        taken, frozen: see ``sale_checks.sale_problems``.
    """
    problems = hindrances(service, package) + date_problems(data)
    if problems:
        return problems
    held = [Wanted(sale.package, sale.params, judged=False) for sale in _beside(service, package)]
    return sale_problems(buyer_of(service), [*held, NewSale(package, data.params, data=data)], taken, frozen)


def hindrances(service: Service, package: Package) -> list[Problem]:
    """Return why a package may not be added to a service, whatever is said about it."""
    params = {"package": package.description, "plan": service.plan.description, "service": service.code}
    if service.status in ENDED:
        return [Problem("", "service_ended", params)]
    if not package.active:
        return [Problem("package_id", "package_inactive", params)]
    held = [sale.package for sale in live_sales(service)]
    if package in held:
        return [Problem("package_id", "package_held", params)]
    carried = [link.package_id for link in links_of(service.plan)]
    if not may_be_sold(package.id, carried, locked=service.plan.lock_packages):
        return [Problem("package_id", "package_locked_out", params)]
    return single_package_problems([*held, package], "package_id")


def update_sale(sale_id: int, data: SaleChange, version: int | None = None) -> ServicePackage:
    """Change a sale's value, description, params or dates, and commit; equal data change nothing.

    Raises:
        NotFound: no such sale, or it was taken off.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """
    sale = get_sale(sale_id)
    if sale.removed_at is not None:
        raise NotFound("sale_removed", {"id": sale_id})
    check_version(sale, version)
    values = _values(sale, data)
    refuse_if(change_problems(sale, data))
    before = _seen(sale)
    params = dict(sale.params)
    if assign(sale, values):
        after = _seen(sale, params)
        audit.record("sale.update", "service_package", sale.id, sale.package.description, before=before, after=after)
        accounts.mark_services([sale.service_id])
    commit()
    return sale


def change_problems(sale: ServicePackage, data: SaleChange) -> list[Problem]:
    """Return everything that keeps a sale from being changed so; empty when it can be."""
    values = _values(sale, data)
    dates = SaleInput(
        package_id=sale.package_id,
        starts_on=values.get("starts_on", sale.starts_on),
        ends_on=values.get("ends_on", sale.ends_on),
    )
    problems = date_problems(dates)
    params = values.get("params", sale.params)
    if params != sale.params:
        problems += _frozen_problems(sale, params) or sale_problems(buyer_of(sale.service), _with(sale, params))
    return problems


def remove_sale(sale_id: int, reason: str = "") -> ServicePackage:
    """Take a package off a service, and commit; a second time changes nothing.

    A mandatory package can be taken off too: it is mandatory only while the service is added.

    Raises:
        NotFound: no such sale.
    """
    sale = get_sale(sale_id)
    if sale.removed_at is None:
        take_off(sale, reason)
        accounts.mark_services([sale.service_id], accounts.NEGATIVE)
    commit()
    return sale


def take_off(sale: ServicePackage, reason: str = "") -> None:
    """Like ``remove_sale``, in the caller's transaction; the caller marks the service and commits."""
    sale.removed_at = utc_now()
    audit.record("sale.remove", "service_package", sale.id, sale.package.description, before=_told(sale), reason=reason)


def put_back(sale: ServicePackage, reason: str = "") -> None:
    """Undo ``take_off``, in the caller's transaction; the caller marks the service and commits.

    Raises:
        Invalid: the package cannot be held any more as it was; show every problem, nothing was changed.
    """
    data = SaleInput(package_id=sale.package_id, starts_on=sale.starts_on, ends_on=sale.ends_on)
    refuse_if(add_problems(sale.service, sale.package, data))
    sale.removed_at = None
    audit.record(*_created(sale), after=_told(sale), reason=reason)


def _values(sale: ServicePackage, data: SaleChange) -> dict[str, Any]:
    """Return what a change sets: what was left out stays, a date that was emptied goes."""
    values = {
        name: value
        for name in (*FIELDS, "params")
        if (value := getattr(data, name)) is not None or (name in DATES and name in data.model_fields_set)
    }
    return values if data.params is None else {**values, "params": sale_params.merged(sale, data.params)}


def _frozen_problems(sale: ServicePackage, params: dict[str, str]) -> list[Problem]:
    traits = traits_of(sale.package.integration)
    account = frozen_account(sale.service_id, sale.package.integration_id or 0)
    if traits is None or account is None:
        return []
    # The log-in that was sent says the same as a param that was left to it.
    old = {"email": account.login, **{name: value for name, value in sale.params.items() if value.strip()}}
    new = {"email": account.login, **{name: value for name, value in params.items() if value.strip()}}
    return [Problem(f"params.{flaw.field}", flaw.code, flaw.params) for flaw in frozen_flaws(traits, old, new)]


def _with(changed: ServicePackage, params: dict[str, str]) -> list[Wanted]:
    return [
        Wanted(sale.package, params) if sale is changed else Wanted(sale.package, sale.params, judged=False)
        for sale in _beside(changed.service, changed.package)
    ]


def _beside(service: Service, package: Package) -> list[ServicePackage]:
    """Return what the service holds of the same platform: what another one demands is no matter of this sale."""
    return [sale for sale in live_sales(service) if sale.package.integration_id == package.integration_id]


def _created(sale: ServicePackage) -> tuple[str, str, int, str]:
    return "sale.create", "service_package", sale.id, sale.package.description


def _told(sale: ServicePackage) -> dict[str, Any]:
    return {"service": sale.service.code, **_seen(sale)}


def _seen(sale: ServicePackage, before: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a sale as the history keeps it; ``before``: former params, so that a new secret is seen as such."""
    traits = traits_of(sale.package.integration)
    return {**snapshot(sale, FIELDS), "params": sale_params.history(sale.params, traits, before)}
