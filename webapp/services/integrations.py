"""Integrations: configured connections to platforms."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import CheckStep, Gateway
from webapp.models import Integration
from webapp.services import accounts, audit
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot, touch
from webapp.services.connections import open_connection
from webapp.services.hub import current_hub
from webapp.services.inputs import IntegrationInput
from webapp.services.integration_params import (
    forget_secrets,
    masked_params,
    param_problems,
    public_params,
    secret_names_set,
    store_params,
    with_made_secrets,
)
from webapp.services.integration_rules import (
    description_problems,
    gateway_or_refuse,
    rule_problems,
    switch_problems,
)
from webapp.services.one_way import token_hash

__all__ = [
    "callback_url", "create_integration", "get_integration", "public_params", "resume_integration",
    "rotate_callback_token", "secret_names_set", "set_integration_active", "test_integration", "update_integration",
]  # fmt: skip

FIELDS = (
    "gateway", "description", "single_package", "follow_status", "status_scope", "active", "concurrency", "rate_per_s",
    "reconcile_interval_s", "status_rules",
)  # fmt: skip
# A change of one of these changes what accounts shall be.
MARKING = frozenset({"gateway", "follow_status", "status_scope", "status_rules"})
OLD_TOKEN_LIVES = timedelta(hours=24)


def get_integration(integration_id: int) -> Integration:
    """Return an integration.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Integration, integration_id, "integration_not_found")


def create_integration(data: IntegrationInput) -> Integration:
    """Configure a platform, and commit. The callback URL works at once.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    gateway = gateway_or_refuse(data.gateway)
    params = with_made_secrets(gateway.traits, data.params, set())
    refuse_if(param_problems(gateway.traits, params, set()) + rule_problems(data) + description_problems(data))
    due_at = utc_now() + timedelta(seconds=data.reconcile_interval_s)
    integration = Integration(**_values(data), reconcile_due_at=due_at)
    db.session.add(integration)
    db.session.flush()
    store_params(integration, gateway.traits, params)
    _new_token(integration)
    audit.record("integration.create", "integration", integration.id, data.description, after=_seen(integration))
    commit()
    return integration


def update_integration(integration_id: int, data: IntegrationInput, version: int | None = None) -> Integration:
    """Change an integration and commit; equal data change nothing. New params end a pause.

    Another gateway keeps no secret of the former one: what it needs must be given.

    Raises:
        NotFound: no such integration.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """
    integration = get_integration(integration_id)
    check_version(integration, version)
    gateway = gateway_or_refuse(data.gateway)
    kept = secret_names_set(integration) if data.gateway == integration.gateway else set()
    params = with_made_secrets(gateway.traits, data.params, kept)
    problems = param_problems(gateway.traits, params, kept) + rule_problems(data)
    refuse_if(problems + description_problems(data, integration) + switch_problems(integration, data))
    before = _seen(integration)
    fresh = _write(integration, data, gateway, params)
    after = _seen(integration, fresh)
    if before != after:
        audit.record("integration.update", "integration", integration.id, data.description, before=before, after=after)
    commit()
    return integration


def set_integration_active(integration_id: int, active: bool, reason: str = "") -> Integration:
    """Switch an integration on or off, and commit. Off transmits nothing and forgets nothing.

    Raises:
        NotFound: no such integration.
    """
    integration = get_integration(integration_id)
    if integration.active != active:
        integration.active = active
        audit.record(
            "integration.activate" if active else "integration.deactivate", "integration", integration.id,
            integration.description, before={"active": not active}, after={"active": active}, reason=reason,
        )  # fmt: skip
        if active:
            accounts.mark_integration(integration.id)
    commit()
    return integration


def callback_url(integration: Integration) -> str:
    """Return the address that the platform asks at log-in: absolute where the hub knows its own.

    Raises:
        VaultError: restore the encryption key.
    """
    hub = current_hub()
    token = hub.vault.open(integration.callback_token or "", token_place(integration.id))
    return f"{hub.settings.base_url}/callback/{token}"


def rotate_callback_token(integration_id: int) -> str:
    """Make a new callback URL, commit, and return it; the old one works for 24 hours more.

    Raises:
        NotFound: no such integration.
    """
    integration = get_integration(integration_id)
    integration.callback_old_hash = integration.callback_hash
    integration.callback_old_until = utc_now() + OLD_TOKEN_LIVES
    _new_token(integration)
    audit.record("integration.rotate_callback", "integration", integration.id, integration.description)
    commit()
    return callback_url(integration)


def test_integration(integration_id: int) -> list[CheckStep]:
    """Try the credentials and return each step; a success ends a pause.

    Raises:
        NotFound: no such integration.
        VaultError: restore the encryption key; nothing was sent.
    """
    get_integration(integration_id)
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    gateway, connection = open_connection(integration_id)
    steps = gateway.check(connection)
    integration = get_integration(integration_id)
    ok = all(step.ok for step in steps)
    after = {"ok": ok, "failed": [step.code for step in steps if not step.ok]}
    audit.record("integration.test", "integration", integration.id, integration.description, after=after)
    if ok and integration.paused_code:
        _resume(integration)
    commit()
    return steps


def resume_integration(integration_id: int) -> Integration:
    """End a pause and try everything that waited, and commit; without a pause nothing changes.

    Raises:
        NotFound: no such integration.
    """
    integration = get_integration(integration_id)
    if integration.paused_code or integration.auth_failures:
        _resume(integration)
    commit()
    return integration


def _values(data: IntegrationInput) -> dict[str, Any]:
    return {name: getattr(data, name) for name in FIELDS}


def _write(integration: Integration, data: IntegrationInput, gateway: Gateway, params: dict[str, str]) -> set[str]:
    old = {name: getattr(integration, name) for name in MARKING}
    if integration.reconcile_interval_s != data.reconcile_interval_s:
        integration.reconcile_due_at = utc_now() + timedelta(seconds=data.reconcile_interval_s)
    switched_on = data.active and not integration.active
    if data.gateway != integration.gateway:
        forget_secrets(integration, params.keys())
    assign(integration, _values(data))
    fresh = store_params(integration, gateway.traits, params)
    if fresh:
        # The version tells open connections that they are out of date.
        touch(integration)
        _clear_pause(integration)
    if fresh or switched_on or any(getattr(integration, name) != value for name, value in old.items()):
        accounts.mark_integration(integration.id)
    return fresh


def _resume(integration: Integration) -> None:
    before = {"paused": integration.paused_code}
    _clear_pause(integration)
    audit.record(
        "integration.resume", "integration", integration.id, integration.description,
        before=before, after={"paused": None},
    )  # fmt: skip
    accounts.mark_integration(integration.id)


def _clear_pause(integration: Integration) -> None:
    integration.auth_failures = 0
    integration.paused_code = integration.paused_at = integration.paused_until = None
    integration.paused_params = {}
    integration.breaker = {}


def token_place(integration_id: int) -> str:
    """Return where the token of a callback URL is sealed."""
    return f"integration:callback_token:{integration_id}"


def _new_token(integration: Integration) -> None:
    token = secrets.token_urlsafe(32)
    integration.callback_token = current_hub().vault.seal(token, token_place(integration.id))
    integration.callback_hash = token_hash(token)


def _seen(integration: Integration, fresh: Collection[str] = ()) -> dict[str, Any]:
    return {**snapshot(integration, FIELDS), "params": masked_params(integration, fresh)}
