"""Opens integrations: reads their params, unseals the secrets, builds the HTTP client.

Connections are kept per integration and version, so that sockets and tokens are reused
until somebody changes the integration.
"""

import threading
from dataclasses import replace

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
from webapp.services.errors import NotFound
from webapp.services.hub import Hub, current_hub

KEY = "sintonia_connections"


class Connections:
    """Open connections of one hub. Thread-safe."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._open: dict[int, tuple[int, Connection]] = {}

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
        gateway = get_gateway(key)
        with self._lock:
            version, kept = self._open.get(integration_id, (0, None))
            if kept is None or version != row_version:
                kept = self._build(db_connection, integration_id, gateway.traits)
                self._open[integration_id] = (row_version, kept)
        return gateway, kept

    def _build(self, db_connection: DbConnection, integration_id: int, traits: Traits) -> Connection:
        params = self._params(db_connection, integration_id)
        secrets = [value for value in params.values() if isinstance(value, Secret) and value]
        declared = {spec.name: spec.default for spec in traits.params if spec.default and spec.scope != "package"}
        free = {name: value for name, value in params.items() if traits.param(name) is None}
        client = HttpClient(
            EgressPolicy(self._hub.settings.egress_allow),
            masker=Masker(secrets, [name for name, value in params.items() if isinstance(value, Secret)]),
            connect_timeout_s=traits.limits.connect_timeout_s,
            total_timeout_s=traits.limits.total_timeout_s,
            max_body_bytes=traits.limits.max_body_bytes,
        )
        return Connection(integration_id, {**declared, **params}, client, utc_now, free)

    def _params(self, db_connection: DbConnection, integration_id: int) -> dict[str, str]:
        rows = db_connection.execute(
            select(IntegrationParam.name, IntegrationParam.value, IntegrationParam.sealed)
            .where(IntegrationParam.integration_id == integration_id)
            .order_by(IntegrationParam.position)
        )
        return {
            row.name: self._hub.vault.open(row.sealed, f"integration_param:sealed:{integration_id}:{row.name}")
            if row.sealed
            else row.value
            for row in rows
        }


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
