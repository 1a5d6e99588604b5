"""The gateway "Outros": one signed event per package sold, to any receiver that speaks HTTP.

The body has the shape that receivers written for HubSoft already understand; signature and
headers follow Standard Webhooks 1.0 (spec/standard-webhooks.md).
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import floor
from typing import Any
from urllib.parse import quote

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from webapp.gateways import callback
from webapp.gateways.classify import read_json, retry_after_s, visible_message
from webapp.gateways.contract import (
    CallbackAnswer,
    CallbackQuestion,
    CallbackRequest,
    CheckStep,
    Connection,
    EventHint,
    Exchange,
    Guarantee,
    Limits,
    Listing,
    LookUp,
    Operation,
    ParamSpec,
    PasswordRule,
    ProductFacts,
    ProductSource,
    Reply,
    SaleFacts,
    Secret,
    Subject,
    Traits,
    Trust,
    Unit,
    Verdict,
)
from webapp.gateways.errors import (
    AuthFailed,
    EndpointGone,
    GatewayError,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from webapp.gateways.http import HttpRequest, HttpResponse

KEY = "outros"
SECRET_PREFIX = "whsec_"
HEADER_PREFIX, QUERY_PREFIX, CLASH_PREFIX = "header:", "query:", "param_"
GENERIC_PRODUCT = ProductFacts("generico", "Produto genérico", "Produto único do gateway Outros")

_EVENTS: Mapping[Operation, tuple[str, str]] = {
    Operation.CREATE: ("cadastro", "aguardando_cadastro"),
    Operation.UPDATE: ("alteracao", "aguardando_alteracao"),
    Operation.SUSPEND: ("suspender", "aguardando_suspensao"),
    Operation.ENABLE: ("habilitar", "aguardando_habilitacao"),
    Operation.CANCEL: ("cancelar", "aguardando_exclusao"),
}
_STANDARD_KEYS = frozenset(
    ("tipo", "status", "id_cliente_servico_pacote", "pacote", "produto", "parametros", "cliente_servico")
)
_OWN_HEADERS = frozenset(
    ("webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "content-type", "content-length",
     "host", "transfer-encoding", "connection")
)  # fmt: skip

_PARAMS = (
    ParamSpec(
        "url",
        "Receiver address",
        "Where the events are sent by POST.",
        kind="url",
        required=True,
        example="https://erp.example.com/sintonia",
    ),
    ParamSpec(
        "segredo",
        "Signing secret",
        "Proves to the receiver that an event is ours. Made for you when empty.",
        kind="secret",
    ),
    ParamSpec(
        "segredo_anterior",
        "Former signing secret",
        "While the receiver changes over, events carry both signatures. Remove it afterwards.",
        kind="secret",
    ),
    ParamSpec(
        "assinatura_hub",
        "Secret for X-Hub-Signature-256",
        "Only for receivers that cannot check Standard Webhooks: adds a second signature over the same bytes.",
        kind="secret",
    ),
)
_DECLARED = frozenset(spec.name for spec in _PARAMS)


def new_secret() -> str:
    """Return a fresh signing secret as Standard Webhooks wants it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, key: str, at: datetime, text: str) -> str:
    """Return one ``v1,...`` signature over exactly this text in UTF-8.

    Raises:
        AuthFailed: the secret is not ``whsec_`` and base64; have it made anew.
    """
    try:
        base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        return Webhook(str(secret)).sign(key, at.astimezone(UTC), text)
    except (binascii.Error, ValueError, EmptyWebhookSecretError) as error:
        raise AuthFailed("signing_secret_invalid") from error


class WebhookGateway:
    """Sends events to a receiver. Without state; shared by threads."""

    traits = Traits(
        key=KEY,
        label="Outros",
        trust=Trust.OBSERVED,
        unit=Unit.ENTITLEMENT,
        params=_PARAMS,
        capabilities=frozenset({Operation.CHECK, Operation.LIST_PRODUCTS, *_EVENTS}),
        product_source=ProductSource.GENERIC,
        guarantee=Guarantee.AT_LEAST_ONCE,
        limits=Limits(concurrency=32),
        login_fields=("login_autenticacao", "email", "codigo_cliente"),
        login_is_key=False,
        password=PasswordRule(default_field="senha_autenticacao"),
        repeatable_create=True,
        free_params=True,
        note="Any receiver of webhooks. Each event may come more than once, with the same webhook-id.",
    )

    def check(self, conn: Connection) -> list[CheckStep]:
        """Look at the params, then send one signed event of the type ``teste``, which sells nothing."""
        key = f"test-{conn.integration_id}-{secrets.token_hex(8)}"
        try:
            _demand_params(conn)
            request = _request(conn, {"tipo": "teste", "status": "teste"}, key)
        except GatewayError as flaw:
            return [CheckStep("params", False, flaw.code, flaw.params)]
        steps = [CheckStep("params", True)]
        try:
            exchange = self._deliver(conn, request)
        except GatewayError as error:
            # A status means that the address was reached; without one it was not, or our own rules forbid it.
            reached = error.exchange is not None and error.exchange.status is not None
            name = "answer" if reached else "address"
            steps += [CheckStep("address", True)] if reached else []
            return [*steps, CheckStep(name, False, error.code, error.params, error.exchange)]
        return [*steps, CheckStep("address", True), CheckStep("answer", True, exchange=exchange)]

    def list_products(self, conn: Connection, subject: Subject | None = None) -> list[ProductFacts]:
        """Return the one generic product; nothing is asked of the receiver."""
        return [GENERIC_PRODUCT]

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """A receiver cannot be asked.

        Raises:
            Unsupported: always.
        """
        raise _unsupported(Operation.FIND)

    def list(self, conn: Connection, since: datetime | None = None) -> Listing:
        """A receiver cannot be asked.

        Raises:
            Unsupported: always.
        """
        raise _unsupported(Operation.LIST)

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        """Send one event. A repeat carries the same id and a new timestamp.

        Raises:
            Unavailable, Throttled, OutcomeUnknown: repeat with the same key.
            EndpointGone: the receiver wants no more; disable the integration.
            AuthFailed, EgressRefused, Rejected: our own settings or data; see the code.
            Unsupported: there is no such event.
        """
        return Reply(exchange=self._deliver(conn, self._event(conn, operation, subject, key)))

    def send_batch(
        self, conn: Connection, operation: Operation, subjects: Sequence[Subject], keys: Sequence[str]
    ) -> Sequence[Reply | GatewayError]:
        """An event is about one package sold: none is ever put with another."""
        return [_unsupported(operation) for _ in subjects]

    def batch_key(self, conn: Connection, operation: Operation, subject: Subject) -> str | None:
        """Each event goes alone."""
        return None

    def preview(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
        """Render the event, masked, and send nothing."""
        return conn.http.preview(self._event(conn, operation, subject, key))

    def read_callback(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question by the default contract."""
        return callback.DEFAULT.read(request)

    def answer_callback(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Answer by the default contract."""
        return callback.DEFAULT.answer(verdict, login, products)

    def admits_callback(self, conn: Connection, request: CallbackRequest) -> bool:
        """The token in the address is all that a receiver of events shows."""
        return True

    def read_event(self, request: CallbackRequest) -> EventHint | None:
        """A receiver tells nothing unasked."""
        return None

    def _event(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> HttpRequest:
        if operation not in _EVENTS:
            raise _unsupported(operation)
        if subject.sale is None:
            raise Unsupported("sale_missing", params={"operation": operation.value})
        hidden = [value for value in subject.sale.params.values() if isinstance(value, Secret)]
        # No event carries it, but receivers like to answer with the password that they gave.
        hidden.append(subject.service.password)
        if subject.account.password is not None:
            hidden.append(subject.account.password)
        event = event_body(operation, subject, subject.sale)
        return _request(conn, event, key, tuple(hidden))

    def _deliver(self, conn: Connection, request: HttpRequest) -> Exchange:
        response = conn.http.send(request)
        _judge(response, conn.now())
        return response.exchange


def event_body(operation: Operation, subject: Subject, sale: SaleFacts) -> dict[str, Any]:
    """Return what an event says of a package sold; the integration's own params come on top of it."""
    customer, service = subject.customer, subject.service
    tipo, status = _EVENTS[operation]
    return {
        "tipo": tipo,
        "status": status,
        "id_cliente_servico_pacote": sale.id,
        "pacote": {
            "id_pacote": sale.package_id,
            "codigo": sale.package_code,
            "descricao": sale.package_description,
        },
        "produto": {"codigo": sale.product.code, "nome": sale.product.name},
        "parametros": dict(sale.params),
        "cliente_servico": {
            "id_cliente_servico": service.id,
            "servico_status": service.status,
            "cliente": {
                "id_cliente": customer.id,
                "codigo_cliente": customer.code,
                "nome_razaosocial": customer.name,
                "cpf_cnpj": customer.document,
                "email_principal": customer.email,
                "telefone_primario": customer.phone,
            },
        },
    }


def _request(conn: Connection, event: dict[str, Any], key: str, hidden: tuple[str, ...] = ()) -> HttpRequest:
    params = {**conn.params, **conn.free_params}
    free = {name: value for name, value in params.items() if name not in _DECLARED}
    url, headers = _placed(conn.params.get("url", ""), free)
    for name, value in free.items():
        if not name.startswith((HEADER_PREFIX, QUERY_PREFIX)):
            event[CLASH_PREFIX + name if name in event or name in _STANDARD_KEYS else name] = value
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    body = text.encode(errors="replace")
    headers |= _signatures(conn, key, body)
    return HttpRequest("POST", url, headers, body, secrets=hidden)


def _placed(url: str, free: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Put the params named ``header:NAME`` and ``query:NAME`` where they belong."""
    headers = {}
    pairs = []
    for name, value in free.items():
        if name.startswith(HEADER_PREFIX):
            header = name.removeprefix(HEADER_PREFIX).strip()
            if not _fit_for_header(header, value):
                raise Rejected("header_param_invalid", params={"name": name}, field=name)
            headers[header] = value.encode().decode("latin-1")
        elif name.startswith(QUERY_PREFIX):
            parts = (name.removeprefix(QUERY_PREFIX).strip(), value)
            pairs.append("=".join(quote(part, safe="") for part in parts))
    if pairs:
        url += ("&" if "?" in url else "?") + "&".join(pairs)
    return url, headers


def _fit_for_header(name: str, value: str) -> bool:
    token = name.replace("-", "").replace("_", "")
    plain = token.isascii() and token.isalnum() and value.isprintable()
    return plain and name.lower() not in _OWN_HEADERS


def _signatures(conn: Connection, key: str, body: bytes) -> dict[str, str]:
    at = conn.now()
    text = body.decode()
    values = (conn.params.get(name) for name in ("segredo", "segredo_anterior"))
    signed = [sign(secret, key, at, text) for secret in values if secret]
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": key,
        "webhook-timestamp": str(floor(at.timestamp())),
    }
    if signed:
        headers["webhook-signature"] = " ".join(signed)
    hub_secret = conn.params.get("assinatura_hub")
    if hub_secret:
        digest = hmac.new(hub_secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return headers


def _judge(response: HttpResponse, now: datetime) -> None:
    """Success is 2xx and no ``success: false``; a receiver that restarts answers 404, so all else is retried."""
    status = response.status
    params: dict[str, Any] = {"status": status}
    if 200 <= status < 300:
        data = read_json(response)
        if isinstance(data, dict) and data.get("success") in (False, "false"):
            params["message"] = visible_message(response)
            raise Unavailable("receiver_refused", params=params, exchange=response.exchange)
        return
    if status == 410:
        raise EndpointGone("endpoint_gone", params=params, exchange=response.exchange)
    if status in (429, 503):
        wait = retry_after_s(response.headers, now)
        raise Throttled("throttled", retry_after_s=wait, params=params, exchange=response.exchange)
    if 300 <= status < 400:
        raise Unavailable("redirect", params=params, exchange=response.exchange)
    params["message"] = visible_message(response)
    raise Unavailable("receiver_status", params=params, exchange=response.exchange)


def _demand_params(conn: Connection) -> None:
    """Raise the first thing in the params that would keep events from being understood."""
    for name in ("url", "segredo"):
        if not conn.params.get(name, "").strip():
            raise Rejected("param_missing", params={"name": name})
    clash = next((name for name in conn.free_params if name in _STANDARD_KEYS), None)
    if clash is not None:
        raise Rejected("free_param_clash", params={"name": clash, "sent_as": CLASH_PREFIX + clash})


def _unsupported(operation: Operation) -> Unsupported:
    return Unsupported("operation_unsupported", params={"gateway": "Outros", "operation": operation.value})
