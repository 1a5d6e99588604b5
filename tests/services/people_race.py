"""What two people do at the same moment: take each other's role away, open the same link."""

import threading
from collections.abc import Callable

from apiflask import APIFlask

from tests.fixtures.people import PASSWORD
from webapp.extensions import db
from webapp.models import Operator
from webapp.services import audit, invitations, operators
from webapp.services.errors import ServiceError
from webapp.services.operators import create_operator

ANA, BIA = "ana@example.com", "bia@example.com"


def race(app: APIFlask, act: Callable[[int], object]) -> list[str]:
    """Let Ana and Bia, the only administrators, do the same to each other; return how it ended for each."""
    ids = {email: _id(create_operator(email, PASSWORD, "admin")) for email in (ANA, BIA)}
    # Whoever brings a role first would keep the other one waiting, and hide what is missing.
    create_operator("caio@example.com", PASSWORD, "viewer")
    return _at_once(app, {ANA: lambda: act(ids[BIA]), BIA: lambda: act(ids[ANA])})


def accept_twice(app: APIFlask) -> list[str]:
    """Let two browsers use the same invitation; return how it ended for each."""
    _row, token = invitations.invite(BIA, "viewer")
    return _at_once(app, {name: lambda: invitations.accept(token, PASSWORD) for name in ("one", "two")})


def _at_once(app: APIFlask, acts: dict[str, Callable[[], object]]) -> list[str]:
    db.session.commit()
    start, ended = threading.Barrier(len(acts)), {}

    def work(me: str, act: Callable[[], object]) -> None:
        with app.app_context(), audit.acting_as(me):
            start.wait(timeout=10)
            try:
                act()
                ended[me] = "done"
            except ServiceError as error:
                ended[me] = error.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=pair) for pair in acts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    db.session.rollback()
    return sorted(ended.values())


def active_admins() -> int:
    """Return how many administrators may sign in."""
    return sum(operator.active and operators.role_of(operator) == "admin" for operator in db.session.query(Operator))


def _id(operator: Operator) -> int:
    return int(str(operator.id))
