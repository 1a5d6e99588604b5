"""What a change would do on each platform, told before it is made. Reads only; asks no platform."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from webapp.decide.desired import Inputs, Sale
from webapp.models import Package, Service, ServicePackage
from webapp.services import preview_inputs as reading
from webapp.services import sale_params
from webapp.services.buyers import traits_of
from webapp.services.changes import get_or_refuse
from webapp.services.preview_effects import PlatformEffect, distinct, effects_of_new_status, effects_on, without
from webapp.services.preview_inputs import Days

__all__ = [
    "PlatformEffect", "effects_of_change", "effects_of_removal", "effects_of_sale", "effects_of_status",
]  # fmt: skip


def effects_of_status(service_id: int, status: str) -> list[PlatformEffect]:
    """Return what a new status of a service does, for every platform that it is on.

    Raises:
        NotFound: no such service; answer 404.
    """
    return effects_of_new_status(reading.load_scene(service_id), status)


def effects_of_sale(
    service_id: int,
    package_id: int,
    params: Mapping[str, str],
    days: Days = (None, None),
    loaded: Service | None = None,
) -> list[PlatformEffect]:
    """Return what selling a package does; empty for a package without a platform.

    Args:
        params: as they would be stored, secrets plain.
        days: first and last day of the right.
        loaded: as in ``preview_inputs.load_scene``; the package is read already, too.

    Raises:
        NotFound: no such service or package; answer 404.
    """
    scene = reading.load_scene(service_id, loaded)
    package = reading.packages_with_products({package_id}).get(package_id) if loaded is None else None
    package = package or get_or_refuse(Package, package_id, "package_unknown")
    known = sale_params.marked(traits_of(package.integration), params)
    sale = reading.new_sale(package, known, days)
    return effects_on(scene, distinct([package.integration]), lambda _id, inputs: _adding(inputs, [sale]))


def effects_of_change(
    sale_id: int, params: Mapping[str, str], days: Days | None = None, loaded: Service | None = None
) -> list[PlatformEffect]:
    """Return what changing a package sold does.

    Args:
        params: as given; a secret that is left out is as it was.
        days: first and last day of the right; None = as they are.
        loaded: as in ``preview_inputs.load_scene``.

    Raises:
        NotFound: no such sale; answer 404.
        VaultError: restore the encryption key.
    """
    row = get_or_refuse(ServicePackage, sale_id, "sale_unknown")
    scene = reading.load_scene(row.service_id, loaded)
    starts_on, ends_on = days or (row.starts_on, row.ends_on)
    after = sale_params.plain_after(row, params)

    def alter(_integration_id: int, inputs: Inputs) -> Inputs:
        sales = (
            replace(sale, params=after, starts_on=starts_on, ends_on=ends_on) if sale.id == sale_id else sale
            for sale in inputs.sales
        )
        return replace(inputs, sales=tuple(sales))

    return effects_on(scene, distinct([row.package.integration]), alter)


def effects_of_removal(sale_id: int, loaded: Service | None = None) -> list[PlatformEffect]:
    """Return what taking a package off does.

    Args:
        loaded: as in ``preview_inputs.load_scene``.

    Raises:
        NotFound: no such sale; answer 404.
    """
    row = get_or_refuse(ServicePackage, sale_id, "sale_unknown")
    scene = reading.load_scene(row.service_id, loaded)
    return effects_on(scene, distinct([row.package.integration]), lambda _id, inputs: without(inputs, {sale_id}))


def _adding(inputs: Inputs, sales: Iterable[Sale]) -> Inputs:
    return replace(inputs, sales=(*inputs.sales, *sales))
