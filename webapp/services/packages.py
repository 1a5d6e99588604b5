"""Packages: what the provider sells, their composition and their products."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from webapp.decide.dici import NOT_DECLARED, unknown_words
from webapp.decide.params import nearest
from webapp.decide.sales import composition_gap
from webapp.extensions import db
from webapp.models import Integration, Package, PackageComposition, PackageProduct, Product, ServicePackage
from webapp.services import accounts, audit
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot, touch
from webapp.services.errors import Problem
from webapp.services.inputs import DiciInput, PackageInput

FIELDS = ("description", "code", "value", "integration_id", "dici_type", "dici", "accountant_note", "active")


def get_package(package_id: int) -> Package:
    """Return a package.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Package, package_id, "package_unknown")


def create_package(data: PackageInput) -> Package:
    """Make a package and commit.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    products, problems = _judge(data, None)
    refuse_if(problems)
    package = Package(**_values(data))
    db.session.add(package)
    db.session.flush()
    _write_parts(package, data, products)
    audit.record("package.create", "package", package.id, package.description, after=_seen(package))
    commit()
    return package


def update_package(package_id: int, data: PackageInput, version: int | None = None) -> Package:
    """Change a package and commit; equal data change nothing. Who holds it gets its new products.

    Raises:
        NotFound: no such package.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """
    package = get_package(package_id)
    check_version(package, version)
    products, problems = _judge(data, package)
    refuse_if(problems)
    before = _seen(package)
    _write(package, data, products)
    after = _seen(package)
    if before != after:
        audit.record("package.update", "package", package.id, package.description, before=before, after=after)
    if before["products"] != after["products"]:
        accounts.mark_package(package.id)
    commit()
    return package


def set_package_active(package_id: int, active: bool, reason: str = "") -> Package:
    """Offer a package or not, and commit; who holds it keeps it.

    Raises:
        NotFound: no such package.
    """
    package = get_package(package_id)
    turn_package(package, active, reason)
    commit()
    return package


def turn_package(package: Package, active: bool, reason: str = "") -> None:
    """Like ``set_package_active``, in the caller's transaction; the caller commits."""
    if package.active == active:
        return
    package.active = active
    action = "package.activate" if active else "package.deactivate"
    before, after = {"active": not active}, {"active": active}
    audit.record(action, "package", package.id, package.description, before=before, after=after, reason=reason)


def _judge(data: PackageInput, package: Package | None) -> tuple[list[Product], list[Problem]]:
    problems = _composition_problems(data) + _code_problems(data.code, package) + _dici_problems(data.dici)
    if data.integration_id is None:
        if data.product_codes:
            problems.append(Problem("product_codes", "products_without_integration"))
        return [], problems + _sold_problems(data, package)
    integration = db.session.get(Integration, data.integration_id)
    if integration is None:
        problems.append(Problem("integration_id", "integration_id_unknown", {"id": data.integration_id}))
        return [], problems
    products, found = _products(integration, data, package)
    return products, problems + found + _sold_problems(data, package)


def _composition_problems(data: PackageInput) -> list[Problem]:
    gap = composition_gap(data.value, [part.value for part in data.composition])
    if not gap:
        return []
    total = data.value + gap
    params = {"value": f"{data.value:.2f}", "total": f"{total:.2f}", "gap": f"{abs(gap):.2f}"}
    return [Problem("composition", "composition_above" if gap > 0 else "composition_below", params)]


def _dici_problems(dici: DiciInput) -> list[Problem]:
    return [
        Problem(
            f"dici.{word.field}",
            f"dici_{word.field}_unknown",
            {"value": word.value, "allowed": ", ".join(word.allowed)},
        )
        for word in unknown_words(dici.type, dici.medium, dici.product_kind)
    ]


def _code_problems(code: str | None, package: Package | None) -> list[Problem]:
    if code is None:
        return []
    own_id = package.id if package else 0
    other = db.session.scalar(select(Package).where(Package.code == code, Package.id != own_id))
    if other is None:
        return []
    return [Problem("code", "package_code_taken", {"code": code, "package": other.description})]


def _products(
    integration: Integration, data: PackageInput, package: Package | None
) -> tuple[list[Product], list[Problem]]:
    codes = list(dict.fromkeys(code.strip() for code in data.product_codes))
    known = {product.code: product for product in integration.products}
    held = {product.id for product in package.products} if package else set()
    problems = []
    for index, code in enumerate(codes):
        problems += _product_problems(known, code, f"product_codes.{index}", held, integration)
    if not codes:
        params = {"integration": integration.description}
        problems.append(Problem("product_codes", "package_without_products", params))
    if integration.single_package and len(codes) > 1:
        params = {"integration": integration.description, "count": str(len(codes))}
        problems.append(Problem("product_codes", "single_package_product", params))
    return [known[code] for code in codes if code in known], problems


def _product_problems(
    known: dict[str, Product], code: str, field: str, held: set[int], integration: Integration
) -> list[Problem]:
    params = {"code": code, "integration": integration.description}
    product = known.get(code)
    if product is None:
        meant = nearest(code, known)
        if meant:
            return [Problem(field, "product_code_near", {**params, "meant": meant})]
        return [Problem(field, "product_code_unknown", params)]
    if product.id in held:
        return []
    if product.missing_since is not None:
        return [Problem(field, "product_missing", params)]
    return [] if product.active else [Problem(field, "product_inactive", params)]


def _sold_problems(data: PackageInput, package: Package | None) -> list[Problem]:
    """Who holds a package has an account on its integration: another one needs another package."""
    if package is None or package.integration_id == data.integration_id:
        return []
    sold = select(ServicePackage.id).where(ServicePackage.package_id == package.id).limit(1)
    if db.session.scalar(sold) is None:
        return []
    return [Problem("integration_id", "package_integration_sold", {"package": package.description})]


def _values(data: PackageInput) -> dict[str, Any]:
    dici = data.dici.model_dump(mode="json", exclude={"type"})
    return {
        "description": data.description,
        "code": data.code,
        "value": data.value.quantize(Decimal("0.01")),
        "integration_id": data.integration_id,
        "active": data.active,
        "dici_type": data.dici.type,
        "dici": {} if data.dici.type == NOT_DECLARED else {name: value for name, value in dici.items() if value},
        "accountant_note": data.accountant_note,
    }


def _write(package: Package, data: PackageInput, products: list[Product]) -> None:
    values = _values(data)
    if package.integration_id != values["integration_id"]:
        # The links carry the integration in their keys: they go before it changes.
        package.product_links.clear()
        db.session.flush()
    assign(package, values)
    if _write_parts(package, data, products):
        touch(package)


def _write_parts(package: Package, data: PackageInput, products: list[Product]) -> bool:
    parts = [(part.description, part.kind, part.value.quantize(Decimal("0.01"))) for part in data.composition]
    changed = parts != [(row.description, row.kind, row.value) for row in package.composition]
    if changed:
        package.composition = [
            PackageComposition(description=description, kind=kind, value=value) for description, kind, value in parts
        ]
    wanted = {product.id: product for product in products}
    have = {link.product_id: link for link in package.product_links}
    for product_id in have.keys() - wanted.keys():
        package.product_links.remove(have[product_id])
    for product_id in sorted(wanted.keys() - have.keys()):
        package.product_links.append(
            PackageProduct(product=wanted[product_id], product_id=product_id, integration_id=package.integration_id)
        )
    db.session.flush()
    return changed or wanted.keys() != have.keys()


def _seen(package: Package) -> dict[str, Any]:
    composition = [f"{part.description} ({part.kind}) {part.value:.2f}" for part in package.composition]
    products = sorted(product.code for product in package.products)
    return {**snapshot(package, FIELDS), "composition": composition, "products": products}
