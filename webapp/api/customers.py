"""Customers: people and companies."""

from sqlalchemy import ColumnElement, or_, select

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.customers import CUSTOMER, CUSTOMER_IN, CustomerOut, CustomerPage, CustomerQuery
from webapp.models import Customer
from webapp.services import customers as use
from webapp.services.documents import fold, normalise_document
from webapp.services.inputs import CustomerInput


@bp.get("/customers")
@needs(READ)
@bp.input(CustomerQuery, location="query")
@bp.output(CustomerPage, example={"items": [CUSTOMER], "next_cursor": None})
def list_customers(query_data: CustomerQuery) -> CustomerPage:
    """List or search customers."""
    wanted = select(Customer)
    if query_data.search is not None:
        wanted = wanted.where(_matches(query_data.search))
    if query_data.updated_since is not None:
        wanted = wanted.where(Customer.updated_at >= query_data.updated_since)
    rows, following = page(wanted, Customer.id, query_data)
    return CustomerPage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/customers/<code>")
@needs(READ)
@bp.output(CustomerOut, example=CUSTOMER)
def read_customer(code: str) -> Answer:
    """Read one customer."""
    return tagged(show(use.get_customer(code)))


@bp.put("/customers/<code>")
@needs(WRITE)
@bp.input(CustomerInput, example=CUSTOMER_IN)
@bp.output(CustomerOut, example=CUSTOMER)
@bp.doc(responses={201: "The customer was made."})
def put_customer(code: str, json_data: CustomerInput) -> Answer:
    """Make a customer, or replace what is known of one."""
    check_conditions(lambda: show(use.get_customer(code)))
    row, created = use.upsert_customer(code, json_data)
    if created:
        return tagged(show(row), 201, f"{PREFIX}/customers/{row.code}")
    return tagged(show(row))


def show(row: Customer) -> CustomerOut:
    """Return a customer as it is given out."""
    return CustomerOut(
        id=row.id,
        code=row.code,
        name=row.name,
        document=row.document,
        email=row.email,
        phone=row.phone,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _matches(text: str) -> ColumnElement[bool]:
    same = [Customer.code == text.strip(), Customer.email == text.strip().lower()]
    document = normalise_document(text)
    if document:
        same.append(Customer.document == document)
    return or_(Customer.name_folded.contains(fold(text), autoescape=True), *same)
