"""Whom a call of a use case is about, as the engine would say it."""

from collections.abc import Collection

from sqlalchemy import select

from webapp.decide.desired import Rules, desired_state
from webapp.decide.state import UNKNOWN, UnitState, load_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Subject, Traits
from webapp.models import Account, Integration
from webapp.services import facts
from webapp.services.hub import current_hub

Subjects = dict[tuple[int, str], Subject]


def load_subjects(
    integration: Integration, traits: Traits, connection: Connection, account_ids: Collection[int],
    ended: Collection[tuple[int, str]] = (),
) -> Subjects:  # fmt: skip
    """Return whom a call is about, by account and unit.

    Args:
        ended: units that are there no more, as far as we know, and shall be asked about all the same.

    Raises:
        VaultError: an encryption key is missing; nothing may be asked.
    """
    hub = current_hub()
    rules = Rules(integration.follow_status, integration.status_rules, connection.params, integration.status_scope)
    accounts = db.session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
    known = [
        facts.Known(row.id, row.service_id, row.login, dict(row.remote_ids), _units(row, ended), row.keep_content)
        for row in accounts
    ]
    inputs = facts.load_inputs(
        db.session.connection(), hub.vault, integration.id, traits, rules, known, hub.today()
    )  # fmt: skip
    return {
        (account_id, unit.key): unit.subject
        for account_id, one in inputs.items()
        for unit in desired_state(one, hub.vault.fingerprint).units
    }


def _units(row: Account, ended: Collection[tuple[int, str]]) -> dict[str, UnitState]:
    """Return units; whether those that ended are there is asked, so they count as what may be there."""
    return {
        key: unit.with_(state=UNKNOWN) if (row.id, key) in ended else unit
        for key, unit in load_units(row.units).items()
    }
