"""The first steps as forms: what each makes, refuses and skips; never more than what was asked for."""

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import PASSWORD, Browser
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Customer, Integration, Package, Plan
from webapp.services import first_run
from webapp.services.practice.switching import made_for, switch_on
from webapp.services.provider import read_provider
from webapp.services.setup import issue_setup_token

STEPS = "/first-steps"


def keys(*, settled: bool) -> list[str]:
    return [step.key for step in first_run.progress().steps if (step.done or step.skipped) is settled]


def test_set_up_link_leads_into_the_first_steps_and_the_dashboard_keeps_inviting(anonymous: Browser) -> None:
    data = {"email": "new@example.com", "password": PASSWORD, "again": PASSWORD}
    answer = anonymous.post(f"/setup/{issue_setup_token()}", data=data)
    assert answer.location == STEPS
    read_page(anonymous.get(STEPS))
    assert "0 de 7" in anonymous.get("/").text.replace("0 of 7", "0 de 7")
    anonymous.post(f"{STEPS}/close")
    assert "first-card" not in anonymous.get("/").text
    assert read_page(anonymous.get(STEPS))


def test_each_step_makes_the_real_thing_and_notes_what_was_made_to_practise(admin: Browser) -> None:
    forms = {
        "provider": {"name": "Nova Fibra", "state": "SP"}, "platform": {}, "test": {}, "products": {},
        "package": {"product": "basico", "description": "Streaming", "value": "19,90"},
        "plan": {"description": "Fibra", "value": "99,90"},
        "customer": {"name": "Maria", "email": "maria@example.com"},
    }  # fmt: skip
    for step, data in forms.items():
        assert first_run.progress().now == step
        assert admin.post(f"{STEPS}/{step}", data=data).location == STEPS
    assert keys(settled=False) == []
    practice, plan, customer = (db.session.query(model).one() for model in (Integration, Plan, Customer))
    assert (read_provider().name, practice.gateway, plan.description) == ("Nova Fibra", "practice", "Fibra")
    assert made_for(practice.id).plans == (plan.id,)
    assert made_for(practice.id).customers == (customer.id,)
    assert plan.packages[0].mandatory


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("provider", {"name": " ", "state": ""}),
        ("provider", {"name": "x" * 81, "state": "SP"}),
        ("provider", {"name": "Nova", "state": "XX"}),
        ("package", {"product": "nothing", "description": "x", "value": "1"}),
        ("package", {"product": "basico", "description": "", "value": "many"}),
    ],
)
def test_form_that_cannot_be_accepted_is_shown_again(admin: Browser, step: str, data: dict[str, str]) -> None:
    integration = switch_on("Prática")
    factories.make_product(integration, code="basico")
    assert admin.post(f"{STEPS}/{step}", data=data).status_code == 422
    assert db.session.query(Package).count() == 0
    assert read_provider().name == ""


@pytest.mark.parametrize("step", ["test", "products", "package", "plan", "customer"])
def test_step_that_needs_another_one_first_changes_nothing_and_says_so(admin: Browser, step: str) -> None:
    read_page(admin.get(f"{STEPS}/{step}"))
    assert admin.post(f"{STEPS}/{step}").status_code == 409
    assert keys(settled=True) == []


def test_skipped_step_is_passed_and_can_be_done_all_the_same(admin: Browser) -> None:
    admin.post(f"{STEPS}/provider/skip")
    admin.post(f"{STEPS}/platform/skip")
    assert (first_run.progress().now, keys(settled=True)) == ("test", ["provider", "platform"])
    admin.post(f"{STEPS}/provider", data={"name": "Nova", "state": ""})
    assert [step.done for step in first_run.progress().steps[:2]] == [True, False]
    assert admin.post(f"{STEPS}/nothing/skip").status_code == 404


def test_nobody_is_made_up_on_a_real_platform(admin: Browser) -> None:
    real = factories.make_integration()
    factories.make_plan(factories.make_package(real))
    page = admin.get(f"{STEPS}/customer").text
    assert "/customers/new" in page
    assert 'name="email"' not in page
    data = {"name": "Maria", "email": "maria@example.com"}
    assert admin.post(f"{STEPS}/customer", data=data).status_code == 409
    assert db.session.query(Customer).count() == 0


def test_hub_that_was_at_work_before_is_not_invited(admin: Browser) -> None:
    factories.make_service(plan=factories.make_plan(factories.make_package()))
    assert "first-card" not in admin.get("/").text


@pytest.mark.parametrize("address", [STEPS, f"{STEPS}/done", "/practice"])
def test_only_administrators_take_them(attendant: Browser, address: str) -> None:
    assert attendant.get(address).status_code == 403


def test_unknown_step_is_not_found(app: APIFlask, admin: Browser) -> None:
    assert admin.get(f"{STEPS}/nothing").status_code == 404
    assert admin.post(f"{STEPS}/nothing").status_code == 404


def test_practice_is_switched_on_and_removed_from_its_page(admin: Browser) -> None:
    assert "/practice/on" in admin.get("/practice").text
    integration_id = int(admin.post("/practice/on").location.split("/")[-1].partition("?")[0])
    assert f"/practice/{integration_id}/remove" in admin.get("/practice").text
    assert admin.post(f"/practice/{integration_id}/remove").location == "/practice"
    assert not db.session.get_one(Integration, integration_id).active
    real = factories.make_integration()
    assert admin.post(f"/practice/{real.id}/remove").status_code == 404
