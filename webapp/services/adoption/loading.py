"""The accounts of an integration as a restored database has them, and what its rows ask for, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import select

from webapp.decide.adoption import Ours
from webapp.decide.desired import Desired, Inputs, Rules, desired_state
from webapp.decide.effects import maybe_there
from webapp.decide.state import UnitState, load_units
from webapp.gateways.contract import Connection, Traits
from webapp.models import Account, Integration
from webapp.services import facts
from webapp.services.hub import current_hub

BATCH = 500
_ACCOUNT, _INTEGRATION = Account.__table__, Integration.__table__


@dataclass(frozen=True)
class Scene:
    """What does not change from account to account."""

    integration_id: int
    traits: Traits
    rules: Rules


def open_scene(db_connection: DbConnection, integration_id: int, traits: Traits, connection: Connection) -> Scene:
    """Return the scene of an integration."""
    row = db_connection.execute(select(_INTEGRATION).where(_INTEGRATION.c.id == integration_id)).one()
    return Scene(
        integration_id, traits, Rules(row.follow_status, dict(row.status_rules), connection.params, row.status_scope)
    )


def account_rows(db_connection: DbConnection, integration_id: int) -> Iterator[Sequence[Any]]:
    """Return the accounts of an integration, so many at a time, by their ids."""
    last = 0
    while True:
        wanted = select(_ACCOUNT).where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.id > last)
        rows = db_connection.execute(wanted.order_by(_ACCOUNT.c.id).limit(BATCH)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def inputs_of(
    db_connection: DbConnection, scene: Scene, rows: Sequence[Any], units: dict[int, dict[str, UnitState]]
) -> dict[int, Inputs]:
    """Return what the accounts of these rows hang on, with these units; nothing is kept from anybody's status.

    Raises:
        VaultError: an encryption key is missing; restore it first.
    """
    hub = current_hub()
    known = [facts.Known(row.id, row.service_id, _frozen(row, units[row.id]), dict(row.remote_ids), units[row.id])
             for row in rows]  # fmt: skip
    return facts.load_inputs(
        db_connection, hub.vault, scene.integration_id, scene.traits, scene.rules, known, hub.today()
    )


def wanted_of(inputs: Inputs, keep: str = "") -> Desired:
    """Return what rows ask for.

    Args:
        keep: never less than this.
    """
    return desired_state(replace(inputs, keep=keep), current_hub().vault.fingerprint)


def load_ours(db_connection: DbConnection, scene: Scene) -> Iterator[Ours]:
    """Return every account of an integration."""
    for rows in account_rows(db_connection, scene.integration_id):
        units = {row.id: load_units(row.units) for row in rows}
        for account_id, inputs in inputs_of(db_connection, scene, rows, units).items():
            yield _ours(account_id, inputs, units[account_id])


def _ours(account_id: int, inputs: Inputs, units: dict[str, UnitState]) -> Ours:
    desired = wanted_of(inputs)
    return Ours(
        account_id, inputs.reference, desired.login, inputs.customer.document, inputs.remote_ids,
        {unit.key: str(unit.content) for unit in desired.units}, units,
    )  # fmt: skip


def _frozen(row: Any, units: dict[str, UnitState]) -> str:
    return str(row.login) if row.login_frozen_at is not None or maybe_there(units) else ""
