"""SGP (TSMX): customers with their contracts by offset, look-ups, and the events that it pushes.

Endpoints and their behaviour: platforms facts 4.3 (SGP's public documents and client code). SGP lists no recent
changes. Assumed, since public documents are silent: services of the kind ``multimidia`` inside a contract are
content packages, known by the number of their plan. An add-on that is a contract of its own is a service here.
"""

from collections.abc import Iterator, Sequence
from json import dumps
from typing import Any

from webapp.gateways.errors import Unsupported
from webapp.gateways.http import HttpRequest, HttpResponse
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
    SourceLimits,
    SourceTraits,
)
from webapp.sources.sgp_hints import admitted, refs_in
from webapp.sources.sgp_records import (
    WORDS,
    contract_code,
    contract_record,
    contracts_of,
    customer_record,
    document_of,
)
from webapp.sources.values import bare, same_id, whole

KEY = "sgp"
API = "/api/ura"
LIMITS = SourceLimits(page_size=100, pace_s=0.5, full_per_day=4, light_every_s=None)
STATUSES = {
    "1": "servico_habilitado",
    "2": "inativo",
    "3": "cancelado",
    "4": "suspenso_debito",
    "5": "cancelado",
    "6": "aguardando_instalacao",
    "7": "suspenso_parcialmente",
}

WHERE = "SGP: Administração > Integrações > Tokens."
_PARAMS = (
    ParamSpec(
        "url",
        "Address of SGP",
        "Where you open SGP in the browser.",
        kind="url",
        required=True,
        example="https://yourprovider.sgp.net.br",
    ),
    ParamSpec(
        "app",
        "Name of the application",
        "As it stands beside the token, capitals included.",
        required=True,
        where=WHERE,
    ),
    ParamSpec("token", "Token", "Of the application named above.", kind="secret", required=True, where=WHERE),
    ParamSpec(
        "segredo_webhook",
        "Secret of the events",
        "Signs what SGP sends to the hub, or is shown in a header. Empty = the address alone is the secret.",
        kind="secret",
    ),
)


class SgpSource:
    """Reads SGP. Without state; shared by threads."""

    traits = SourceTraits(
        key=KEY,
        label="SGP",
        help="Customers and contracts from SGP (TSMX), which can also tell of changes at once.",
        params=_PARAMS,
        abilities=frozenset(
            {SourceAbility.CHECK, SourceAbility.STATUSES, SourceAbility.FULL, SourceAbility.FIND, SourceAbility.HINT}
        ),
        statuses=STATUSES,
        limits=LIMITS,
        published="observed",
    )

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        """Read one customer."""
        return checked(connection.params, _PARAMS, lambda: _page(connection, 0, 0, 1)[1])

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        """Return SGP's statuses, which are fixed."""
        return tuple(Named(number, label) for number, label in WORDS.items())

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        """Read all customers, going forward by the number that came."""
        seen: set[str] = set()
        number, came = 0, 0
        while True:
            page, _ = _page(connection, number, came, LIMITS.page_size)
            came += page.rows
            yield page
            if page.last or not page.rows or page.digest in seen:
                return
            seen.add(page.digest)
            number += 1

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        """SGP lists no changes.

        Raises:
            Unsupported: always; its events tell, and the whole reading.
        """
        raise Unsupported("source_ability_missing", params={"source": "SGP", "ability": SourceAbility.CHANGES.value})

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Look at each again, by contract, else by document; by the customer's number alone SGP finds nobody."""
        for ref in refs:
            yield ref, _found(connection, ref)

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        """Return whom an event is about; None when it is not signed as agreed, or names nobody."""
        return refs_in(request) if admitted(connection.hook_secret, request.headers, body) else None


def _post(connection: SourceConnection, path: str, **fields: str) -> tuple[Any, HttpResponse]:
    params = connection.params
    body = dumps({"token": str(params["token"]), "app": params["app"], **fields}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    url = f"{wire.base_url(params['url'], API, '/admin')}{API}/{path}/"
    hidden = (str(params["token"]), *filter(None, [fields.get("cpfcnpj", "")]))
    return wire.fetch_json(connection, HttpRequest("POST", url, headers, body, secrets=hidden), LIMITS)


def _page(connection: SourceConnection, number: int, offset: int, limit: int) -> tuple[ReadPage, HttpResponse]:
    data, response = _post(connection, "clientes", limit=str(limit), offset=str(offset))
    rows = wire.rows_of(data, "clientes", response)
    paging = data.get("paginacao")
    total = whole(paging.get("total")) if isinstance(paging, dict) else None
    place = str(number + 1)
    records: list[Record] = []
    for row in rows:
        own = [contract_record(connection, row, contract, place) for contract in contracts_of(row)]
        records += own or [customer_record(connection, row, place)]
    came = offset + len(rows)
    page = ReadPage(
        tuple(records), number, wire.record_digest(records), len(rows), total,
        # Without a total nothing but an empty page ends it, and that may be a fault as well.
        last=total is not None and came >= total,
        served_at=wire.served_at(response),
    )  # fmt: skip
    return page, response


def _found(connection: SourceConnection, ref: ServiceRef) -> list[Record]:
    """Return what SGP has of one; another one in its place is an error, never an answer."""
    if ref.service_code:
        asked = {"contrato": ref.service_code}
    elif ref.document:
        asked = {"cpfcnpj": bare(ref.document)}
    else:
        raise Unsupported("source_find_needs_more", params={"source": "SGP", "code": ref.customer_code})
    data, response = _post(connection, "consultacliente", **asked)
    rows = wire.rows_of(data, "contratos", response)
    if not ref.service_code and any(bare(document_of(row)) != asked["cpfcnpj"] for row in rows):
        raise wire.broken("source_other_record", response, name="cpfcnpj")
    own = [row for row in rows if not ref.service_code or same_id(contract_code(row), ref.service_code)]
    # A customer's other contracts may come along; none of his own is another customer's answer.
    if rows and not own:
        raise wire.broken("source_other_record", response, name="contrato")
    return [contract_record(connection, {}, row, "") for row in own]
