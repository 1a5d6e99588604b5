"""Which row of ours a record of a source is: noted when it is made, found or taken over."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import and_, delete, insert, or_

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import SourceLink
from webapp.services.intake.folding import Done
from webapp.services.intake.rows import external_of_customer, external_of_service
from webapp.services.intake.stock import CUSTOMER, SALE, SERVICE, Stock

_LINK = SourceLink.__table__
Wish = tuple[str, str, int]


def write_links(stock: Stock, done: Sequence[Done], real: Callable[[int], int]) -> None:
    """Write the links of a batch, in the caller's transaction; nothing where all are so already."""
    wishes = {(kind, local_id): external for row in done for kind, external, local_id in _wishes(stock, row)}
    # One name of the source is one row of ours.
    single = {(kind, external): local_id for (kind, local_id), external in wishes.items()}
    fresh = [
        (kind, external, local_id)
        for (kind, external), local_id in single.items()
        if stock.owner(kind, local_id) != (stock.source_id, external)
    ]
    if fresh:
        _clear(stock, fresh)
        db.session.execute(insert(_LINK), [_row(stock, kind, name, real(local_id)) for kind, name, local_id in fresh])


def _wishes(stock: Stock, row: Done) -> Iterator[Wish]:
    wanted = row.judged.effective
    if row.customer_id is not None and row.judged.links_customer:
        yield CUSTOMER, external_of_customer(wanted), row.customer_id
    if row.service_id is None or wanted.service is None:
        return
    yield SERVICE, external_of_service(wanted.service), row.service_id
    sold = {sale.package_id: sale.sale_id for sale in stock.services[row.service_id].packages}
    for package in reversed(wanted.service.packages or ()):
        if package.external and package.package_id in sold:
            yield SALE, package.external, sold[package.package_id]


def _clear(stock: Stock, fresh: Sequence[Wish]) -> None:
    """Take away what stands in the way: another row of that name, another source's link to that row."""
    known = [(kind, name) for kind, name, _ in fresh if (kind, name) in stock.by_link]
    taken = [(kind, local_id) for kind, _, local_id in fresh if (kind, local_id) in stock.owners]
    conditions = [
        and_(_LINK.c.source_id == stock.source_id, _LINK.c.kind == kind,
             _LINK.c.external.in_([name for of, name in known if of == kind]))
        for kind in {kind for kind, _ in known}
    ]  # fmt: skip
    conditions += [
        and_(_LINK.c.kind == kind, _LINK.c.local_id.in_([one for of, one in taken if of == kind]))
        for kind in {kind for kind, _ in taken}
    ]
    if conditions:
        db.session.execute(delete(_LINK).where(or_(*conditions)))


def _row(stock: Stock, kind: str, external: str, local_id: int) -> dict[str, Any]:
    return {
        "source_id": stock.source_id, "kind": kind, "external": external, "local_id": local_id, "seen_at": utc_now(),
        "missing_since": None,
    }  # fmt: skip
