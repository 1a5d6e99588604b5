"""Opens integrations: reads their params, unseals the secrets, builds the HTTP client.

Connections are kept per integration, so that sockets and tokens are reused until somebody changes the
integration or the recipe that it runs.
"""

import json
import threading
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import Connection as DbConnection
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Limits, Secret, Traits
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient
from webapp.gateways.masking import Masker
from webapp.gateways.registry import get_gateway
from webapp.models import Integration, IntegrationParam
from webapp.services import recipes
from webapp.services.errors import NotFound
from webapp.services.hub import Hub, current_hub
from webapp.services.integration_tokens import Patience, StoredCodes, StoredTokens
from webapp.services.metrics.process import watch_platform
from webapp.services.practice.line import lines

KEY = "sintonia_connections"
# A log-in asks for a code, for a token, and once more when a refresh token was refused.
CALLS_PER_LOG_IN = 3
LONGEST_CODE_WAIT_S = 120.0


@dataclass(frozen=True)
class _Open:
    """A connection, and for what it was built: it is built anew when the row or the recipe is another one."""

    version: int
    gateway: Gateway
    connection: Connection


class Connections:
    """Open connections of one hub. Thread-safe."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}

    @property
    def timezone(self) -> str:
        """The provider's zone, an IANA name."""
        return self._hub.settings.timezone

    def find(self, db_connection: DbConnection, integration_id: int) -> tuple[Gateway, Connection]:
        """Return the gateway and the connection of an integration.

        Raises:
            NotFound: there is no such integration.
            VaultError: restore the encryption key; nothing may be sent.
            UnknownGateway: its recipe is gone; put the file back.
        """
        row = db_connection.execute(
            select(Integration.gateway, Integration.version).where(Integration.id == integration_id)
        ).one_or_none()
        if row is None:
            raise NotFound("integration_not_found", {"id": integration_id})
        return self.get(db_connection, integration_id, row.gateway, row.version)

    def get(
        self, db_connection: DbConnection, integration_id: int, key: str, row_version: int
    ) -> tuple[Gateway, Connection]:
        """Return the same for a row that the caller has read already: no query while nothing changed.

        Raises:
            VaultError, UnknownGateway: as ``find``.
        """
        recipes.refresh(db_connection.engine)
        gateway = get_gateway(key)
        with self._lock:
            kept = self._open.get(integration_id)
            # A recipe that is loaded again unchanged stays the same object.
            if kept is None or kept.version != row_version or kept.gateway is not gateway:
                kept = _Open(row_version, gateway, self._build(db_connection, integration_id, gateway.traits))
                self._open[integration_id] = kept
        return gateway, kept.connection

    def _build(self, db_connection: DbConnection, integration_id: int, traits: Traits) -> Connection:
        params, token = self._stored(db_connection, integration_id)
        declared = {spec.name: spec.default for spec in traits.params if spec.default and spec.scope != "package"}
        address = f"{self._hub.settings.base_url}/callback/{token}" if token and self._hub.settings.base_url else ""
        return Connection(
            integration_id,
            {**declared, **params},
            self._client(
                params, token, self._policy(db_connection, integration_id, traits.key), traits, integration_id
            ),
            utc_now,
            {name: value for name, value in params.items() if traits.param(name) is None},
            callback_url=address,
            redirect_url=f"{address}/code" if address else "",
            tokens=self._tokens(db_connection, integration_id, traits, params),
            codes=StoredCodes(db_connection.engine, self._hub.vault, integration_id),
        )

    def _policy(self, db_connection: DbConnection, integration_id: int, key: str) -> EgressPolicy:
        return EgressPolicy(self._hub.settings.egress_allow, lines(key, db_connection.engine, integration_id))

    def _client(
        self, params: dict[str, str], token: Secret, policy: EgressPolicy, traits: Traits, integration_id: int
    ) -> HttpClient:
        limits = traits.limits
        # The token of our own address goes to the platform, and must not be seen in what is kept of that.
        secrets = [value for value in (token, *params.values()) if isinstance(value, Secret) and value]
        client = HttpClient(
            policy,
            masker=Masker(secrets, [name for name, value in params.items() if isinstance(value, Secret)]),
            connect_timeout_s=limits.connect_timeout_s,
            total_timeout_s=limits.total_timeout_s,
            max_body_bytes=limits.max_body_bytes,
        )
        client.told = watch_platform(integration_id, traits.key)
        return client

    def _tokens(
        self, db_connection: DbConnection, integration_id: int, traits: Traits, params: dict[str, str]
    ) -> StoredTokens:  # fmt: skip
        fingerprint = self._hub.vault.fingerprint(json.dumps([traits.key, params], sort_keys=True))
        code_s = LONGEST_CODE_WAIT_S if traits.needs_redirect else 0.0
        lease_s = CALLS_PER_LOG_IN * traits.limits.total_timeout_s + code_s
        patience = Patience(lease_s, traits.limits.total_timeout_s)
        return StoredTokens(
            db_connection.engine, self._hub.vault, integration_id, fingerprint=fingerprint, patience=patience
        )

    def _stored(self, db_connection: DbConnection, integration_id: int) -> tuple[dict[str, str], Secret]:
        """Return the params and the token of our own address, opened; one query, for pages open many at once."""
        rows = db_connection.execute(
            select(Integration.callback_token, IntegrationParam.name, IntegrationParam.value, IntegrationParam.sealed)
            .outerjoin(IntegrationParam, IntegrationParam.integration_id == Integration.id)
            .where(Integration.id == integration_id)
            .order_by(IntegrationParam.position)
        ).all()
        params = {
            row.name: self._open_sealed(row.sealed, f"integration_param:sealed:{integration_id}:{row.name}")
            if row.sealed
            else row.value
            for row in rows
            if row.name is not None
        }
        sealed = next((row.callback_token for row in rows), None)
        return params, self._open_sealed(sealed, f"integration:callback_token:{integration_id}")

    def _open_sealed(self, sealed: str | None, place: str) -> Secret:
        return self._hub.vault.open(sealed, place) if sealed else Secret("")


def current_connections() -> Connections:
    """Return the open connections of the running application."""
    connections: Connections = current_app.extensions.setdefault(KEY, Connections(current_hub()))
    return connections


def open_connection(integration_id: int) -> tuple[Gateway, Connection]:
    """Return gateway and connection for a use case; no transaction is left open.

    Raises:
        NotFound, VaultError, UnknownGateway: as ``Connections.get``.
    """
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        return current_connections().find(db_connection, integration_id)


def effective_limits(traits: Traits, concurrency: int | None, rate_per_s: float | None) -> Limits:
    """Return the gateway's limits with the integration's own in their place."""
    return replace(
        traits.limits,
        concurrency=concurrency or traits.limits.concurrency,
        rate_per_s=traits.limits.rate_per_s if rate_per_s is None else rate_per_s,
    )
