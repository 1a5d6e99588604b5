"""Made-up names and people for the pictures, so that lists look as they do at a small provider."""

import functools
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, cycle
from typing import Any

from sqlalchemy import select, update

from tests import factories
from tests.web import invoice_states, pull_states
from webapp.clock import utc_now
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.demo.people import make_people
from webapp.extensions import db
from webapp.models import Account, Plan, Service, ServicePackage

CUSTOMERS, SEED = 60, 21
STATUSES = cycle(("servico_habilitado",) * 6 + ("suspenso_debito",))
PLATFORMS = ("Clube do Livro", "Cinema em Casa", "Leitura Já", "Canal Rural", "Cursos Online", "Rádio Brasil")
PACKAGES = ("Livros e revistas", "Cinema", "Esportes", "Infantil", "Música", "Cursos", "Séries", "Notícias")
PRODUCTS = ("Plano Família", "Plano Individual", "Plano Casal", "Plano Estudante", "Plano Anual", "Plano Leve")
SOURCES = ("HubSoft da matriz 2", "HubSoft da serra", "ERP do interior", "HubSoft do litoral")
PLANS = ("Fibra 350 Mega", "Fibra 450 Mega", "Fibra 550 Mega", "Fibra 750 Mega", "Fibra 1 Giga", "Rádio 50 Mega")


def name_well() -> None:
    """From now on whatever the factories make bears a name that could be real, the same each time."""
    people = iter(make_people(500, SEED))
    # Read from the clock when its module was, before the clock stood still.
    pull_states.BY_HAND["started_at"] = utc_now()
    _bill_of_last_month()
    _naming("make_customer", lambda: {"name": (one := next(people)).name, "email": one.email, "phone": one.phone})
    for maker, names in (("integration", PLATFORMS), ("package", PACKAGES), ("plan", PLANS), ("source", SOURCES)):
        _naming(f"make_{maker}", functools.partial(_described, "description", _numbered(names)))
    _naming("make_product", functools.partial(_described, "name", _numbered(PRODUCTS)))


def _bill_of_last_month() -> None:
    """The month that was billed must be over, whenever the clock stands still."""
    first = utc_now().replace(day=1, hour=0, minute=0)
    began, ended = first - timedelta(days=90), first - timedelta(days=40)
    vars(invoice_states).update(MONTH=(first - timedelta(days=1)).date().replace(day=1), BEGAN=began, ENDED=ended)


def furnish() -> None:
    """Add customers with services; what they have on platforms works, or is suspended with them."""
    plans = db.session.scalars(select(Plan).where(Plan.active).order_by(Plan.id)).all()
    last = db.session.scalar(select(Service.id).order_by(Service.id.desc()).limit(1)) or 0
    for number in range(CUSTOMERS):
        factories.make_service(plan=plans[number % min(len(plans), 4)], status=next(STATUSES))
    for status, content in (("servico_habilitado", "active"), ("suspenso_debito", "suspended")):
        made = select(Service.id).where(Service.id > last, Service.status == status)
        units = dump_units({ACCOUNT_UNIT: UnitState(content, payload="sent")})
        shown = {"status": content, "desired": content, "observed": content, "units": units, "due_at": None}
        rows = update(Account).where(Account.service_id.in_(made))
        db.session.execute(rows.values(observed_at=utc_now(), applied_generation=Account.generation, **shown))
    _sold_over_time()
    db.session.commit()


def _sold_over_time() -> None:
    """Not everything was sold this morning."""
    for sale in db.session.scalars(select(ServicePackage)):
        sale.created_at = utc_now() - timedelta(days=sale.id * 37 % 330, hours=1)


def _naming(maker: str, names: Callable[[], dict[str, str]]) -> None:
    make = getattr(factories, maker)

    @functools.wraps(make)
    def named(*positional: Any, **overrides: Any) -> Any:
        return make(*positional, **{**names(), **overrides})

    setattr(factories, maker, named)


def _described(field: str, names: Iterator[str]) -> dict[str, str]:
    return {field: next(names)}


def _numbered(names: tuple[str, ...]) -> Iterator[str]:
    """Yield the names, then the names again with a number: most may stand only once."""
    yield from names
    for number in count(2):
        yield from (f"{name} {number}" for name in names)
