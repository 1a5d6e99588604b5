"""People who asked to be erased, in every state that a page can show, and looks at their data."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from tests import factories
from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Erasure, Package, PersonalAccess
from webapp.models.account import PARKED
from webapp.services.privacy import erasing

PLACES = (
    Place("person-data", "/customers/{full_customer_id}/data", "held"),
    Place("person-data-history", "/customers/{full_customer_id}/data?section=history", "held"),
    Place("person-data-readings", "/customers/{full_customer_id}/data?section=readings", "held"),
    Place("person-data-nothing", "/customers/{waiting_person_id}/data?section=alerts", "held"),
    Place("erasure-ask", "/customers/{full_customer_id}/erasure"),
    Place("erasure-refused", "/customers/{full_customer_id}/erasure", data={"reason": "", "code": "x"}, status=422),
    Place("erasure-waiting", "/customers/{waiting_person_id}/erasure"),
    Place("erasure-stuck", "/customers/{stuck_person_id}/erasure"),
    Place("erasure-done", "/customers/{erased_person_id}/erasure"),
    Place("customer-erased", "/customers/{erased_person_id}"),
    Place("privacy", "/privacy", "erasures"),
    Place("privacy-none", "/privacy?status=withdrawn", "erasures"),
    Place("retention", "/privacy/retention"),
    Place("retention-refused", "/privacy/retention", data={"attempts": "1"}, status=422),
    Place("data-map", "/privacy/data-map"),
    Place("accesses", "/privacy/accesses", "accesses"),
    Place("accesses-none", "/privacy/accesses?actor=nobody@example.com", "accesses"),
)  # fmt: skip


def build(package_id: int) -> dict[str, int]:
    """Make them, and return their ids by name."""
    found = {name: _person(package_id) for name in ("waiting_person_id", "stuck_person_id", "erased_person_id")}
    for name, customer_id in found.items():
        services = [one.id for one in erasing.outlook(customer_id).live]
        erasing.request_erasure(customer_id, "Pedido por e-mail", services)
        for account in _accounts(customer_id):
            if name == "stuck_person_id":
                account.status, account.due_at, account.error_code = PARKED, None, "connect_timeout"
                account.error_params = {"host": "nx.example.com", "seconds": 5}
            if name == "erased_person_id":
                account.status, account.due_at, account.applied_generation = "cancelled", None, account.generation
        db.session.commit()
    erasing.advance_all(utc_now())
    done = db.session.query(Erasure).filter_by(customer_id=found["erased_person_id"]).one()
    done.progress = {**done.progress, "back": {"times": 2, "at": utc_now().isoformat(), "source_id": 1}}
    look(found["waiting_person_id"], people=1)
    look(None, people=25)
    db.session.commit()
    return found


def grow(customer_id: int, count: int) -> None:
    """Add so many looks at a person, and so many erasures of others."""
    for _number in range(count):
        look(customer_id, people=1)
        other = factories.make_customer()
        erasing.request_erasure(other.id, "Pedido no balcão")


def look(customer_id: int | None, **values: Any) -> None:
    """Note a look."""
    at = utc_now() - timedelta(hours=1)
    row = {"at": at, "last_at": at, "actor": "admin@example.com", "what": "customers.detail", "address": "192.0.2.7",
           "customer_id": customer_id, "times": 1, **values}  # fmt: skip
    db.session.execute(insert(PersonalAccess).values(row))
    db.session.commit()


def _person(package_id: int) -> int:
    service = factories.make_service()
    factories.make_sale(service, db.session.get_one(Package, package_id))
    return service.customer_id


def _accounts(customer_id: int) -> list[Account]:
    return [one.account for one in erasing.outlook(customer_id).standings]
