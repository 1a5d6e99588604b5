"""The control API as its client offers it, the ledger, and the invariants read from it."""

import json

import pytest
import requests

from tests.sandbox.calls import call, create, created, deliver, event
from webapp.sandbox.client import SandboxError, SandboxProcess, Tenant


def test_foreign_subscribers_are_made_by_hand_and_shown(nx: Tenant) -> None:
    made = nx.add_foreign(2) + nx.add_foreign(1)
    assert [row["external_id"] for row in made] == ["foreign-1", "foreign-2", "foreign-3"]
    assert call(nx, "GET", "/subscribers").json()["total"] == 3


def test_drift_by_hand_shows_at_once_and_is_no_call(nx: Tenant) -> None:
    first, second, third = (row["id"] for row in nx.add_foreign(3))
    nx.delete([first])
    nx.suspend([second])
    nx.change([third], products=["full"], email="drift@example.com")
    rows = call(nx, "GET", "/subscribers").json()["subscribers"]
    assert [(row["status"], row["products"]) for row in rows] == [("suspended", ["basico"]), ("active", ["full"])]
    assert call(nx, "GET", "/subscribers?email=drift@example.com").json()["total"] == 1
    nx.enable([second])
    assert nx.subscriber(id=second)["status"] == "active"
    assert (nx.calls(), nx.calls("list")) == (2, 1)
    effects = [line["effect"] for line in nx.ledger(kind="control")]
    assert effects == ["created"] * 3 + ["deleted", "suspended", "updated", "enabled"]


def test_one_subscriber_is_made_by_hand_with_the_values_given(nx: Tenant) -> None:
    row = nx.add_subscriber(external_id="x", email="x@example.com", status="suspended", password="secret1")
    assert nx.subscriber(email="x@example.com") == row
    with pytest.raises(SandboxError, match="unknown fields"):
        nx.add_subscriber(colour="red")
    with pytest.raises(SandboxError, match="404"):
        nx.delete(["sub_999999"])
    with pytest.raises(SandboxError, match="0 live subscribers"):
        nx.subscriber(email="nobody@example.com")


def test_reset_forgets_people_keys_products_and_dials_but_not_the_ledger(nx: Tenant) -> None:
    create(nx, key="k1")
    nx.set_dials(status=500)
    nx.set_products([])
    nx.reset()
    assert (nx.subscribers(), nx.live_by_ledger()) == ([], {})
    assert create(nx, key="k1").status_code == 201
    assert [line["effect"] for line in nx.ledger()] == ["created", "reset", "created"]


def test_a_ledger_line_says_who_what_when_and_with_which_key(nx: Tenant) -> None:
    create(nx, key="k1")
    [line] = nx.ledger()
    wanted = {"tenant": nx.name, "kind": "nx", "operation": "create", "method": "POST", "key": "k1", "status": 201}
    assert wanted.items() <= line.items()
    assert (line["external_id"], line["email"], line["id"]) == ("ref-1", "maria.1@example.com", "sub_000001")
    assert line["body"]["password"] == "001234"
    assert line["received_at"] <= line["at"]
    assert line["path"] == f"/nx/{nx.name}/subscribers"


def test_a_refused_call_and_one_about_a_known_id_say_whom_they_are_about(nx: Tenant) -> None:
    identity = created(nx)
    nx.set_dials(status=500)
    call(nx, "POST", f"/subscribers/{identity}/suspend")
    [line] = nx.ledger(operation="suspend")
    assert (line["id"], line["external_id"], line["effect"]) == (identity, "ref-1", None)


def test_the_ledger_is_read_from_a_line_on(nx: Tenant) -> None:
    create(nx, 1)
    seq = nx.seq()
    create(nx, 2)
    assert [line["external_id"] for line in nx.ledger(since=seq)] == ["ref-2"]


def test_the_ledger_file_holds_every_line_once_with_rising_numbers(sandbox: SandboxProcess, nx: Tenant) -> None:
    for number in range(20):
        create(nx, number)
    lines = [json.loads(line) for line in sandbox.ledger_path.read_text(encoding="utf-8").splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line for line in lines if line["tenant"] == nx.name] == nx.ledger()


def test_live_accounts_by_ledger_and_by_memory_agree(nx: Tenant) -> None:
    nx.set_dials(unique_email=False)
    create(nx, 1)
    create(nx, 1)
    call(nx, "DELETE", f"/subscribers/{created(nx, 2)}")
    nx.delete([nx.add_foreign(1)[0]["id"]])
    assert nx.live_by_ledger() == {"ref-1": ["sub_000001", "sub_000002"]} == nx.doubles()
    assert {owner: [row["id"] for row in rows] for owner, rows in nx.live().items()} == nx.live_by_ledger()


def test_live_accounts_of_a_receiver_are_its_sales(hook: Tenant) -> None:
    deliver(hook, event("cadastro", 1), "m1")
    deliver(hook, event("cadastro", 2), "m2")
    deliver(hook, event("cadastro", 2), "m3")
    deliver(hook, event("cancelar", 1), "m4")
    assert hook.live_by_ledger() == {"2": ["2"]}
    assert hook.doubles() == {}


def test_waiting_for_calls_that_do_not_come_ends(nx: Tenant) -> None:
    with pytest.raises(SandboxError, match="0 of 1 calls of create"):
        nx.wait_calls("create", 1, timeout_s=0.05)
    create(nx)
    assert nx.wait_calls("create", 1) == 1


@pytest.mark.parametrize("path", ["/control/nothing", "/control/t/nothing", "/elsewhere", "/nx", "/"])
def test_an_unknown_address_is_404(sandbox: SandboxProcess, path: str) -> None:
    assert requests.get(sandbox.url + path, timeout=5).status_code == 404


def test_control_refuses_what_it_cannot_read(sandbox: SandboxProcess) -> None:
    assert requests.post(f"{sandbox.url}/control/t/subscribers", data=b"{", timeout=5).status_code == 400
    assert requests.get(f"{sandbox.url}/control/t/ledger?since=x", timeout=5).status_code == 400
