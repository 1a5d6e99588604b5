"""Sources: declared params, sealed secrets, push address, connections, what is read of passwords."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import ERP_PARAMS, make_integration, make_package, make_plan, make_sale, make_source
from tests.services.helpers import actions, codes_of, last_event, problems_of
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import Event, Source, SourceLink, SourceParam, SourceToken
from webapp.sandbox.client import Erp
from webapp.services import integrations, sources
from webapp.services.case_loading import load_sources
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import SourceInput
from webapp.services.pages_sources import guide, undecided_words
from webapp.services.source_connections import open_source, passwords_needed

pytestmark = pytest.mark.usefixtures("app")

HUBSOFT = ERP_PARAMS["hubsoft"]
# The hub's own rules forbid it, so nobody waits for an answer.
REFUSED = "http://10.0.0.1"
SECRETS = ("client_secret", "password")


def given(**overrides: object) -> SourceInput:
    return SourceInput(**{"kind": "hubsoft", "description": "HubSoft", "params": HUBSOFT, **overrides})


def public(**overrides: str) -> dict[str, str]:
    return {**{name: value for name, value in HUBSOFT.items() if name not in SECRETS}, **overrides}


def link(source: Source, kind: str = "service", local_id: int = 1) -> None:
    row = SourceLink(source_id=source.id, kind=kind, external="9", local_id=local_id, seen_at=utc_now())
    db.session.add(row)
    db.session.commit()


def test_unknown_kind_is_refused_with_those_that_exist() -> None:
    problem = problems_of(lambda: sources.create_source(given(kind="hubsof")))[0]
    assert (problem.field, problem.code, problem.params["meant"]) == ("kind", "source_kind_unknown", "hubsoft")


def test_everything_wrong_is_said_at_once_and_nothing_is_made() -> None:
    make_source(description="HubSoft", kind="sgp")
    wrong = given(params={**public(url="erp"), "qqq": "x"})
    assert codes_of(lambda: sources.create_source(wrong)) == [
        ("params.url", "param_not_url"), ("params.qqq", "param_unknown"), ("params.client_secret", "param_required"),
        ("params.password", "param_required"), ("description", "source_description_taken"),
    ]  # fmt: skip
    assert len(sources.list_sources()) == 1


def test_secret_is_sealed_and_shown_nowhere() -> None:
    source = sources.create_source(given())
    sealed = db.session.scalars(select(SourceParam).where(SourceParam.sealed.is_not(None))).all()
    assert {row.name for row in sealed} == set(SECRETS)
    assert all(row.value == "" and HUBSOFT[row.name] not in (row.sealed or "") for row in sealed)
    told = "".join(str(event.after) for event in db.session.scalars(select(Event)))
    assert not any(HUBSOFT[name] in told for name in SECRETS)
    assert sources.public_params(source)["password"] is None
    assert open_source(source.id)[1].params["password"] == Secret(HUBSOFT["password"])


def test_nothing_is_read_by_itself_before_a_person_began() -> None:
    source = sources.create_source(given(light_interval_s=30))
    assert (source.full_due_at, source.light_due_at, source.active) == (None, None, True)
    sources.update_source(source.id, given(light_interval_s=60, params=public()))
    assert source.full_due_at is None


def test_new_intervals_count_from_now_once_it_is_read_by_a_schedule() -> None:
    source = sources.create_source(given())
    source.full_due_at = utc_now() + timedelta(hours=8)
    db.session.commit()
    sources.update_source(source.id, given(full_interval_s=3600, light_interval_s=30, params=public()))
    assert source.full_due_at <= utc_now() + timedelta(hours=1)
    assert source.light_due_at is not None
    assert source.light_due_at <= utc_now()


def test_kind_without_recent_changes_refuses_the_interval_for_them() -> None:
    data = given(kind="sgp", params=ERP_PARAMS["sgp"], light_interval_s=30)
    assert codes_of(lambda: sources.create_source(data)) == [("light_interval_s", "source_no_changes")]


def test_equal_data_change_nothing_and_a_stale_form_is_refused() -> None:
    source = sources.create_source(given())
    version = sources.source_version(source)
    sources.update_source(source.id, given(params=public()), version)
    assert actions() == ["source.create"]
    sources.update_source(source.id, given(precedence=2, params=public()), version)
    assert last_event().after == {"precedence": 2}
    with pytest.raises(Conflict, match="stale"):
        sources.update_source(source.id, given(params=public()), version)


def test_reading_does_not_make_an_open_form_stale() -> None:
    source = sources.create_source(given())
    version = sources.source_version(source)
    source.failures, source.light_cursor, source.full_due_at = 2, "x", utc_now()
    db.session.commit()
    assert sources.update_source(source.id, given(precedence=3, params=public()), version).precedence == 3


@pytest.mark.parametrize("url", ["https://127.0.0.1:9", "http://127.0.0.1:10", "http://other.example.com"])
def test_secrets_of_one_server_are_never_sent_to_another(url: str) -> None:
    source = sources.create_source(given())
    assert codes_of(lambda: sources.update_source(source.id, given(params=public(url=url)))) == [
        ("params.client_secret", "source_secret_again"), ("params.password", "source_secret_again"),
    ]  # fmt: skip
    fresh = public(url=url, client_secret="n3w", password="n3wer")
    sources.update_source(source.id, given(params=fresh))
    assert open_source(source.id)[1].params["password"] == Secret("n3wer")


def test_secrets_stay_when_only_the_path_of_the_address_changes() -> None:
    source = sources.create_source(given())
    sources.update_source(source.id, given(params=public(url="http://127.0.0.1:9/api")))
    assert sources.secret_names_set(source) == set(SECRETS)


def test_another_kind_forgets_the_secrets_of_the_former_one() -> None:
    source = sources.create_source(given(kind="ixc", params=ERP_PARAMS["ixc"]))
    bare = {"url": "http://127.0.0.1:9", "app": "sintonia"}
    change = given(kind="sgp", params=bare)
    assert codes_of(lambda: sources.update_source(source.id, change)) == [("params.token", "source_secret_again")]
    sources.update_source(source.id, given(kind="sgp", params={**bare, "token": "t0ken-of-sgp"}))
    assert open_source(source.id)[1].params == {**bare, "token": "t0ken-of-sgp"}


def test_kind_and_prefix_stay_when_customers_came_from_it() -> None:
    source = sources.create_source(given())
    link(source)
    change = given(kind="sgp", params=ERP_PARAMS["sgp"], code_prefix="X-")
    assert codes_of(lambda: sources.update_source(source.id, change)) == [
        ("kind", "source_kind_frozen"), ("code_prefix", "source_prefix_frozen"),
    ]  # fmt: skip


def test_new_params_end_a_pause_and_so_does_a_person() -> None:
    source = sources.create_source(given())
    for end in (
        lambda: sources.update_source(source.id, given(params=public(username="other@example.com"))),
        lambda: sources.resume_source(source.id),
        lambda: (sources.set_source_active(source.id, False), sources.set_source_active(source.id, True)),
    ):
        source.paused_code, source.failures = "source_credentials_refused", 3
        db.session.commit()
        end()
        assert (source.paused_code, source.failures) == (None, 0)


def test_switching_off_is_told_with_its_reason() -> None:
    source = sources.create_source(given())
    sources.set_source_active(source.id, False, "Contrato encerrado")
    assert (last_event().action, last_event().reason) == ("source.active", "Contrato encerrado")
    assert last_event().after == {"active": False}


def test_push_address_is_kept_as_a_hash_and_the_old_one_lives_for_a_day() -> None:
    source = sources.create_source(given(kind="sgp", params=ERP_PARAMS["sgp"]))
    old = sources.hook_url(source).rpartition("/")[2]
    new = sources.rotate_hook(source.id).rpartition("/")[2]
    assert old != new
    assert (source.hook_hash, source.hook_old_hash) == tuple(
        hashlib.sha256(token.encode()).hexdigest() for token in (new, old)
    )
    assert old not in (source.hook_token or "")
    assert source.hook_old_until is not None
    assert timedelta(hours=23) < source.hook_old_until - utc_now() <= timedelta(hours=24)


def test_connection_knows_defaults_and_keeps_what_the_erp_gave_for_these_params_alone() -> None:
    source_id = sources.create_source(given()).id
    db.session.rollback()
    connection = open_source(source_id)[1]
    assert connection.params["possui_pacote"] == "todos"
    assert connection.tokens is not None
    connection.tokens.save({"token": "T0ken-of-erp"})
    assert open_source(source_id)[1].tokens.load() == {"token": "T0ken-of-erp"}  # type: ignore[union-attr]
    row = db.session.scalars(select(SourceToken)).one()
    assert (row.source_id, "T0ken-of-erp" in row.sealed) == (source_id, False)
    sources.update_source(source_id, given(params=public(username="other@example.com")))
    assert open_source(source_id)[1].tokens.load() is None  # type: ignore[union-attr]


def test_source_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match="source_not_found"):
        open_source(99)


def nx(**params: str) -> int:
    given_params = {"api_url": "https://nx.example.com", "token": "a-token", **params}
    return make_integration(gateway="nx_play", params=given_params).id


def test_passwords_are_dropped_while_no_active_platform_needs_them() -> None:
    assert not passwords_needed()
    integration_id = nx()
    assert not passwords_needed()
    make_package(integrations.get_integration(integration_id))
    assert not open_source(make_source().id)[1].keeps_passwords


def test_passwords_are_kept_while_an_active_platform_gets_or_asks_for_them() -> None:
    webhook = make_integration()
    assert passwords_needed()
    integrations.set_integration_active(webhook.id, False)
    assert not passwords_needed()
    nx(usuario="senha_autenticacao")
    assert passwords_needed()


def test_passwords_are_kept_when_a_package_sold_or_preset_names_them() -> None:
    integration = integrations.get_integration(nx())
    sold = make_package(integration)
    make_sale(package=sold, params={"usuario": "senha_autenticacao"})
    assert passwords_needed()
    integrations.set_integration_active(integration.id, False)
    assert not passwords_needed()
    other = make_package(integrations.get_integration(nx()))
    make_plan(packages=[{"package_id": other.id, "params": {"usuario": "senha_autenticacao"}}])
    assert passwords_needed()


def test_test_of_a_source_ends_its_pause_and_is_told(erp: Erp) -> None:
    erp.people(2, plain=True)
    source = make_source(params=erp.hubsoft_params())
    source.paused_code = "source_credentials_refused"
    db.session.commit()
    report = sources.run_test(source.id)
    assert (report.ok, report.trouble, bool(report.statuses)) == (True, None, True)
    assert source.paused_code is None
    assert [step.name for step in guide(source) if step.done] == ["test"]
    # What the ERP can have but nobody has is no work for a person.
    assert undecided_words([source]) == {}


def test_failed_test_says_which_steps_and_changes_nothing() -> None:
    source = make_source(params={**HUBSOFT, "url": REFUSED})
    source.paused_code = "source_credentials_refused"
    db.session.commit()
    report = sources.run_test(source.id)
    assert (report.ok, report.statuses, len(report.failed)) == (False, (), 1)
    assert last_event().after == {"ok": False, "failed": report.failed}
    assert source.paused_code is not None


def test_service_says_where_it_came_from() -> None:
    source = make_source()
    link(source, local_id=7)
    link(source, "customer", local_id=8)
    clock.move(timedelta(days=1))
    found = load_sources([7, 8])
    origin = found[7].origin
    assert (list(found), origin.source, origin.missing_since) == ([7], source.description, None)
