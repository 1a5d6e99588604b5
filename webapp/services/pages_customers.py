"""Customers as pages show them: search, and one customer with everything that is sold to them."""

from sqlalchemy import select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import Customer, Service, ServicePackage
from webapp.services.customer_rows import customer_rows
from webapp.services.errors import NotFound
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of


def find_customers(query: str, cursor: str = "", size: int = PAGE_SIZE) -> Page[Customer]:
    """Return customers by name, without a query or by name without marks, document, code or e-mail; uncounted."""
    wanted = customer_rows({"q": query})
    after = decode_cursor(cursor, 2)
    if after is not None:
        wanted = wanted.where(tuple_(Customer.name_folded, Customer.id) > tuple_(*after))
    rows = db.session.scalars(
        wanted.options(selectinload(Customer.services).joinedload(Service.plan))
        .order_by(Customer.name_folded, Customer.id)
        .limit(size + 1)
    ).all()
    return Page(*page_of(rows, size, lambda row: (row.name_folded, row.id)))


def view_service(service_id: int) -> Service:
    """Return a service with customer, plan and packages.

    Raises:
        NotFound: no such service; answer 404.
    """
    service: Service | None = db.session.scalar(
        select(Service)
        .options(
            joinedload(Service.customer),
            joinedload(Service.plan),
            selectinload(Service.packages).joinedload(ServicePackage.package),
        )
        .where(Service.id == service_id)
    )
    if service is None:
        raise NotFound("service_unknown", {"id": service_id})
    return service
