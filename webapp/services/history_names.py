"""What the objects of the history are called, and whose they are: one question, whatever is on the page."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, func, literal, null, select, union_all

from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    ApiToken,
    Channel,
    Customer,
    CustomerChannel,
    Integration,
    Operator,
    Orphan,
    Package,
    Plan,
    Product,
    RecipeVersion,
    Run,
    Service,
    ServicePackage,
    Source,
)

Reference = tuple[str, int]


@dataclass(frozen=True)
class Named:
    """One object: its own name, and for what is sold, the customer who has it."""

    kind: str
    id: int
    name: str
    holder: str = ""
    customer_id: int | None = None


def names_of(references: Collection[Reference]) -> Mapping[Reference, Named]:
    """Return what these objects are called; one that is not there any more, or never was, is left out."""
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, row_id in references:
        ids[kind].add(row_id)
    arms = [arm for kind, wanted in ids.items() for arm in _arms(kind, sorted(wanted))]
    rows = db.session.execute(union_all(*arms)).all() if arms else []
    return {(row.kind, row.id): Named(row.kind, row.id, row.name, row.holder, row.customer_id) for row in rows}


def _arms(kind: str, ids: list[int]) -> Iterator[Select[Any]]:
    name = _PLAIN.get(kind)
    if name is not None:
        yield _row(kind, name.class_.id, name).where(name.class_.id.in_(ids))
    elif kind == "run":
        shown = Integration.description + " · " + cast(Run.id, String)
        yield _row(kind, Run.id, shown).join(Run.integration).where(Run.id.in_(ids))
    elif kind == "service":
        yield _held(kind, Service.id, Service.code, select_from=Service).where(Service.id.in_(ids))
    elif kind == "service_package":
        sold = _held(kind, ServicePackage.id, Package.description, select_from=ServicePackage)
        yield sold.join(ServicePackage.package).where(ServicePackage.id.in_(ids))
    elif kind == "account":
        login = func.nullif(Account.login, "")
        shown = case((login.is_(None), Integration.description), else_=Integration.description + " · " + login)
        had = _held(kind, Account.id, shown, select_from=Account)
        yield had.join(Account.integration).where(Account.id.in_(ids))


def _row(kind: str, row_id: Any, name: Any, holder: Any = None, customer_id: Any = None) -> Select[Any]:
    owner: ColumnElement[Any] = cast(null(), Integer) if customer_id is None else customer_id
    return select(
        literal(kind).label("kind"), row_id.label("id"), cast(name, String).label("name"),
        (literal("") if holder is None else holder).label("holder"), owner.label("customer_id"),
    )  # fmt: skip


def _held(kind: str, row_id: Any, name: Any, *, select_from: Any) -> Select[Any]:
    wanted = _row(kind, row_id, name, Customer.name, Customer.id).select_from(select_from)
    if select_from is not Service:
        wanted = wanted.join(select_from.service)
    return wanted.join(Service.customer)


_PLAIN: Mapping[str, Any] = {
    "integration": Integration.description,
    "product": Product.name,
    "package": Package.description,
    "plan": Plan.description,
    "customer": Customer.name,
    "operator": Operator.email,
    "orphan": Orphan.login,
    "token": ApiToken.name,
    "recipe": RecipeVersion.key,
    "source": Source.description,
    "alert": Alert.label,
    "channel": Channel.description,
    "customer_channel": CustomerChannel.description,
}
