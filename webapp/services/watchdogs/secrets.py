"""Watches the secrets of platforms and sources: with one that does not open nothing can be sent or read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Integration, IntegrationParam, Source, SourceParam
from webapp.services.alerts import FAIL
from webapp.services.hub import current_hub
from webapp.services.integration_params import param_place, source_param_place
from webapp.services.watchdogs.finding import Check, Finding
from webapp.vault import VaultError

INTEGRATION, SOURCE = "secret_closed", "source_secret_closed"


def _look(_now: datetime) -> Iterable[Finding]:
    integrations = (
        select(Integration.id, Integration.description, IntegrationParam.name, IntegrationParam.sealed)
        .join(IntegrationParam)
        .where(Integration.active, IntegrationParam.sealed.is_not(None))
    )
    sources = (
        select(Source.id, Source.description, SourceParam.name, SourceParam.sealed)
        .join(SourceParam)
        .where(Source.active, SourceParam.sealed.is_not(None))
    )
    yield from _closed(INTEGRATION, "integration", db.session.execute(integrations).all(), param_place)
    yield from _closed(SOURCE, "source", db.session.execute(sources).all(), source_param_place)


def _closed(code: str, kind: str, rows: Sequence[Any], place: Any) -> Iterable[Finding]:
    """Say of each object once that a secret of it does not open."""
    vault, told = current_hub().vault, set()
    for row in rows:
        try:
            vault.open(row.sealed, place(row.id, row.name))
        except VaultError:
            if row.id not in told:
                params = {"name": row.description, "param": row.name}
                yield Finding(code, row.id, row.description, params, FAIL, kind)
            told.add(row.id)


CHECKS = (Check(frozenset({INTEGRATION, SOURCE}), _look),)
