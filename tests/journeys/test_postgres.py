"""The same main job on PostgreSQL, from migration to reconciliation."""

import pytest

from tests.journeys.story import open_shop, sell_to_maria, settle, the_account
from webapp.sandbox.client import Tenant
from webapp.services import subscriptions
from webapp.services.runs import start_run


@pytest.mark.usefixtures("postgres_app")
def test_the_main_job_and_a_reconciliation_run_on_postgresql(nx: Tenant) -> None:
    shop = open_shop("nx_play", {"api_url": nx.url, "token": nx.token}, ("full", "basico"))
    service = sell_to_maria(shop)
    assert the_account(service).status == "active"
    nx.suspend([nx.subscribers()[0]["id"]])
    run = start_run(shop.integration.id, "apply")
    assert (run.status, run.counts["state"]) == ("applying", 1)
    settle()
    assert nx.subscribers()[0]["status"] == "active"
    subscriptions.set_status("S1234", "cancelado")
    settle()
    assert nx.live() == {}
