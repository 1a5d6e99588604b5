"""What platforms gave us to show, and codes that they deliver: one for all processes, sealed where it lies.

Used by gateways while they wait for a platform: every step is a short transaction of its own.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import ColumnElement, Engine, Table, delete, insert, select, update
from sqlalchemy import Connection as DbConnection
from sqlalchemy.exc import IntegrityError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.gateways.contract import Secret
from webapp.gateways.errors import Unavailable
from webapp.models import IntegrationCode, IntegrationToken, Setting, SourceToken
from webapp.services.one_way import token_hash
from webapp.vault import Vault, VaultError

log = structlog.get_logger()

LEASE = "token_lease:"
CODE_LIVES = timedelta(minutes=10)
LONGEST_SEALED_TOKEN = 20_000
LONGEST_CODE = 4_000
POLL_S = 0.1
SLOWEST_POLL_S = 0.5


@dataclass(frozen=True)
class Patience:
    """How long one may renew, after which its process counts as dead, and how long another waits for it."""

    lease_s: float
    wait_s: float


@dataclass(frozen=True)
class TokenTable:
    """Where the tokens of one kind of owner stand, and what a lease on one is called."""

    rows: Table
    owner: str
    lease: str

    @property
    def owner_id(self) -> ColumnElement[int]:
        """The column that says whose token it is."""
        return self.rows.c[self.owner]

    def place(self, owner_id: int) -> str:
        """Return where the token of this owner is sealed."""
        return f"{self.rows.name}:sealed:{owner_id}"


OF_INTEGRATION = TokenTable(cast(Table, IntegrationToken.__table__), "integration_id", LEASE)
OF_SOURCE = TokenTable(cast(Table, SourceToken.__table__), "source_id", f"{LEASE}source:")


class StoredTokens:
    """The ``TokenStore`` of one integration or source.

    Args:
        fingerprint: of the params with which a token is fetched: one fetched with others is not shown.
        table: whose tokens: ``OF_INTEGRATION`` or ``OF_SOURCE``.
    """

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        owner_id: int,
        *,
        fingerprint: str,
        patience: Patience,
        table: TokenTable = OF_INTEGRATION,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._id = owner_id
        self._fingerprint = fingerprint
        self._patience = patience
        self._table = table

    def __repr__(self) -> str:
        return f"StoredTokens({self._table.rows.name}, {self._id})"

    def load(self) -> Mapping[str, str] | None:
        """Return what was saved last with these params; None when nothing was, or its key is lost."""
        with _reading(self._engine) as connection:
            sealed = connection.scalar(select(self._table.rows.c.sealed).where(self._table.owner_id == self._id))
        if sealed is None:
            return None
        try:
            kept = json.loads(self._vault.open(sealed, self._table.place(self._id)))
        except VaultError:
            # A new one can be had; the params, without which nothing can, refuse for themselves.
            log.warning("token.unreadable", table=self._table.rows.name, owner_id=self._id)
            return None
        return {**kept["token"]} if kept["fingerprint"] == self._fingerprint else None

    def save(self, token: Mapping[str, str]) -> None:
        """Keep this in place of what was there; for an owner that is gone meanwhile nothing is kept."""
        text = json.dumps({"fingerprint": self._fingerprint, "token": dict(token)})
        sealed = self._vault.seal(text, self._table.place(self._id))
        if len(sealed) > LONGEST_SEALED_TOKEN:
            log.warning("token.too_long", table=self._table.rows.name, owner_id=self._id, characters=len(sealed))
            return
        values = {"sealed": sealed, "changed_at": utc_now()}
        own = update(self._table.rows).where(self._table.owner_id == self._id).values(**values)
        try:
            with _writing(self._engine) as connection:
                if connection.execute(own).rowcount == 0:
                    connection.execute(insert(self._table.rows).values({self._table.owner: self._id, **values}))
        except IntegrityError:
            with _writing(self._engine) as connection:
                connection.execute(own)

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Be the only one, in all processes, who fetches a token.

        Raises:
            Unavailable: another process has been at it for too long; retry on the schedule.
        """
        mine = self._lease()
        try:
            yield
        finally:
            with _writing(self._engine) as connection:
                connection.execute(delete(Setting).where(Setting.name == self._lease_name, Setting.value == mine))

    @property
    def _lease_name(self) -> str:
        return f"{self._table.lease}{self._id}"

    def _lease(self) -> str:
        deadline = monotonic_s() + self._patience.wait_s
        while (mine := self._try_lease()) is None:
            if monotonic_s() >= deadline:
                raise Unavailable("token_busy")
            sleep(POLL_S)
        return mine

    def _try_lease(self) -> str | None:
        """Take the lease when it is free, or its holder's time is over; None when somebody else has it."""
        now = utc_now()
        with _reading(self._engine) as connection:
            held = connection.scalar(select(Setting.value).where(Setting.name == self._lease_name))
        if held is not None and datetime.fromisoformat(json.loads(held)["until"]) > now:
            return None
        until = now + timedelta(seconds=self._patience.lease_s)
        mine = json.dumps({"until": until.isoformat(), "by": secrets.token_hex(8)})
        try:
            with _writing(self._engine) as connection:
                return mine if self._took(connection, held, mine) else None
        except IntegrityError:
            return None

    def _took(self, connection: DbConnection, held: str | None, mine: str) -> bool:
        if held is None:
            connection.execute(insert(Setting).values(name=self._lease_name, value=mine))
            return True
        taken = update(Setting).where(Setting.name == self._lease_name, Setting.value == held).values(value=mine)
        return connection.execute(taken).rowcount == 1


class StoredCodes:
    """The ``CodeBox`` of one integration."""

    def __init__(self, engine: Engine, vault: Vault, integration_id: int) -> None:
        self._engine = engine
        self._vault = vault
        self._id = integration_id

    def __repr__(self) -> str:
        return f"StoredCodes({self._id})"

    def expect(self, state: str) -> None:
        """Announce a state that may come back once, within ``CODE_LIVES``."""
        row = {"integration_id": self._id, "state_hash": token_hash(state), "expires_at": utc_now() + CODE_LIVES}
        with _writing(self._engine) as connection:
            connection.execute(insert(IntegrationCode).values(**row))

    def wait(self, state: str, timeout_s: float) -> Secret | None:
        """Return the code that came with the state, or None when none came in time. Either way the state is spent."""
        deadline, pause_s = monotonic_s() + timeout_s, POLL_S
        try:
            while (sealed := self._sealed(state)) is None:
                if monotonic_s() >= deadline:
                    return None
                sleep(pause_s)
                pause_s = min(pause_s * 1.5, SLOWEST_POLL_S)
            return self._vault.open(sealed, code_place(self._id, token_hash(state)))
        finally:
            with _writing(self._engine) as connection:
                connection.execute(delete(IntegrationCode).where(*_code_row(self._id, token_hash(state))))

    def _sealed(self, state: str) -> str | None:
        with _reading(self._engine) as connection:
            found: str | None = connection.scalar(
                select(IntegrationCode.sealed).where(*_code_row(self._id, token_hash(state)))
            )
        return found


def deliver_code(connection: DbConnection, vault: Vault, integration_id: int, state: str, code: str) -> bool:
    """Put a delivered code into its box; False for a state that nobody waits for, or a second delivery.

    Args:
        connection: with a transaction that the caller commits.
    """
    if not code or not code.isprintable() or len(code) > LONGEST_CODE:
        return False
    digest = token_hash(state)
    awaited = (IntegrationCode.sealed.is_(None), IntegrationCode.expires_at > utc_now())
    sealed = vault.seal(code, code_place(integration_id, digest))
    put = update(IntegrationCode).where(*_code_row(integration_id, digest), *awaited).values(sealed=sealed)
    return bool(connection.execute(put).rowcount)


def _code_row(integration_id: int, digest: str) -> tuple[ColumnElement[bool], ...]:
    return (IntegrationCode.integration_id == integration_id, IntegrationCode.state_hash == digest)


def code_place(integration_id: int, digest: str) -> str:
    """Return where a delivered code is sealed."""
    return f"integration_code:sealed:{integration_id}:{digest}"


@contextmanager
def _reading(engine: Engine) -> Iterator[DbConnection]:
    with engine.connect().execution_options(reads_only=True) as connection:
        yield connection


@contextmanager
def _writing(engine: Engine) -> Iterator[DbConnection]:
    with engine.connect().execution_options(reads_only=False) as connection, connection.begin():
        yield connection
