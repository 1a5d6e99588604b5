"""Integrations: declared params, sealed secrets, callback token, switches."""

import hashlib
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests.factories import RECEIVER, make_integration, make_package, make_product, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of, last_event, problems_of
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.gateways.registry import get_gateway
from webapp.models import Event, Integration, IntegrationParam
from webapp.sandbox.client import Tenant
from webapp.services import integration_reports, integrations
from webapp.services.connections import open_connection
from webapp.services.errors import Conflict, NotFound
from webapp.services.hub import current_hub
from webapp.services.inputs import IntegrationInput
from webapp.services.integration_params import lookalikes

pytestmark = pytest.mark.usefixtures("app")

NX = {"api_url": "https://nx.example.com/api", "token": "s3cret-token"}


def given(**overrides: object) -> IntegrationInput:
    return IntegrationInput(**{"gateway": "nx_play", "description": "NX", "params": NX, **overrides})


def test_unknown_gateway_is_refused_with_those_that_exist() -> None:
    problem = problems_of(lambda: integrations.create_integration(given(gateway="nxplay")))[0]
    assert (problem.field, problem.code) == ("gateway", "gateway_unknown")
    assert problem.params["meant"] == "nx_play"
    assert "outros" in problem.params["allowed"]


def test_params_are_judged_all_at_once() -> None:
    params = {"apUrl": "https://nx.example.com", "usuario": "cpf"}
    assert codes_of(lambda: integrations.create_integration(given(params=params))) == [
        ("params.apUrl", "param_unknown_near"),
        ("params.usuario", "param_choice"),
        ("params.api_url", "param_required"),
        ("params.token", "param_required"),
    ]
    assert db.session.scalars(select(Integration)).all() == []


def test_secret_is_sealed_and_shown_nowhere() -> None:
    integration = integrations.create_integration(given())
    row = db.session.scalars(select(IntegrationParam).where(IntegrationParam.name == "token")).one()
    assert row.value == ""
    assert "s3cret-token" not in (row.sealed or "")
    assert integrations.public_params(integration) == {"api_url": NX["api_url"], "token": None}
    assert integrations.secret_names_set(integration) == {"token"}
    assert all("s3cret-token" not in str(event.after) for event in db.session.scalars(select(Event)))
    assert open_connection(integration.id)[1].params["token"] == Secret("s3cret-token")


def test_secret_left_out_stays_and_an_empty_one_goes() -> None:
    integration = make_integration(params={"url": RECEIVER, "assinatura_hub": "abc", "loja": "7"})
    data = IntegrationInput(gateway="outros", description=integration.description, params={"url": RECEIVER})
    integrations.update_integration(integration.id, data)
    assert integrations.secret_names_set(integration) == {"assinatura_hub", "segredo"}
    assert "loja" not in integrations.public_params(integration)
    data = data.model_copy(update={"params": {"url": RECEIVER, "assinatura_hub": ""}})
    integrations.update_integration(integration.id, data)
    assert integrations.secret_names_set(integration) == {"segredo"}


def test_signing_secret_is_made_when_missing_and_kept_afterwards() -> None:
    integration = make_integration()
    first = open_connection(integration.id)[1].params["segredo"]
    assert first.startswith("whsec_")
    data = IntegrationInput(gateway="outros", description="Other", params={"url": RECEIVER})
    integrations.update_integration(integration.id, data)
    assert open_connection(integration.id)[1].params["segredo"] == first


def test_free_param_with_a_secret_name_is_sealed() -> None:
    integration = make_integration(params={"url": RECEIVER, "header:Authorization": "Bearer abc"})
    assert integrations.public_params(integration)["header:Authorization"] is None
    assert open_connection(integration.id)[1].free_params["header:Authorization"] == "Bearer abc"


def test_new_secret_is_used_seen_in_history_and_ends_a_pause() -> None:
    integration = integrations.create_integration(given())
    integration.paused_code, integration.auth_failures = "auth_stopped", 3
    db.session.commit()
    open_connection(integration.id)
    integrations.update_integration(integration.id, given(params={**NX, "token": "other"}))
    assert open_connection(integration.id)[1].params["token"] == "other"
    assert (integration.paused_code, integration.auth_failures) == (None, 0)
    event = last_event()
    assert event.action == "integration.update"
    assert event.after is not None
    assert event.after["params"]["token"] == "*** (new)"


def test_same_data_again_change_nothing() -> None:
    integration = integrations.create_integration(given())
    version = integration.version
    integrations.update_integration(integration.id, given())
    assert integration.version == version
    assert actions() == ["integration.create"]


def test_changed_rules_mark_accounts_and_a_new_name_does_not() -> None:
    integration = make_integration()
    service = make_service()
    make_sale(service, make_package(integration))
    before = account_of(service).generation
    data = IntegrationInput(gateway="outros", description="Renamed", params={"url": RECEIVER})
    integrations.update_integration(integration.id, data)
    assert account_of(service).generation == before
    integrations.update_integration(integration.id, data.model_copy(update={"follow_status": False}))
    assert account_of(service).generation == before + 1


def test_status_rule_for_an_unknown_status_is_refused() -> None:
    rules = {"suspenso": "keep"}
    assert codes_of(lambda: integrations.create_integration(given(status_rules=rules))) == [
        ("status_rules.suspenso", "status_unknown")
    ]


def test_gateway_can_change_only_while_there_are_no_accounts() -> None:
    integration = make_integration()
    assert integrations.update_integration(integration.id, given()).gateway == "nx_play"
    other = make_integration()
    make_sale(make_service(), make_package(other))
    another = given(description="Another")
    assert codes_of(lambda: integrations.update_integration(other.id, another)) == [("gateway", "gateway_has_accounts")]


def test_single_package_cannot_be_switched_on_over_a_package_with_two_products() -> None:
    integration = make_integration()
    codes = [make_product(integration).code, make_product(integration).code]
    make_package(integration, product_codes=codes, description="Both")
    data = IntegrationInput(gateway="outros", description="x", params={"url": RECEIVER}, single_package=True)
    problem = problems_of(lambda: integrations.update_integration(integration.id, data))[0]
    assert (problem.code, problem.params["names"]) == ("single_package_products", "Both")


def test_callback_url_carries_the_token_whose_hash_is_stored() -> None:
    integration = make_integration()
    url = integrations.callback_url(integration)
    token = url.removeprefix("/callback/")
    assert hashlib.sha256(token.encode()).hexdigest() == integration.callback_hash
    assert token not in (integration.callback_token or "")


def test_rotated_token_is_new_and_the_old_one_lives_a_day() -> None:
    integration = make_integration()
    old_hash, old_url = integration.callback_hash, integrations.callback_url(integration)
    assert integrations.rotate_callback_token(integration.id) != old_url
    assert integration.callback_old_hash == old_hash
    assert integration.callback_old_until is not None
    assert timedelta(hours=23) < integration.callback_old_until - clock.utc_now() <= timedelta(hours=24)


def test_reconciliation_is_due_after_its_interval() -> None:
    integration = integrations.create_integration(given(reconcile_interval_s=600))
    assert integration.reconcile_due_at is not None
    assert integration.reconcile_due_at - clock.utc_now() <= timedelta(seconds=600)


def test_inactive_integration_keeps_its_accounts_and_marks_them_on_return() -> None:
    integration = make_integration()
    service = make_service()
    make_sale(service, make_package(integration))
    before = account_of(service).generation
    integrations.set_integration_active(integration.id, False, "platform moves")
    assert account_of(service).generation == before
    assert last_event().reason == "platform moves"
    integrations.set_integration_active(integration.id, True)
    assert account_of(service).generation == before + 1


def test_resume_without_a_pause_changes_nothing() -> None:
    integration = make_integration()
    integrations.resume_integration(integration.id)
    assert actions() == ["integration.create"]


def test_stale_version_and_unknown_id_are_refused() -> None:
    integration = integrations.create_integration(given())
    with pytest.raises(Conflict, match="stale"):
        integrations.update_integration(integration.id, given(description="x"), version=99)
    with pytest.raises(NotFound):
        integrations.get_integration(999)


def test_secret_does_not_open_at_another_place(app: APIFlask) -> None:
    integrations.create_integration(given())
    row = db.session.scalars(select(IntegrationParam).where(IntegrationParam.name == "token")).one()
    opened = current_hub().vault.open(row.sealed or "", f"integration_param:sealed:{row.integration_id}:token")
    assert opened == "s3cret-token"
    assert "s3cret" not in repr(opened)


def test_another_gateway_keeps_no_secret_of_the_former_one() -> None:
    integration = make_integration(params={"url": RECEIVER, "token": "of the receiver"})
    integrations.update_integration(integration.id, given())
    assert integrations.secret_names_set(integration) == {"token"}
    assert open_connection(integration.id)[1].params["token"] == Secret("s3cret-token")
    without = {"api_url": NX["api_url"]}
    other = make_integration(params={"url": RECEIVER, "token": "of the receiver"})
    data = given(description="Second", params=without)
    assert codes_of(lambda: integrations.update_integration(other.id, data)) == [("params.token", "param_required")]


def test_second_integration_of_a_gateway_needs_a_description_of_its_own() -> None:
    first = integrations.create_integration(given())
    problem = problems_of(lambda: integrations.create_integration(given()))[0]
    assert (problem.field, problem.code, problem.params["id"]) == (
        "description", "integration_description_taken", first.id,
    )  # fmt: skip
    second = integrations.create_integration(given(description="NX, second contract"))
    assert codes_of(lambda: integrations.update_integration(second.id, given())) == [
        ("description", "integration_description_taken")
    ]


def test_lookalike_of_a_declared_param_is_named_only_where_free_params_are_taken() -> None:
    webhook, nx = get_gateway("outros").traits, get_gateway("nx_play").traits
    names = ["Url", "loja", "header:url", "assinaturahub", "url"]
    assert lookalikes(webhook, names) == {"Url": "url", "assinaturahub": "assinatura_hub"}
    assert lookalikes(nx, ["apUrl"]) == {}


def test_timed_test_says_when_and_how_long_each_step_took(nx: Tenant) -> None:
    integration = make_integration(gateway="nx_play", params={"api_url": nx.url, "token": nx.token})
    report = integration_reports.run_test(integration.id)
    assert report.ok
    assert [timed.step.name for timed in report.steps] == ["params", "answer"]
    assert report.steps[0].took_ms is None
    assert (report.steps[1].took_ms or 0) <= report.took_ms
    last = integration_reports.last_test(integration.id)
    assert last is not None
    assert last.after == {"ok": True, "failed": []}
