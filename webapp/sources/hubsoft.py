"""HubSoft: customers with services and packages, and two cheap ways to see what changed.

Endpoints and their behaviour: platforms facts 4.1 (public API documents of HubSoft, 2024-03 and 2026-07).
Known by client code alone: ``busca=id_cliente_servico`` and ``relacoes`` of the look-up.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from webapp.gateways.errors import Unavailable
from webapp.gateways.http import HttpResponse
from webapp.sources import wire
from webapp.sources.checking import checked
from webapp.sources.contract import (
    CallbackRequest,
    Changes,
    CheckStep,
    Named,
    ParamSpec,
    ReadPage,
    Record,
    ServiceRef,
    SourceAbility,
    SourceConnection,
    SourceTraits,
)
from webapp.sources.dates import read_cursor, read_moment
from webapp.sources.hubsoft_calls import LIMITS, found_none, get, log_in
from webapp.sources.hubsoft_records import customer_code, records_of, service_code
from webapp.sources.values import Row, bare, named, same_id, text, whole

KEY = "hubsoft"
NOT_PAYING = ("suspenso_debito", "suspenso_parcialmente", "suspenso_pedido_cliente")
WAITING = (
    "agendado_para_instalacao",
    "aguardando_assinatura_contrato",
    "aguardando_configuracao",
    "aguardando_instalacao",
    "aguardando_liberacao_ti",
    "aguardando_migracao",
)
STATUSES = ("servico_habilitado", "franquia_excedida", *NOT_PAYING, *WAITING, "cancelado", "inativo")
OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(hours=24)
FOUND_LIMIT = 100

WHERE = "HubSoft: Configuração > Integração > API."

_PARAMS = (
    ParamSpec(
        "url",
        "API address",
        "Of your own HubSoft; it begins with api.",
        kind="url",
        required=True,
        example="https://api.yourprovider.hubsoft.com.br",
    ),
    ParamSpec("client_id", "Client ID", "Of the access that you made for this hub.", required=True, where=WHERE),
    ParamSpec("client_secret", "Client secret", kind="secret", required=True, where=WHERE),
    ParamSpec(
        "username", "API user", "E-mail of a HubSoft user made for the API.", required=True, example="api@example.com"
    ),
    ParamSpec("password", "Password of the API user", kind="secret", required=True),
    ParamSpec(
        "possui_pacote",
        "Which customers",
        "Customers with packages alone are much less to read, where all content is sold as packages of HubSoft.",
        kind="choice",
        default="todos",
        choices=("todos", "sim"),
        choice_labels=("Everybody", "Only those with packages"),
    ),
    ParamSpec(
        "cidade",
        "City of the services",
        "For the reports by city. HubSoft takes longer to answer when addresses are asked for.",
        kind="choice",
        default="nao",
        choices=("nao", "sim"),
        choice_labels=("Do not read it", "Read it"),
    ),
)


class HubSoftSource:
    """Reads HubSoft. Without state; shared by threads."""

    traits = SourceTraits(
        key=KEY,
        label="HubSoft",
        help="Customers, services and packages from HubSoft, through its integration API.",
        params=_PARAMS,
        abilities=frozenset(
            {SourceAbility.CHECK, SourceAbility.STATUSES, SourceAbility.FULL, SourceAbility.CHANGES, SourceAbility.FIND}
        ),
        statuses={status: status for status in STATUSES},
        limits=LIMITS,
    )

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        """Log in anew and read one customer."""
        return checked(
            connection.params, _PARAMS, lambda: _page(connection, 0, {}, size=1)[1], lambda: log_in(connection)
        )

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        """Return the statuses that this provider has; more than the common ones may be there."""
        data, response = get(connection, "/configuracao/servico_status", {})
        rows = wire.rows_of(data, "servico_status", response)
        words = (named(row.get("prefixo"), row.get("descricao")) for row in rows)
        return tuple(word for word in words if word.external)

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        """Read all customers with ended services too, which HubSoft hides unless asked."""
        yield from _pages(connection, {"cancelado": "sim", "relacoes": _relations(connection), **_scope(connection)})

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        """Return whose packages changed, and who is suspended now."""
        now = connection.now()
        since = read_cursor(cursor, now, overlap=OVERLAP, first=FIRST_LOOK)
        days = {
            "data_inicio": since.astimezone(connection.timezone).date().isoformat(),
            "data_fim": now.astimezone(connection.timezone).date().isoformat(),
        }
        changed: dict[str, ServiceRef] = {}
        for row in _package_sales(connection, {"tipo_data": "data_atualizacao", "status": "todos", **days}):
            at = read_moment(row.get("data_atualizacao"), connection.timezone)
            if (found := service_code(row)) and (at is None or at >= since):
                changed[found] = ServiceRef(service_code=found)
        return Changes(tuple(changed.values()), now.isoformat(), _suspended(connection))

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Look at each again, ended and inactive ones too."""
        for ref in refs:
            yield ref, _found(connection, ref)

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        """HubSoft tells nothing unasked."""
        return None


def _scope(connection: SourceConnection) -> dict[str, str]:
    """Return the filter for packages; the same for every list, or one would prove something about another."""
    return {"possui_pacote": "sim"} if connection.params.get("possui_pacote") == "sim" else {}


def _pages(connection: SourceConnection, query: Mapping[str, str]) -> Iterator[ReadPage]:
    """Read page after page, from 0 to the index that HubSoft calls the last; a repeated one ends it."""
    seen: set[str] = set()
    number, last = 0, False
    while not last:
        page, _, last_page = _page(connection, number, query)
        yield page
        last = page.last or number >= last_page
        if not page.rows or page.digest in seen:
            return
        seen.add(page.digest)
        number += 1


def _page(
    connection: SourceConnection, number: int, query: Mapping[str, str], size: int = LIMITS.page_size
) -> tuple[ReadPage, HttpResponse, int]:
    asked = {"pagina": str(number), "itens_por_pagina": str(size), **query}
    data, response = get(connection, "/cliente/todos", asked)
    rows = wire.rows_of(data, "clientes", response)
    last_page, total = _paging(data, response)
    place = str(number + 1)
    records = tuple(record for row in rows for record in records_of(connection, row, place))
    page = ReadPage(
        records=records,
        number=number,
        digest=wire.record_digest(records),
        rows=len(rows),
        total=total,
        # An empty list proves no end while there is somebody to list.
        last=number >= last_page and (bool(rows) or total == 0),
        served_at=wire.served_at(response),
    )
    return page, response, last_page


def _paging(data: Row, response: HttpResponse) -> tuple[int, int | None]:
    paging = data.get("paginacao")
    last_page = whole(paging.get("ultima_pagina")) if isinstance(paging, dict) else None
    if last_page is None or not isinstance(paging, dict):
        raise wire.broken("source_paging_unreadable", response, name="paginacao.ultima_pagina")
    return last_page, whole(paging.get("total_registros"))


def _package_sales(connection: SourceConnection, query: Mapping[str, str]) -> Iterator[Row]:
    number, last_page = 0, 0
    while number <= last_page:
        asked = {"pagina": str(number), "itens_por_pagina": str(LIMITS.page_size), **query}
        try:
            data, response = get(connection, "/pacote/consultar", asked)
        except Unavailable as error:
            if found_none(error):
                return
            raise
        rows = wire.rows_of(data, "pacotes", response)
        yield from rows
        last_page = _paging(data, response)[0] if rows else 0
        number += 1


def _suspended(connection: SourceConnection) -> frozenset[str] | None:
    """Return all services that are suspended now; None when one of the lists was not whole."""
    found: set[str] = set()
    for status in NOT_PAYING:
        services = _with_status(connection, status)
        if services is None:
            return None
        found |= services
    return frozenset(found - {""})


def _with_status(connection: SourceConnection, status: str) -> set[str] | None:
    """Return the services with a status; None when the list was not whole."""
    found: set[str] = set()
    rows, total, last = 0, None, False
    try:
        for page in _pages(connection, {"servico_status": status, **_scope(connection)}):
            rows, total, last = rows + page.rows, page.total, page.last
            services = (record.service for record in page.records if record.service)
            found.update(service.code for service in services if service.status.external == status)
    except Unavailable as error:
        if not found_none(error):
            raise
        return None if rows else set()
    return found if last and rows == total else None


def _found(connection: SourceConnection, ref: ServiceRef) -> list[Record]:
    """Return what HubSoft has of one; another one in its place is an error, never an answer."""
    field, term = _search(ref)
    query = {
        "busca": field, "termo_busca": term, "limit": str(FOUND_LIMIT), "cancelado": "sim", "inativo": "todos",
        "relacoes": _relations(connection),
    }  # fmt: skip
    try:
        data, response = get(connection, "/cliente", query)
    except Unavailable as error:
        if found_none(error):
            return []
        raise
    rows = wire.rows_of(data, "clientes", response)
    if any(not _is_asked(row, field, term) for row in rows):
        raise wire.broken("source_other_record", response, name=field)
    records = [record for row in rows for record in records_of(connection, row, "")]
    if not ref.service_code:
        return records
    return [record for record in records if record.service and same_id(record.service.code, ref.service_code)]


def _relations(connection: SourceConnection) -> str:
    """Return what else to send with each customer; everything named here slows the call."""
    return "pacotes,endereco_instalacao" if connection.params.get("cidade") == "sim" else "pacotes"


def _search(ref: ServiceRef) -> tuple[str, str]:
    """Return the field and term; the one that every version knows comes first."""
    if ref.customer_code:
        return "codigo_cliente", ref.customer_code
    if ref.document:
        return "cpf_cnpj", bare(ref.document)
    return "id_cliente_servico", ref.service_code


def _is_asked(row: Row, field: str, term: str) -> bool:
    if field == "codigo_cliente":
        return same_id(customer_code(row), term)
    if field == "cpf_cnpj":
        return bare(text(row.get("cpf_cnpj"))) == term
    services = row.get("servicos")
    listed = services if isinstance(services, list) else []
    return any(isinstance(one, dict) and same_id(service_code(one), term) for one in listed)
