"""Tries one operation of a gateway on made-up data: for the screen and the command.

Values come by the names that a recipe uses: ``customer.email``, ``account.login``, ``product.code``,
``remote.id``, ``params.token``. What is not given is made up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from webapp.gateways.contract import (
    AccountFacts,
    CheckStep,
    Connection,
    CustomerFacts,
    Exchange,
    Gateway,
    Observed,
    Operation,
    Outcome,
    ProductFacts,
    RemoteState,
    SaleFacts,
    Secret,
    ServiceFacts,
    Subject,
    Traits,
)
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import GatewayError
from webapp.gateways.http import HttpClient, HttpRequest, HttpResponse
from webapp.gateways.masking import Masker

PARAMS = "params."
REMOTE = "remote."
PRODUCTS = "account.products"
READ_AT_MOST = 20
RECENT = timedelta(days=1)
# A person waits for the answer.
LONGEST_S = 60.0

# Nobody's data: the document has valid check digits and belongs to examples everywhere.
EXAMPLE: Mapping[str, str] = {
    "customer.id": "1",
    "customer.code": "2023",
    "customer.name": "Maria Exemplo",
    "customer.document": "52998224725",
    "customer.email": "maria.exemplo@example.com",
    "customer.phone": "5511900000000",
    "service.id": "1",
    "service.code": "S-2023",
    "service.status": "servico_habilitado",
    "service.login": "maria.exemplo",
    "service.password": "exemplo-123",
    "account.id": "1",
    "account.reference": "exemplo-1",
    "account.login": "",
    "account.password": "exemplo-123",
    "sale.id": "1",
    "sale.package_id": "1",
    "sale.package_code": "TESTE",
    "sale.package_description": "Pacote de teste",
    "product.code": "TESTE",
    "product.name": "Produto de teste",
    "product.kind": "",
}


@dataclass(frozen=True)
class TrialResult:
    """How a try-out ended.

    Attributes:
        outcome: a word of ``Outcome``, or the ``kind`` of an error.
        code: message code of what went wrong; empty when nothing did.
        exchange: the operation's last call, masked; the log-in before it is not shown.
        seen: accounts that were read, ``READ_AT_MOST`` at most; ``products`` likewise.
        listing: what is known of the whole: ``complete``, or why not, or ``more`` when there are more than were read.
        total: how many accounts there are, where the platform says so.
        steps: of ``check``.
    """

    outcome: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    state: RemoteState | None = None
    exchange: Exchange | None = None
    seen: tuple[Observed, ...] = ()
    products: tuple[ProductFacts, ...] = ()
    steps: tuple[CheckStep, ...] = ()
    listing: str = ""
    total: int | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in set(Outcome)


class WatchedClient(HttpClient):
    """Remembers its last exchange: reading lists tells none. One try-out, one thread."""

    last: Exchange | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send as ``HttpClient`` does, with the same errors."""
        response = super().send(request)
        self.last = response.exchange
        return response


def connection_from(
    traits: Traits, values: Mapping[str, str], policy: EgressPolicy, now: Callable[[], datetime]
) -> Connection:
    """Return a connection that belongs to no integration, with the params among the values.

    Args:
        policy: which addresses may be reached; the same rules as for an integration.
    """
    given = {name.removeprefix(PARAMS): value for name, value in values.items() if name.startswith(PARAMS)}
    names = [spec.name for spec in traits.params if spec.secret]
    params = {spec.name: spec.default for spec in traits.params if spec.default and spec.scope != "package"}
    params |= {name: Secret(value) if name in names else value for name, value in given.items()}
    client = WatchedClient(
        policy,
        masker=Masker([value for value in params.values() if isinstance(value, Secret) and value], names),
        connect_timeout_s=traits.limits.connect_timeout_s,
        total_timeout_s=min(traits.limits.total_timeout_s, LONGEST_S),
        max_body_bytes=traits.limits.max_body_bytes,
    )
    free = {name: value for name, value in params.items() if traits.param(name) is None}
    return Connection(0, params, client, now, free)


def subject_from(values: Mapping[str, str]) -> Subject:
    """Return a subscriber made of the values; what is not given comes from ``EXAMPLE``.

    The log-in is the e-mail unless ``account.login`` is given. ``account.products`` are codes with
    commas between; without it the account has the one product.
    """
    told = {**EXAMPLE, **{name: value for name, value in values.items() if value or name not in EXAMPLE}}
    params = {name.removeprefix(PARAMS): value for name, value in values.items() if name.startswith(PARAMS)}
    product = ProductFacts(told["product.code"], told["product.name"], kind=told["product.kind"])
    codes = [code.strip() for code in told.get(PRODUCTS, "").split(",") if code.strip()]
    return Subject(
        account=AccountFacts(
            id=_number(told["account.id"]),
            reference=told["account.reference"],
            login=told["account.login"] or told["customer.email"],
            password=Secret(told["account.password"]) if told["account.password"] else None,
            params=params,
            products=tuple(ProductFacts(code, code) for code in codes) or (product,),
            remote_ids={
                name.removeprefix(REMOTE): value for name, value in values.items() if name.startswith(REMOTE) and value
            },
        ),
        customer=CustomerFacts(
            id=_number(told["customer.id"]),
            **{name: told[f"customer.{name}"] for name in ("code", "name", "document", "email", "phone")},
        ),
        service=ServiceFacts(
            id=_number(told["service.id"]),
            code=told["service.code"],
            status=told["service.status"],
            login=told["service.login"],
            password=Secret(told["service.password"]),
        ),
        sale=SaleFacts(
            id=_number(told["sale.id"]),
            package_id=_number(told["sale.package_id"]),
            package_code=told["sale.package_code"],
            package_description=told["sale.package_description"],
            product=product,
            params=params,
        ),
    )


def preview(gateway: Gateway, connection: Connection, operation: Operation, subject: Subject) -> TrialResult:
    """Render what ``run`` would send, masked; nothing is sent. Never raises."""
    return _safely(lambda: TrialResult("ok", exchange=gateway.preview(connection, operation, subject, "(key)")))


def run(
    gateway: Gateway, connection: Connection, operation: Operation, subject: Subject, key: str = "try-out"
) -> TrialResult:
    """Do one operation for real and tell how it ended. Never raises.

    Args:
        key: idempotency key; a platform that honours it repeats its former answer for the same one.
    """
    tries: dict[Operation, Callable[[], TrialResult]] = {
        Operation.CHECK: lambda: _checked(gateway.check(connection)),
        Operation.LIST_PRODUCTS: lambda: _products(gateway.list_products(connection, subject), connection),
        Operation.FIND: lambda: _found(gateway, connection, subject),
        Operation.LIST: lambda: _listed(gateway, connection, None),
        Operation.LIST_CHANGES: lambda: _listed(gateway, connection, connection.now() - RECENT),
    }
    return _safely(tries.get(operation, lambda: _sent(gateway, connection, operation, subject, key)))


def _safely(attempt: Callable[[], TrialResult]) -> TrialResult:
    try:
        return attempt()
    except GatewayError as error:
        return TrialResult(error.kind, error.code, error.params, error.remote_ids, exchange=error.exchange)
    except Exception as error:
        # A recipe in the making may ask for what nobody foresaw; its author needs the page, not a fault of the hub.
        return TrialResult("error", "trial_failed", {"error": type(error).__name__})


def _sent(gateway: Gateway, connection: Connection, operation: Operation, subject: Subject, key: str) -> TrialResult:
    reply = gateway.send(connection, operation, subject, key)
    return TrialResult(
        reply.outcome.value,
        remote_ids=reply.remote_ids,
        state=reply.state,
        exchange=reply.exchange or _last(connection),
    )


def _found(gateway: Gateway, connection: Connection, subject: Subject) -> TrialResult:
    look_up = gateway.find(connection, subject)
    exchange, found = look_up.exchange, look_up.found
    if found is None:
        return TrialResult(Outcome.OK.value, state=RemoteState.ABSENT, exchange=exchange)
    seen = (_masked(connection, found),)
    return TrialResult(Outcome.OK.value, remote_ids=found.remote_ids, state=found.state, exchange=exchange, seen=seen)


def _listed(gateway: Gateway, connection: Connection, since: datetime | None) -> TrialResult:
    """Read the beginning only: a try-out must not walk through all subscribers."""
    listing = gateway.list(connection, since)
    read = list(islice(listing, READ_AT_MOST + 1))
    seen = tuple(_masked(connection, account) for account in read[:READ_AT_MOST])
    if not seen and listing.reason and since is None:
        return TrialResult("contract", listing.reason, dict(listing.reason_params), exchange=_last(connection))
    told = "more" if len(read) > READ_AT_MOST else "complete" if listing.complete else listing.reason
    return TrialResult(
        Outcome.OK.value, exchange=_last(connection), seen=seen, listing=told, total=listing.stated_total
    )


def _masked(connection: Connection, account: Observed) -> Observed:
    """They are real people: their log-ins, documents and our references are as masked as in the exchange."""
    masker = connection.http.masker
    return replace(account, login=masker.text(account.login), document="", reference="")


def _products(products: list[ProductFacts], connection: Connection) -> TrialResult:
    return TrialResult(Outcome.OK.value, exchange=_last(connection), products=tuple(products[:READ_AT_MOST]))


def _checked(steps: list[CheckStep]) -> TrialResult:
    last = steps[-1]
    outcome = Outcome.OK.value if all(step.ok for step in steps) else "error"
    return TrialResult(outcome, "" if last.ok else last.code, last.params, exchange=last.exchange, steps=tuple(steps))


def _last(connection: Connection) -> Exchange | None:
    return connection.http.last if isinstance(connection.http, WatchedClient) else None


def _number(value: str) -> int:
    return int(value) if value.isdecimal() else 1
