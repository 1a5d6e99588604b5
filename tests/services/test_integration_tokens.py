"""Kept tokens and delivered codes: sealed, one for all processes, each code taken once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine, select, update

from tests.factories import make_integration
from tests.gateways.people import make_subject
from tests.gateways.recipe.door import BASE, Door, said
from tests.gateways.recipe.test_auth_token import BEARER, CALL
from tests.gateways.servers import LoopbackServer
from webapp import clock
from webapp.clock import monotonic_s
from webapp.extensions import db
from webapp.gateways.contract import Connection, Operation
from webapp.gateways.errors import AuthFailed, Unavailable
from webapp.models import IntegrationCode, IntegrationToken, Setting
from webapp.services import integrations, recipes
from webapp.services.connections import Connections
from webapp.services.hub import current_hub
from webapp.services.inputs import IntegrationInput
from webapp.services.integration_tokens import LONGEST_CODE, Patience, StoredCodes, StoredTokens, deliver_code
from webapp.services.upkeep import tidy
from webapp.vault import Vault

KEPT = BASE + BEARER + "keep = true\n" + CALL
TOKEN = {"token": "T0ken-of-a-platform", "renew_at": "2026-11-22T12:00:00+00:00", "refresh": "R3fresh"}


def store(engine: Engine, integration_id: int, **options: object) -> StoredTokens:
    given = {"fingerprint": "f1", "patience": Patience(60, 0.2), "vault": current_hub().vault, **options}
    return StoredTokens(engine, given.pop("vault"), integration_id, **given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    """The id alone: a session that reads an object again would hold SQLite's write lock."""

    id: int


def new_integration(**given: Any) -> Row:
    row = Row(make_integration(**given).id)
    db.session.rollback()
    return row


def read(statement: Any) -> list[Any]:
    with db.engine.connect().execution_options(reads_only=True) as connection:
        return list(connection.execute(statement).all())


@pytest.fixture
def integration(app: APIFlask) -> Row:
    return new_integration()


@pytest.fixture
def tokens(integration: Row) -> StoredTokens:
    return store(db.engine, integration.id)


@pytest.fixture
def codes(integration: Row) -> StoredCodes:
    return StoredCodes(db.engine, current_hub().vault, integration.id)


def deliver(integration: Row, state: str, code: str = "c0de") -> bool:
    with db.engine.begin() as connection:
        return deliver_code(connection, current_hub().vault, integration.id, state, code)


def test_token_is_kept_sealed_and_the_last_one_counts(tokens: StoredTokens) -> None:
    assert tokens.load() is None
    tokens.save({**TOKEN, "token": "T0ken-before"})
    tokens.save(TOKEN)
    assert tokens.load() == TOKEN
    rows = read(select(IntegrationToken.sealed))
    assert len(rows) == 1
    assert "T0ken" not in rows[0].sealed
    assert "T0ken" not in repr(tokens)


def test_token_that_was_fetched_with_other_params_is_not_shown(tokens: StoredTokens, integration: Row) -> None:
    tokens.save(TOKEN)
    assert store(db.engine, integration.id, fingerprint="f2").load() is None


def test_token_whose_key_is_lost_is_none_and_never_garbage(tokens: StoredTokens, integration: Row) -> None:
    tokens.save(TOKEN)
    assert store(db.engine, integration.id, vault=Vault({"k2": b"x" * 32})).load() is None


def test_token_moved_to_another_integration_does_not_open(tokens: StoredTokens, integration: Row) -> None:
    tokens.save(TOKEN)
    other = new_integration()
    db.session.execute(update(IntegrationToken).values(integration_id=other.id))
    db.session.commit()
    assert store(db.engine, other.id).load() is None


def test_token_that_is_too_long_to_keep_leaves_the_former_one(tokens: StoredTokens) -> None:
    tokens.save(TOKEN)
    tokens.save({**TOKEN, "token": "x" * 16_000})
    assert tokens.load() == TOKEN


def test_token_of_an_integration_that_is_gone_is_not_kept(app: APIFlask) -> None:
    store(db.engine, 4711).save(TOKEN)
    assert read(select(IntegrationToken.sealed)) == []


def test_only_one_renews_and_the_other_gives_up_in_time(tokens: StoredTokens, integration: Row) -> None:
    with tokens.renewing():
        started = monotonic_s()
        with pytest.raises(Unavailable) as caught, store(db.engine, integration.id).renewing():
            pass
    assert caught.value.code == "token_busy"
    assert monotonic_s() - started < 20
    with store(db.engine, integration.id).renewing():
        pass


def test_renewal_that_fails_lets_the_next_one_in(tokens: StoredTokens) -> None:
    with pytest.raises(AuthFailed), tokens.renewing():
        raise AuthFailed("credentials_refused")
    with tokens.renewing():
        pass
    assert read(select(Setting.name).where(Setting.name.startswith("token_lease:"))) == []


def test_process_that_died_while_it_renewed_blocks_nobody_for_ever(tokens: StoredTokens, integration: Row) -> None:
    dead = tokens.renewing()
    dead.__enter__()
    clock.move(timedelta(seconds=61))
    with store(db.engine, integration.id).renewing():
        # It wakes up, and takes nothing away from the one who renews now.
        dead.__exit__(None, None, None)
        with pytest.raises(Unavailable), store(db.engine, integration.id).renewing():
            pass


def test_code_is_taken_once_by_who_waits_for_its_state(codes: StoredCodes, integration: Row) -> None:
    codes.expect("a-state")
    assert deliver(integration, "a-state", "c0de-1")
    (row,) = read(select(IntegrationCode.sealed, IntegrationCode.state_hash))
    assert "c0de-1" not in str(row.sealed)
    assert "a-state" not in row.state_hash
    assert codes.wait("a-state", 0) == "c0de-1"
    assert codes.wait("a-state", 0) is None
    assert not deliver(integration, "a-state", "c0de-2")


def test_code_that_comes_while_we_wait_is_taken(codes: StoredCodes, integration: Row) -> None:
    codes.expect("a-state")
    engine, vault, integration_id = db.engine, current_hub().vault, integration.id

    def platform() -> None:
        with engine.begin() as connection:
            deliver_code(connection, vault, integration_id, "a-state", "c0de-1")

    threading.Timer(0.05, platform).start()
    assert codes.wait("a-state", 5) == "c0de-1"


def test_second_delivery_does_not_replace_the_first(codes: StoredCodes, integration: Row) -> None:
    codes.expect("a-state")
    assert [deliver(integration, "a-state", code) for code in ("c0de-1", "c0de-evil")] == [True, False]
    assert codes.wait("a-state", 0) == "c0de-1"


@pytest.mark.parametrize("code", ["", "x" * (LONGEST_CODE + 1), "two\nlines"])
def test_delivery_that_is_no_code_is_dropped(codes: StoredCodes, integration: Row, code: str) -> None:
    codes.expect("a-state")
    assert not deliver(integration, "a-state", code)


def test_unknown_state_another_integration_and_a_late_code_are_dropped(codes: StoredCodes, integration: Row) -> None:
    codes.expect("a-state")
    other = new_integration()
    assert not deliver(integration, "a-stat")
    assert not deliver(other, "a-state")
    clock.move(timedelta(minutes=11))
    assert not deliver(integration, "a-state")
    assert codes.wait("a-state", 0) is None


def test_state_that_nobody_waits_for_any_more_is_spent(codes: StoredCodes, integration: Row) -> None:
    codes.expect("a-state")
    assert codes.wait("a-state", 0) is None
    assert not deliver(integration, "a-state")


def test_codes_that_nobody_took_are_tidied_away(codes: StoredCodes) -> None:
    codes.expect("a-state")
    tidy()
    assert len(read(select(IntegrationCode.id))) == 1
    clock.move(timedelta(minutes=11))
    tidy()
    assert read(select(IntegrationCode.id)) == []


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    with LoopbackServer(door.respond) as server:
        door.url = server.url
        yield door


def kept_token_integration(door: Door) -> Row:
    recipes.save_version(KEPT, reason="", base=recipes.edition("any"), key="any")
    return new_integration(gateway="any", params={"url": door.url, "user": "prov", "pw": "geheim-1"})


def another_process(integration: Row, connections: Connections | None = None) -> tuple[object, Connection]:
    with db.engine.connect().execution_options(reads_only=True) as connection:
        return (connections or Connections(current_hub())).find(connection, integration.id)


def suspend(process: tuple[object, Connection]) -> str:
    gateway, connection = process
    return gateway.send(connection, Operation.SUSPEND, make_subject(), "k").outcome  # type: ignore[attr-defined]


def test_a7_processes_and_restarts_share_one_token_in_the_database(app: APIFlask, door: Door) -> None:
    integration = kept_token_integration(door)
    first, second = another_process(integration), another_process(integration)
    assert [suspend(process) for process in (first, second, first)] == ["ok"] * 3
    assert door.count("/login") == 1
    door.good.clear()
    assert [suspend(process) for process in (second, first)] == ["ok"] * 2
    assert suspend(another_process(integration)) == "ok"
    assert door.count("/login") == 2


def change(integration: Row, given: dict[str, Any]) -> None:
    integrations.update_integration(integration.id, IntegrationInput(**given, description="Renamed"))
    db.session.rollback()


def test_new_params_drop_the_kept_token_and_a_new_description_does_not(app: APIFlask, door: Door) -> None:
    integration = kept_token_integration(door)
    suspend(another_process(integration))
    given: dict[str, Any] = {"gateway": "any", "params": {"url": door.url, "user": "prov"}}
    change(integration, given)
    suspend(another_process(integration))
    assert door.count("/login") == 1
    given["params"] = {"url": door.url, "user": "somebody else"}
    change(integration, given)
    suspend(another_process(integration))
    assert door.count("/login") == 2
    assert door.last("/login").form["client_id"] == "somebody else"


def test_connection_is_built_anew_when_its_recipe_changes_and_only_then(app: APIFlask, door: Door) -> None:
    integration = kept_token_integration(door)
    connections = Connections(current_hub())
    find = lambda: another_process(integration, connections)[1]  # noqa: E731
    first = find()
    recipes.refresh(at_once=True)
    assert find() is first
    changed = KEPT.replace('label = "Any"', 'label = "Any, changed"')
    recipes.save_version(changed, reason="", base=recipes.edition("any"), key="any")
    assert find() is not first


def test_token_lease_and_code_work_on_postgresql(postgres_app: APIFlask) -> None:
    integration = new_integration()
    tokens = store(db.engine, integration.id)
    for token in ("T1", "T2"):
        with tokens.renewing():
            tokens.save({**TOKEN, "token": token})
            with pytest.raises(Unavailable), store(db.engine, integration.id).renewing():
                pass
    assert tokens.load() == {**TOKEN, "token": "T2"}
    codes = StoredCodes(db.engine, current_hub().vault, integration.id)
    codes.expect("a-state")
    assert deliver(integration, "a-state")
    assert codes.wait("a-state", 0) == "c0de"
