"""Packages sold on one service: added, changed, taken off."""

from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.params import frozen_flaws, is_secret
from webapp.decide.policy import ENDED
from webapp.decide.sales import may_be_sold
from webapp.extensions import db
from webapp.models import Package, Service, ServicePackage
from webapp.services import accounts, audit
from webapp.services.buyers import Wanted, buyer_of, frozen_account, live_sales, traits_of
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.errors import NotFound, Problem
from webapp.services.inputs import SaleChange, SaleInput
from webapp.services.plan_sales import NewSale, date_problems, links_of, new_row, single_package_problems
from webapp.services.sale_checks import sale_problems

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


def sale_choices(service_code: str) -> list[Package]:
    """Return the packages that may be added to a service now, by description.

    Those that it holds are left out, and with Travar Pacotes all that its plan does not carry.

    Raises:
        NotFound: no such service.
    """
    service = get_service(service_code)
    held = {sale.package_id for sale in live_sales(service)}
    carried = {link.package_id for link in service.plan.packages}
    packages = db.session.scalars(select(Package).where(Package.active).order_by(Package.description, Package.id))
    return [
        package
        for package in packages
        if package.id not in held and may_be_sold(package.id, carried, locked=service.plan.lock_packages)
    ]


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
    refuse_if(_add_problems(service, package) + date_problems(data))
    new = NewSale(package, data.params, data=data)
    held = [Wanted(sale.package, sale.params, judged=False) for sale in live_sales(service)]
    refuse_if(sale_problems(buyer_of(service), [*held, new]))
    row = new_row(new)
    service.packages.append(row)
    db.session.flush()
    after = {"service": service.code, **_seen(row)}
    audit.record("sale.create", "service_package", row.id, package.description, after=after)
    return row


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
    values = {
        name: value
        for name in (*FIELDS, "params")
        if (value := getattr(data, name)) is not None or (name in DATES and name in data.model_fields_set)
    }
    refuse_if(_change_problems(sale, values))
    before = _seen(sale)
    if assign(sale, values):
        after = _seen(sale)
        audit.record("sale.update", "service_package", sale.id, sale.package.description, before=before, after=after)
        accounts.mark_services([sale.service_id])
    commit()
    return sale


def remove_sale(sale_id: int, reason: str = "") -> ServicePackage:
    """Take a package off a service, and commit; a second time changes nothing.

    A mandatory package can be taken off too: it is mandatory only while the service is added.

    Raises:
        NotFound: no such sale.
    """
    sale = get_sale(sale_id)
    if sale.removed_at is None:
        sale.removed_at = utc_now()
        before = {"service": sale.service.code, **_seen(sale)}
        audit.record("sale.remove", "service_package", sale.id, sale.package.description, before=before, reason=reason)
        accounts.mark_services([sale.service_id], accounts.NEGATIVE)
    commit()
    return sale


def _add_problems(service: Service, package: Package) -> list[Problem]:
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


def _change_problems(sale: ServicePackage, values: dict[str, Any]) -> list[Problem]:
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
        for sale in live_sales(changed.service)
    ]


def _seen(sale: ServicePackage) -> dict[str, Any]:
    traits = traits_of(sale.package.integration)
    params = {
        name: audit.MASK if traits is not None and is_secret(traits, name) else value
        for name, value in sale.params.items()
    }
    return {**snapshot(sale, FIELDS), "params": params}
