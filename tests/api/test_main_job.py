"""The whole main job by the API alone, up to the work that waits for the engine."""

from tests.api.conftest import Program
from tests.api.scenes import made, sell


def test_a_sold_package_becomes_an_account_that_follows_the_service(admin: Program, writer: Program) -> None:
    scene = sell(admin, status="aguardando_instalacao")
    made(writer.patch("/services/17711", {"status": "servico_habilitado"}), 200)
    accounts = writer.get("/accounts?service_code=17711").json["items"]
    assert len(accounts) == 1
    account = accounts[0]
    assert account["status"] == "pending"
    assert account["next_attempt_at"] is not None
    assert account["integration_id"] == scene.integration


def test_whoever_did_it_stands_in_the_history(admin: Program, writer: Program) -> None:
    sell(admin)
    made(writer.patch("/services/17711", {"status": "suspenso_debito", "reason": "fatura 10"}), 200)
    newest = [
        event for event in writer.get("/events?limit=500").json["items"] if event["actor"] == "token:write-program"
    ]
    assert len(newest) == 1
    assert newest[0]["object"]["type"] == "service"
    assert newest[0]["before"]["status"] == "servico_habilitado"
    assert newest[0]["after"]["status"] == "suspenso_debito"
    assert newest[0]["reason"] == "fatura 10"


def test_a_suspension_paid_before_it_was_sent_leaves_one_account(admin: Program) -> None:
    sell(admin)
    for status in ("suspenso_debito", "servico_habilitado"):
        made(admin.patch("/services/17711", {"status": status}), 200)
    assert len(admin.get("/accounts").json["items"]) == 1
