"""IXC Soft: customers page by page, with their contracts and log-ins.

Endpoints and their behaviour: platforms facts 4.2 (IXC's manual and measurements on an instance). Assumed, since
they are known from client code alone: the columns ``ultima_atualizacao``, ``dia_fixo_vencimento``, ``data`` and
``data_cadastro_sistema`` of a contract, and that products of a contract stand in ``vd_contratos_produtos`` with
its ``id_contrato``. IXC has no list of content packages: what is content must be told, by number of product;
without that, content comes with the plan to which a plan there is mapped here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from webapp.sources import wire
from webapp.sources.checking import checked
from webapp.sources.contract import (
    CallbackRequest,
    Changes,
    CheckStep,
    Named,
    PackageRecord,
    ParamSpec,
    ReadPage,
    Record,
    ServiceRef,
    SourceAbility,
    SourceConnection,
    SourceTraits,
)
from webapp.sources.dates import read_cursor
from webapp.sources.ixc_calls import LIMITS, Condition, Listed, if_allowed, list_all, list_page
from webapp.sources.ixc_cities import Cities
from webapp.sources.ixc_records import (
    CONTRACT_WORDS,
    INTERNET_WORDS,
    Around,
    city_code,
    contract_record,
    customer_record,
    product_package,
    status_word,
)
from webapp.sources.values import Row, bare, code, first, same_id, text

KEY = "ixc"
OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(hours=24)
CHANGED_COLUMN = "ultima_atualizacao"
# Contract status A with one of these is what is not paid, or not wanted for a while.
BLOCKED = {"CA": "suspenso_debito", "FA": "suspenso_debito", "CM": "suspenso_pedido_cliente"}
# A contract that was cancelled there is inactive (I); D is one that was given up before it began.
_SAME_WHATEVER = {"P": "aguardando_assinatura_contrato", "I": "cancelado", "D": "cancelado"}
STATUSES = {
    "A/A": "servico_habilitado",
    "A/AA": "aguardando_assinatura_contrato",
    **{f"A/{internet}": status for internet, status in BLOCKED.items()},
    **{f"{word}/{internet}": ours for word, ours in _SAME_WHATEVER.items() for internet in ("", *INTERNET_WORDS)},
}
UNDECIDED = ("A/D", "A/CE", *(f"N/{internet}" for internet in ("", *INTERNET_WORDS)))

_PARAMS = (
    ParamSpec("url", "Address of IXC", "Where you open IXC in the browser.", kind="url", required=True,
              example="https://ixc.yourprovider.com.br"),
    ParamSpec("id_usuario", "Number of the API user", "The number before the colon, where IXC shows token and number."),
    ParamSpec("token", "Token", "Of an IXC user made for the API, with leave to list the tables.", kind="secret",
              required=True),
    ParamSpec("coluna_data", "Column of the last change", "Of the table cliente_contrato; empty = recent changes are "
              "not read.", default=CHANGED_COLUMN),
    ParamSpec("produtos", "Numbers of content products", "Products of a contract that are content, separated by "
              "commas. Empty = content comes with the plan."),
)  # fmt: skip


class IxcSource:
    """Reads IXC Soft. Without state; shared by threads."""

    traits = SourceTraits(
        key=KEY,
        label="IXC Soft",
        help="Customers and contracts from IXC Provedor, through its web service.",
        params=_PARAMS,
        abilities=frozenset(
            {SourceAbility.CHECK, SourceAbility.STATUSES, SourceAbility.FULL, SourceAbility.CHANGES, SourceAbility.FIND}
        ),
        statuses=STATUSES,
        undecided=UNDECIDED,
        limits=LIMITS,
        published="observed",
    )

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        """Read one contract."""
        return checked(connection.params, _PARAMS, lambda: list_page(connection, "cliente_contrato", size=1).response)

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        """Return all words; IXC's are fixed."""
        active = [status_word("A", internet) for internet in INTERNET_WORDS]
        return (*active, *(status_word(status, "") for status in CONTRACT_WORDS if status != "A"))

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        """Read customers by number; with each page the contracts and log-ins of those on it."""
        around = Around(plans=_plans(connection), packages=_products(connection))
        cities = Cities(connection)
        seen: set[str] = set()
        number, came = 0, 0
        while True:
            listed = list_page(connection, "cliente", page=number + 1)
            came += len(listed.rows)
            page = _page(connection, listed, around, cities, number)
            # The sum alone proves the end; an empty or repeated page proves that there is no going on.
            yield replace(page, last=came >= listed.total)
            if came >= listed.total or not listed.rows or page.digest in seen:
                return
            seen.add(page.digest)
            number += 1

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        """Return which contracts changed, and which are blocked now."""
        now = connection.now()
        since = read_cursor(cursor, now, overlap=OVERLAP, first=FIRST_LOOK).astimezone(connection.timezone)
        column = connection.params.get("coluna_data", CHANGED_COLUMN).strip()
        changed = [Condition(column, ">=", f"{since:%Y-%m-%d %H:%M:%S}")]
        rows = list_all(connection, "cliente_contrato", changed) if column else ()
        refs = {code(row.get("id")): code(row.get("id_cliente")) for row in rows}
        found = tuple(ServiceRef(service, customer) for service, customer in refs.items() if service)
        return Changes(found, now.isoformat(), _blocked(connection))

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Look at each again, with customer, log-in and products."""
        plans: dict[str, str] = {}
        cities = Cities(connection)
        for ref in refs:
            plans = plans or _plans(connection)
            yield ref, _found(connection, ref, Around(plans), cities)

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        """IXC tells nothing unasked."""
        return None


def _page(connection: SourceConnection, listed: Listed, around: Around, cities: Cities, number: int) -> ReadPage:
    records = tuple(_records(connection, listed.rows, around, cities, str(number + 1)))
    return ReadPage(
        records, number, wire.record_digest(records), len(listed.rows), listed.total,
        served_at=wire.served_at(listed.response),
    )  # fmt: skip


def _records(
    connection: SourceConnection, customers: list[Row], around: Around, cities: Cities, place: str
) -> Iterator[Record]:
    """Yield the contracts of these customers; a customer without any stands for himself."""
    ids = sorted(int(found) for row in customers if (found := code(row.get("id"))).isdecimal())
    if not ids:
        return
    # Sorted by id, a page is one range of ids: one more list each brings what belongs to all of them.
    of_page = [Condition("id_cliente", ">=", str(ids[0])), Condition("id_cliente", "<=", str(ids[-1]))]
    contracts: dict[str, list[Row]] = {}
    for row in list_all(connection, "cliente_contrato", of_page):
        contracts.setdefault(code(row.get("id_cliente")), []).append(row)
    named = cities.of(city_code(one, own) for one in customers for own in contracts.get(code(one.get("id")), ()))
    logins = _by_contract(if_allowed(list_all(connection, "radusuarios", of_page)))
    around = replace(around, logins=logins, cities=named)
    for customer in customers:
        own = contracts.get(code(customer.get("id")), [])
        for contract in own:
            yield contract_record(connection, customer, contract, around, place)
        if not own:
            yield customer_record(customer, place)


def _by_contract(logins: Iterable[Row]) -> dict[str, Row]:
    """Keep the first log-in of each contract, which is the oldest one."""
    found: dict[str, Row] = {}
    for row in logins:
        found.setdefault(code(row.get("id_contrato")), row)
    return found


def _plans(connection: SourceConnection) -> dict[str, str]:
    """Return the names of plans."""
    rows = if_allowed(list_all(connection, "vd_contratos", ()))
    return {code(row.get("id")): first(row, "nome", "descricao") for row in rows}


def _products(connection: SourceConnection, contract: str = "") -> dict[str, tuple[PackageRecord, ...]] | None:
    """Return content products by contract; None when none are named. Held whole: half of them would end the rest."""
    numbers = [one.strip() for one in connection.params.get("produtos", "").split(",") if one.strip()]
    if not numbers:
        return None
    found: dict[str, tuple[PackageRecord, ...]] = {}
    of_contract = [Condition("id_contrato", "=", contract)] if contract else []
    for number in numbers:
        wanted = [Condition("id_produto", "=", number), *of_contract]
        for row in list_all(connection, "vd_contratos_produtos", wanted):
            # Products of a plan stand in the same table, without a contract.
            if owner := code(row.get("id_contrato")):
                found[owner] = (*found.get(owner, ()), product_package(row))
    return found


def _blocked(connection: SourceConnection) -> frozenset[str]:
    found: set[str] = set()
    for internet in BLOCKED:
        wanted = [Condition("status", "=", "A"), Condition("status_internet", "=", internet)]
        found.update(code(row.get("id")) for row in list_all(connection, "cliente_contrato", wanted))
    return frozenset(found - {""})


def _found(connection: SourceConnection, ref: ServiceRef, around: Around, cities: Cities) -> list[Record]:
    if ref.service_code:
        contracts = _asked(connection, "cliente_contrato", "id", ref.service_code)
    elif ref.customer_code:
        contracts = _asked(connection, "cliente_contrato", "id_cliente", ref.customer_code)
    else:
        # Kept with punctuation, as a rule.
        ways = dict.fromkeys((_punctuated(bare(ref.document)), bare(ref.document)))
        customers = [row for way in ways for row in _asked(connection, "cliente", "cnpj_cpf", way)]
        contracts = [
            row
            for one in customers
            for row in _asked(connection, "cliente_contrato", "id_cliente", text(one.get("id")))
        ]
    return [_looked_at(connection, contract, around, cities) for contract in contracts]


def _looked_at(connection: SourceConnection, contract: Row, around: Around, cities: Cities) -> Record:
    number = text(contract.get("id"))
    owners = _asked(connection, "cliente", "id", text(contract.get("id_cliente")))
    owner = owners[0] if owners else {}
    logins = if_allowed(list_all(connection, "radusuarios", [Condition("id_contrato", "=", number)]))
    named = cities.of([city_code(owner, contract)])
    around = Around(around.plans, _by_contract(logins), _products(connection, number), named)
    return contract_record(connection, owner, contract, around, "")


def _asked(connection: SourceConnection, table: str, column: str, value: str) -> list[Row]:
    """Return the rows with this value.

    Raises:
        ContractBroken: another one came; what IXC shows proves nothing about the one asked for.
    """
    listed = list_page(connection, table, [Condition(column, "=", value)])
    if any(not same_id(bare(text(row.get(column))), bare(value)) for row in listed.rows):
        raise wire.broken("source_other_record", listed.response, name=f"{table}.{column}")
    return listed.rows


def _punctuated(document: str) -> str:
    """Return a document as IXC keeps it."""
    if len(document) == 11:
        return f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    if len(document) == 14:
        return f"{document[:2]}.{document[2:5]}.{document[5:8]}/{document[8:12]}-{document[12:]}"
    return document
