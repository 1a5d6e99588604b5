"""Pages of sources: the way of a newcomer, the form, the mapping."""

import re

import pytest
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Event, Plan, Source, SourceMapping
from webapp.sandbox.client import Erp
from webapp.services import source_mapping as mapping
from webapp.services import sources
from webapp.services.source_mapping import PACKAGE, PLAN, STATUS

pytestmark = pytest.mark.usefixtures("app")


def fields(**changes: str) -> dict[str, str]:
    params = {f"param-{name}": value for name, value in factories.ERP_PARAMS["hubsoft"].items()}
    return {**params, "description": "HubSoft", "full_hours": "8", "light_seconds": "30", "precedence": "1", **changes}


def only() -> Source:
    db.session.expire_all()
    return db.session.scalars(select(Source)).one()


def seen(source: Source, *words: tuple[str, str, str], count: int = 3) -> dict[str, int]:
    """Let words be met in a whole reading; return the ids of their lines by word."""
    mapping.note_seen(source.id, {(kind, word): (label, count) for kind, word, label in words}, whole=True)
    db.session.commit()
    return {row.external: row.id for row in db.session.scalars(select(SourceMapping))}


def target_of(row_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(SourceMapping, row_id).target


def test_source_is_made_and_its_page_leads_to_the_test(admin: Browser) -> None:
    answer = admin.post("/sources/new?kind=hubsoft", data=fields())
    assert answer.status_code == 303
    assert (only().full_interval_s, only().light_interval_s) == (28_800, 30)
    page = read_page(admin.get(answer.headers["Location"]))
    current = [attrs for attrs in page.all("li") if attrs.get("aria-current") == "step"]
    assert len(current) == 1
    assert f"/sources/{only().id}/test" in [form["action"] for form in page.all("form")]


def test_problems_stand_beside_their_fields(admin: Browser) -> None:
    factories.make_source(description="HubSoft")
    for wrong in ({"param-client_secret": ""}, {"param-url": "erp"}, {"light_seconds": "1"}, {}):
        answer = admin.post("/sources/new?kind=hubsoft", data=fields(**wrong))
        field = next(iter(wrong), "description")
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)


def test_secret_never_stands_on_the_page_and_an_empty_field_keeps_it(admin: Browser) -> None:
    source = factories.make_source(description="HubSoft")
    version = sources.source_version(source)
    assert "c1ient-secret" not in admin.get(f"/sources/{source.id}").text
    kept = fields(version=version, **{"param-client_secret": "", "param-password": "", "full_hours": "12"})
    assert admin.post(f"/sources/{source.id}", data=kept).status_code == 303
    assert only().full_interval_s == 43_200
    assert sources.secret_names_set(only()) == {"client_secret", "password"}


def test_secrets_are_asked_for_again_when_the_address_is_another_server(admin: Browser) -> None:
    source = factories.make_source(description="HubSoft")
    moved = fields(version=sources.source_version(source), **{
        "param-client_secret": "", "param-password": "", "param-url": "https://other.example.com",
    })  # fmt: skip
    answer = admin.post(f"/sources/{source.id}", data=moved)
    assert answer.status_code == 422
    assert answer.text.count("os segredos de um servidor nunca são enviados a outro") == 2 * 2


def test_second_editor_is_told_that_somebody_was_faster(admin: Browser) -> None:
    source = factories.make_source(description="HubSoft")
    answer = admin.post(f"/sources/{source.id}", data=fields(version="old", description="Mine"))
    assert (answer.status_code, only().description) == (409, "HubSoft")


def test_spreadsheet_asks_for_no_address_and_leads_to_the_upload(admin: Browser) -> None:
    page = admin.get("/sources/new?kind=spreadsheet").text
    assert "param-" not in page
    assert "full_hours" not in page
    answer = admin.post("/sources/new?kind=spreadsheet", data={"description": "Planilha", "precedence": "1"})
    assert answer.status_code == 303
    assert f"/sources/{only().id}/file" in admin.get(f"/sources/{only().id}").text


def test_same_prefix_is_allowed_with_a_warning(admin: Browser) -> None:
    factories.make_source(description="Other")
    answer = admin.post("/sources/new?kind=hubsoft", data=fields())
    assert "Other" in admin.get(answer.headers["Location"]).text


def test_push_address_is_shown_only_where_the_kind_pushes_and_can_be_renewed(admin: Browser) -> None:
    sgp, hubsoft = factories.make_source(kind="sgp"), factories.make_source()
    assert sources.hook_url(sgp) in admin.get(f"/sources/{sgp.id}").text
    assert sources.hook_url(hubsoft) not in admin.get(f"/sources/{hubsoft.id}").text
    before = sources.hook_url(sgp)
    assert admin.post(f"/sources/{sgp.id}/hook").status_code == 303
    assert sources.hook_url(sources.get_source(sgp.id)) != before


def test_source_is_switched_off_and_on_and_resumed(admin: Browser) -> None:
    source = factories.make_source()
    admin.post(f"/sources/{source.id}/active", data={"active": "0"})
    assert only().active is False
    only().paused_code = "source_answer_html"
    db.session.commit()
    assert "source_answer_html" not in admin.get(f"/sources/{source.id}").text
    admin.post(f"/sources/{source.id}/resume")
    assert only().paused_code is None


def test_test_of_a_source_shows_each_step_and_learns_its_statuses(admin: Browser, erp: Erp) -> None:
    erp.people(3, plain=True)
    source = factories.make_source(params=erp.hubsoft_params())
    answer = admin.post(f"/sources/{source.id}/test")
    assert (answer.status_code, 'class="proofs"' in answer.text) == (200, True)
    read_page(answer)
    assert db.session.scalars(select(SourceMapping.external).where(SourceMapping.kind == STATUS)).first()
    assert db.session.scalars(select(Event.after).where(Event.action == "source.test")).one() == {
        "ok": True, "failed": [],
    }  # fmt: skip


def test_who_may_only_look_sees_the_list_and_no_settings(viewer: Browser) -> None:
    source = factories.make_source(description="HubSoft")
    assert "HubSoft" in viewer.get("/sources").text
    assert viewer.get(f"/sources/{source.id}").status_code == 403
    assert viewer.get(f"/sources/{source.id}/mapping").status_code == 403


def test_mapping_saves_what_was_chosen_and_counts_what_is_left(admin: Browser) -> None:
    source, plan = factories.make_source(), factories.make_plan(description="Fibra 600")
    ids = seen(source, (STATUS, "congelado", "Congelado"), (PLAN, "77", "Fibra 600"), (PACKAGE, "CINE", "Cinema"))
    page = admin.get(f"/sources/{source.id}/mapping").text
    assert f'<option value="{plan.id}" selected>' in page
    data = {f"to-{ids['77']}": str(plan.id), f"was-{ids['77']}": "", f"to-{ids['congelado']}": "suspenso_debito",
            f"to-{ids['CINE']}": ""}  # fmt: skip
    assert admin.post(f"/sources/{source.id}/mapping", data=data).status_code == 303
    assert (target_of(ids["77"]), target_of(ids["congelado"]), target_of(ids["CINE"])) == (
        str(plan.id), "suspenso_debito", "",
    )  # fmt: skip


def test_mapping_accepts_all_suggestions_and_makes_the_missing_plans(admin: Browser) -> None:
    source, plan = factories.make_source(), factories.make_plan(description="Fibra 600")
    ids = seen(source, (PLAN, "77", "Fibra 600"), (PLAN, "78", "Rural 10"))
    admin.post(f"/sources/{source.id}/mapping", data={"accept": "1"})
    assert (target_of(ids["77"]), target_of(ids["78"])) == (str(plan.id), "")
    admin.post(f"/sources/{source.id}/mapping/plans")
    made = db.session.scalars(select(Plan).where(Plan.description == "Rural 10")).one()
    assert (target_of(ids["78"]), made.value) == (str(made.id), 0)


def test_mapping_that_somebody_else_changed_is_shown_anew_with_the_rest_kept(admin: Browser) -> None:
    source = factories.make_source()
    ids = seen(source, (STATUS, "a", ""), (STATUS, "b", ""))
    mapping.save_mapping(source.id, {(STATUS, "a"): "cancelado"})
    data = {f"to-{ids['a']}": "inativo", f"was-{ids['a']}": "", f"to-{ids['b']}": "inativo", f"was-{ids['b']}": ""}
    answer = admin.post(f"/sources/{source.id}/mapping", data=data)
    assert answer.status_code == 409
    assert (target_of(ids["a"]), target_of(ids["b"])) == ("cancelado", "")
    read_page(answer)
    chosen = re.findall(r'<option value="(\w+)" selected>', answer.text)
    assert sorted(chosen) == ["cancelado", "inativo"]


def test_history_tells_settings_and_decisions_in_words(admin: Browser) -> None:
    source, plan = factories.make_source(light_interval_s=30), factories.make_plan(description="Fibra 600")
    mapping.save_mapping(source.id, {(STATUS, "congelado"): "suspenso_debito", (PLAN, "77"): str(plan.id)})
    mapping.save_mapping(source.id, {(PLAN, "77"): mapping.IGNORE})
    page = admin.get(f"/history?type=source&id={source.id}").text
    assert "congelado = Suspenso por débito" in page
    assert "77 = Fibra 600" in page
    assert "HubSoft" in page
    assert "c1ient-secret" not in page
    assert "suspenso_debito" not in page


def test_three_hundred_plans_are_typed_with_one_list_for_all(admin: Browser) -> None:
    source = factories.make_source()
    db.session.add_all(Plan(description=f"Fibra {number}", value=0) for number in range(300))
    db.session.commit()
    ids = seen(source, *((PLAN, str(number), f"Velho {number}") for number in range(300)))
    page = admin.get(f"/sources/{source.id}/mapping")
    assert len(page.data) < 600_000
    assert page.text.count("<datalist") == 1
    plan_id = db.session.scalars(select(Plan.id).where(Plan.description == "Fibra 7")).one()
    good = {f"name-{ids['5']}": "fibra 7", f"to-{ids['5']}": "", f"to-{ids['6']}": "new"}
    assert admin.post(f"/sources/{source.id}/mapping", data=good).status_code == 303
    assert target_of(ids["5"]) == str(plan_id)
    assert db.session.get_one(Plan, int(target_of(ids["6"]))).description == "Velho 6"
    wrong = admin.post(f"/sources/{source.id}/mapping", data={f"name-{ids['8']}": "Nowhere", f"to-{ids['8']}": ""})
    assert (wrong.status_code, f'id="error-{ids["8"]}"' in wrong.text) == (422, True)
