"""A platform with three people and its invoice of a month that is over, with something wrong on it."""

from datetime import UTC, datetime
from decimal import Decimal

from tests import factories
from tests.web.place import Place
from webapp.extensions import db
from webapp.models import Account, BillingTerms, Integration, Invoice, InvoiceLine, Product, ProductCost, Seat
from webapp.services.invoices import checking, uploading

MONTH = datetime(2026, 9, 1, tzinfo=UTC).date()
BEGAN, ENDED = datetime(2026, 7, 3, tzinfo=UTC), datetime(2026, 8, 20, 15, 4, 5, tzinfo=UTC)
COLUMNS = {"login": "Login", "product": "Produto", "value": "Valor"}
# In a database without any other invoice; who makes pictures wants to know them before there are any.
IDS = {"invoice_id": 1, "waiting_invoice_id": 2, "closed_invoice_id": 3, "line_id": 2}
PLACES = (
    Place("invoices", "/invoices", "invoices-table"),
    Place("invoices-of-one", "/invoices?integration=1", "invoices-table"),
    Place("invoice-new", "/invoices/new", "invoice-form"),
    Place("invoice-new-refused", "/invoices/new", status=422, data={"integration_id": "", "month": ""}),
    Place("invoice-columns", "/invoices/{waiting_invoice_id}/columns", "columns-form"),
    Place("invoice-columns-refused", "/invoices/{waiting_invoice_id}/columns", status=422, data={"column-0": "login"}),
    Place("invoice", "/invoices/{invoice_id}", "invoice-lines"),
    Place("invoice-cancelled", "/invoices/{invoice_id}?verdict=cancelled", "invoice-lines"),
    Place("invoice-none", "/invoices/{invoice_id}?q=nothing-like-it", "invoice-lines"),
    Place("invoice-closed", "/invoices/{closed_invoice_id}", "invoice-lines"),
    Place("invoice-line", "/invoices/{invoice_id}/lines/{line_id}", "invoice-line"),
)
HEAD = "Login;Produto;Valor"
LINES = (
    "ana@casa.example.com;full;19,90",
    "bia@casa.example.com;full;19,90",
    "caio@casa.example.com;full;21,90",
    "estranho@example.com;full;19,90",
    "ana@casa.example.com;full;19,90",
)
PROOF = {
    "attempt_id": 7, "request_id": "req-bia", "http_status": 200, "outcome": "ok",
    "answer": '{"ok": true}',
}  # fmt: skip


def text(*lines: str) -> bytes:
    """Return a file of these lines."""
    return "\r\n".join([HEAD, *(lines or LINES)]).encode()


def platform() -> Integration:
    """Make it: Ana and Caio watch, Bia ended in August; Davi watches and no line bills him."""
    integration = factories.make_integration(description="Play de mentira")
    product = factories.make_product(integration, code="full", name="Completo")
    db.session.add(ProductCost(product_id=product.id, from_on=MONTH.replace(month=1), value=Decimal("19.90")))
    db.session.add(BillingTerms(integration_id=integration.id))
    for name in ("ana", "bia", "caio", "davi"):
        seat(integration, product, f"{name}@casa.example.com", ended=name == "bia")
    db.session.commit()
    return integration


def seat(integration: Integration, product: Product, login: str, *, ended: bool = False) -> Account:
    """Give somebody a seat since July, which may have ended in August."""
    customer = factories.make_customer(name=login.partition("@")[0].title(), email=login)
    package = factories.make_package(integration)
    sale = factories.make_sale(factories.make_service(customer), package)
    account = db.session.query(Account).filter_by(service_id=sale.service_id, integration_id=integration.id).first()
    if account is None:
        account = Account(integration_id=integration.id, service_id=sale.service_id)
        db.session.add(account)
    account.login, account.login_key = login, login
    db.session.flush()
    over = {"ended_at": ENDED, "ended_by": "removed", "proof": {**PROOF, "at": ENDED.isoformat()}}
    db.session.add(
        Seat(integration_id=integration.id, account_id=account.id, service_package_id=sale.id, product_id=product.id,
             state="active", began_at=BEGAN, began_by="sold", **(over if ended else {}))
    )  # fmt: skip
    db.session.flush()
    return account


def uploaded(integration: Integration, *lines: str) -> Invoice:
    """Upload an invoice of these lines; nothing is chosen yet."""
    return uploading.upload(integration.id, MONTH, "fatura.csv", text(*lines))


def checked(integration: Integration, *lines: str) -> Invoice:
    """Upload one and check it."""
    return checking.check(uploaded(integration, *lines).id, COLUMNS)


def build() -> None:
    """Make an invoice in each of its states."""
    integration = platform()
    strange = checked(integration, *LINES, "davi@casa.example.com;Pacote Ouro;19,90")
    waiting = uploaded(integration, "ana@casa.example.com;full;1,00")
    closed = uploading.close(checked(integration, "caio@casa.example.com;full;19,90").id)
    found = strange.id, waiting.id, closed.id
    assert found == (IDS["invoice_id"], IDS["waiting_invoice_id"], IDS["closed_invoice_id"])
    assert db.session.get_one(InvoiceLine, IDS["line_id"]).verdict == "cancelled"
