"""Opens sources: reads their params, unseals the secrets, builds the HTTP client.

A connection is built for one pull or test and then dropped; what an ERP gave us to show at its calls stays in
``SourceToken``, for all processes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy import Connection as DbConnection

from webapp.clock import sleep, utc_now
from webapp.decide.credentials import FIELDS, USER_PARAM
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient
from webapp.gateways.masking import Masker
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, IntegrationParam, Package, PlanPackage, ServicePackage, SourceParam
from webapp.models import Source as SourceRow
from webapp.services import recipes
from webapp.services.errors import NotFound
from webapp.services.hub import Hub, current_hub
from webapp.services.integration_params import source_param_place
from webapp.services.integration_tokens import OF_SOURCE, Patience, StoredTokens
from webapp.services.metrics.process import watch_source
from webapp.sources.contract import Source, SourceConnection, SourceTraits
from webapp.sources.registry import get_source

# A log-in asks for a token, and once more when the first one was refused.
CALLS_PER_LOG_IN = 2
HOOK_SECRET = "segredo_webhook"
PASSWORD = "senha_autenticacao"


def open_source(source_id: int) -> tuple[Source, SourceConnection]:
    """Return the kind and a new connection of a source; no transaction is left open.

    Raises:
        NotFound: there is no such source.
        UnknownSource: its kind is not there in this version of the hub.
        VaultError: restore the encryption key; nothing may be sent.
    """
    hub = current_hub()
    kind, params = _stored(hub, source_id)
    source = get_source(kind)
    given = {**{spec.name: spec.default for spec in source.traits.params if spec.default}, **params}
    return source, SourceConnection(
        source_id=source_id,
        params=given,
        http=_client(hub, params, source.traits, source_id),
        now=utc_now,
        sleep=sleep,
        timezone=ZoneInfo(hub.settings.timezone),
        tokens=_tokens(hub, source_id, source.traits, params),
        keeps_passwords=passwords_needed(),
        hook_secret=Secret(given.get(HOOK_SECRET, "")),
    )


def passwords_needed() -> bool:
    """Tell whether the password of the internet access is of any use: an active platform gets or asks for it.

    Where it is not, a source's passwords are dropped before anybody sees them.
    """
    # A recipe of the provider's own may have changed in another process.
    recipes.refresh(db.engine)
    with db.engine.connect().execution_options(reads_only=True) as connection:
        uses = _active_uses(connection)
        return any(use.always for use in uses) or _chosen_on_sales(connection, [use for use in uses if use.names])


@dataclass(frozen=True)
class _Use:
    """What one active platform does with the password.

    Attributes:
        names: values of the param ``usuario`` that mean it.
        always: it is meant where nobody chooses.
    """

    integration_id: int
    names: frozenset[str]
    always: bool


def _active_uses(connection: DbConnection) -> list[_Use]:
    chosen = and_(IntegrationParam.integration_id == Integration.id, IntegrationParam.name == USER_PARAM)
    rows = connection.execute(
        select(Integration.id, Integration.gateway, IntegrationParam.value)
        .outerjoin(IntegrationParam, chosen)
        .where(Integration.active)
    ).all()
    return [use for row in rows if (use := _use(row.id, row.gateway, (row.value or "").strip()))]


def _use(integration_id: int, gateway: str, chosen: str) -> _Use | None:
    try:
        traits = get_gateway(gateway).traits
    except UnknownGateway:
        # Without its recipe it sends nothing.
        return None
    rule = traits.password
    if rule is None:
        # A platform that asks at log-in is answered from the subscriber's own password, see services/callback.
        return _Use(integration_id, frozenset(), bool(traits.local))
    names = frozenset(name for name in FIELDS if rule.instead_of.get(name, name) == PASSWORD)
    return _Use(integration_id, names, (chosen or rule.default_field) in names)


def _chosen_on_sales(connection: DbConnection, uses: Sequence[_Use]) -> bool:
    """Tell whether a package sold, or what a plan presets, names the password although its platform does not."""
    if not uses:
        return False
    sold = _naming(ServicePackage.params, uses)
    preset = _naming(PlanPackage.params, uses)
    plans = select(PlanPackage.id).join(Package, Package.id == PlanPackage.package_id).where(preset)
    sales = select(ServicePackage.id).join(Package, Package.id == ServicePackage.package_id).where(sold)
    live = sales.where(ServicePackage.removed_at.is_(None))
    return any(connection.scalar(wanted.limit(1)) for wanted in (plans, live))


def _naming(params: Any, uses: Sequence[_Use]) -> ColumnElement[bool]:
    named = params[USER_PARAM].as_string()
    return or_(*(and_(Package.integration_id == use.integration_id, named.in_(sorted(use.names))) for use in uses))


def _stored(hub: Hub, source_id: int) -> tuple[str, dict[str, str]]:
    """Return the kind and the params, opened; one query."""
    with db.engine.connect().execution_options(reads_only=True) as connection:
        rows = connection.execute(
            select(SourceRow.kind, SourceParam.name, SourceParam.value, SourceParam.sealed)
            .outerjoin(SourceParam, SourceParam.source_id == SourceRow.id)
            .where(SourceRow.id == source_id)
            .order_by(SourceParam.position)
        ).all()
    if not rows:
        raise NotFound("source_not_found", {"id": source_id})
    return rows[0].kind, {
        row.name: hub.vault.open(row.sealed, source_param_place(source_id, row.name)) if row.sealed else row.value
        for row in rows
        if row.name is not None
    }


def _client(hub: Hub, params: Mapping[str, str], traits: SourceTraits, source_id: int) -> HttpClient:
    limits = traits.limits
    secrets = {name: value for name, value in params.items() if isinstance(value, Secret) and value}
    client = HttpClient(
        EgressPolicy(hub.settings.egress_allow),
        masker=Masker(list(secrets.values()), list(secrets)),
        connect_timeout_s=limits.connect_timeout_s,
        total_timeout_s=limits.total_timeout_s,
        max_body_bytes=limits.max_body_bytes,
    )
    client.told = watch_source(source_id, traits.key)
    return client


def _tokens(hub: Hub, source_id: int, traits: SourceTraits, params: Mapping[str, str]) -> StoredTokens:
    fingerprint = hub.vault.fingerprint(json.dumps([traits.key, params], sort_keys=True))
    patience = Patience(CALLS_PER_LOG_IN * traits.limits.total_timeout_s, traits.limits.total_timeout_s)
    return StoredTokens(
        db.engine, hub.vault, source_id, fingerprint=fingerprint, patience=patience, table=OF_SOURCE
    )  # fmt: skip
