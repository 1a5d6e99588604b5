"""Reconciliations in a browser: start, decide, a part of it, pause, stop, take back; accounts that are kept."""

from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from tests import factories
from tests.fixtures.people import Browser, signed_in
from tests.journeys.crowd import package_of, sell_to_crowd
from tests.web.page import read_page
from webapp import clock
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, Integration, Run, RunItem
from webapp.models.operator import ADMIN, VIEWER
from webapp.services import runs
from webapp.services.audit import acting_as
from webapp.services.runs import rows

BELIEVED = dump_units({ACCOUNT_UNIT: UnitState(state="suspended")})
SETTLED = {"generation": 1, "applied_generation": 1, "due_at": None, "status": "suspended", "desired": "suspended"}


@pytest.fixture
def integration(app: APIFlask) -> Integration:
    """Thirty people who do not pay, each with a settled account."""
    integration = factories.make_integration(gateway="nx_play")
    sell_to_crowd(package_of(integration), 30)
    db.session.execute(update(Account).values(units=BELIEVED, **SETTLED))
    db.session.commit()
    return integration


@pytest.fixture
def admin(app: APIFlask) -> Browser:
    return signed_in(app, ADMIN)


def hold(integration: Integration, count: int = 30, action: Action = Action.SUSPEND, asked_by: str = "system") -> Run:
    """Make a batch that waits for a person: so many are shown active there, and shall not be."""
    ids = db.session.scalars(select(Account.id).order_by(Account.id).limit(count)).all()
    before, after = {"state": "active"}, {"state": "suspended"}
    found = [Difference(one, f"a{one}@example.com", Situation.STATE, action, before, after) for one in ids]
    db.session.rollback()
    with acting_as(asked_by):
        run = runs.record_part(integration.id, found, "look", "event", clock.utc_now())
    assert run is not None
    assert run.status == "staged"
    return run


def fresh(run: Run) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, run.id, populate_existing=True)


def outcomes(run: Run) -> dict[str, int]:
    db.session.rollback()
    return dict(rows.outcome_counts(run.id))


def test_start_asks_for_a_run_and_says_that_it_waits_for_its_turn(admin: Browser, integration: Integration) -> None:
    answer = admin.post("/runs", data={"integration_id": integration.id, "mode": "plan", "reading": "full"})
    run = db.session.scalars(select(Run)).one()
    assert (answer.status_code, answer.location) == (303, f"/runs/{run.id}")
    page = read_page(admin.get(f"/runs/{run.id}"))
    assert "Aguardando a vez" in page.text
    assert admin.post("/runs", data={"integration_id": integration.id, "mode": "plan"}).status_code == 409


@pytest.mark.parametrize("wrong", [{"mode": "erase"}, {"reading": "probes"}, {"integration_id": "x"}])
def test_start_with_a_word_that_nobody_offered_is_refused(
    admin: Browser, integration: Integration, wrong: dict[str, str]
) -> None:
    known = {"integration_id": str(integration.id), "mode": "plan", "reading": "full"}
    assert admin.post("/runs", data={**known, **wrong}).status_code == 422


def test_batch_says_how_many_how_much_why_and_until_when(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    page = read_page(admin.get(f"/runs/{run.id}"))
    for words in ("30 contas perderiam conteúdo", "R$", "Aprovar todas as 30", "caduca em", "20"):
        assert words in page.text
    assert f"/runs/{run.id}" in admin.get("/runs").text.partition("runs-table")[0]


def test_reading_whose_batch_was_rejected_before_is_not_said_to_have_compared_nothing(
    admin: Browser, integration: Integration
) -> None:
    run = hold(integration)
    values = {"status": "done", "counts": {"compared": 30}, "error_code": "run_rejected_before"}
    db.session.execute(update(Run).where(Run.id == run.id).values(**values, error_params={"count": 30, "run_id": 1}))
    page = read_page(admin.get(f"/runs/{run.id}"))
    assert "Uma pessoa rejeitou as mesmas 30 mudanças" in page.text
    assert "30 contas perderiam conteúdo" in page.text
    assert "Seriam" not in page.text, "nothing waits any more, so no limit is explained"
    assert "sem comparação" not in page.text
    assert "Nada a comparar" not in admin.get("/runs").text


def test_approval_of_what_was_seen_lets_it_go_and_another_sum_is_refused(
    admin: Browser, integration: Integration
) -> None:
    run = hold(integration)
    assert admin.post(f"/runs/{run.id}/approve", data={"checksum": "0" * 64}).status_code == 409
    assert outcomes(run) == {"staged": 30}
    assert admin.post(f"/runs/{run.id}/approve", data={"checksum": run.checksum}).status_code == 303
    assert (fresh(run).status, outcomes(run)) == ("applying", {"waiting": 30})


def test_part_of_a_batch_is_approved_and_the_rest_goes_on_waiting(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    chosen = db.session.scalars(select(RunItem.id).where(RunItem.run_id == run.id).limit(2)).all()
    data = {"checksum": run.checksum, "part": "1"}
    admin.post(f"/runs/{run.id}/approve", data=data)
    assert outcomes(run) == {"staged": 30}
    answer = admin.post(f"/runs/{run.id}/approve", data={**data, "line": [str(one) for one in chosen]})
    assert answer.status_code == 303
    assert (fresh(run).status, outcomes(run)) == ("staged", {"staged": 28, "waiting": 2})
    assert "Aprovar todas as 28" in admin.get(f"/runs/{run.id}").text


def test_who_asked_for_cancels_is_told_that_another_must_approve(admin: Browser, integration: Integration) -> None:
    run = hold(integration, 20, Action.CANCEL, asked_by=f"{ADMIN}@example.com")
    page = read_page(admin.get(f"/runs/{run.id}"))
    assert "outro administrador precisa aprovar" in page.text
    assert "Aprovar todas" not in page.text
    assert admin.post(f"/runs/{run.id}/approve", data={"checksum": run.checksum}).status_code == 409
    assert outcomes(run) == {"staged": 20}


def test_rejection_wants_a_reason_and_nobody_loses_anything(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    admin.post(f"/runs/{run.id}/reject", data={"reason": "  "})
    assert outcomes(run) == {"staged": 30}
    admin.post(f"/runs/{run.id}/reject", data={"reason": "O ERP errou"})
    assert (fresh(run).status, outcomes(run)) == ("rejected", {"rejected": 30})
    assert "O ERP errou" in admin.get(f"/runs/{run.id}").text


def test_run_is_paused_goes_on_and_is_stopped(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    admin.post(f"/runs/{run.id}/approve", data={"checksum": run.checksum})
    for action, status in (("pause", "paused"), ("resume", "applying")):
        assert admin.post(f"/runs/{run.id}/{action}").status_code == 303
        assert fresh(run).status == status
    admin.post(f"/runs/{run.id}/stop", data={"reason": ""})
    assert fresh(run).status == "applying"
    admin.post(f"/runs/{run.id}/stop", data={"reason": "Engano"})
    assert (fresh(run).status, outcomes(run)) == ("stopped", {"lapsed": 30})
    assert admin.post(f"/runs/{run.id}/pause").status_code == 409


def test_batch_that_was_carried_out_is_taken_back_with_a_reason(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    db.session.execute(
        update(RunItem)
        .where(RunItem.run_id == run.id)
        .values(outcome="proven", generation=1, queued_at=clock.utc_now())
    )
    db.session.execute(update(Run).where(Run.id == run.id).values(status="done"))
    db.session.commit()
    assert f"/runs/{run.id}/undo" in admin.get(f"/runs/{run.id}").text
    assert "30 contas voltam a ser o que eram" in admin.get(f"/runs/{run.id}/undo").text
    assert admin.post(f"/runs/{run.id}/undo", data={"reason": ""}).status_code == 422
    answer = admin.post(f"/runs/{run.id}/undo", data={"reason": "Pagaram"})
    undo = db.session.scalars(select(Run).where(Run.undo_of_id == run.id)).one()
    assert answer.location == f"/runs/{undo.id}"
    assert f"/runs/{undo.id}" in admin.get(f"/runs/{run.id}").text
    assert admin.get(f"/runs/{run.id}/undo").status_code == 409
    assert "30" in admin.get("/kept").text


def test_kept_accounts_are_released_with_a_reason(admin: Browser, integration: Integration) -> None:
    kept = db.session.scalars(select(Account.id).limit(2)).all()
    held = {"keep_content": "active", "keep_reason": "Pagaram", "kept_at": clock.utc_now()}
    db.session.execute(update(Account).where(Account.id.in_(kept)).values(**held))
    db.session.commit()
    assert "Pagaram" in admin.get("/kept").text
    assert admin.get("/kept/lift").location == "/kept"
    address = "/kept/lift?" + "&".join(f"account={one}" for one in kept)
    assert "2 contas voltam a seguir o status" in admin.get(address).text
    assert admin.post(address, data={"reason": ""}).status_code == 422
    assert admin.post("/kept/lift", data={"reason": "Não pagaram", "account": [str(one) for one in kept]}).location
    db.session.rollback()
    assert db.session.scalars(select(Account.keep_content).where(Account.id.in_(kept))).all() == ["", ""]


def test_lines_are_filtered_and_their_worth_is_shown(admin: Browser, integration: Integration) -> None:
    run = hold(integration)
    assert "29,90" in admin.get(f"/runs/{run.id}?action=suspend", hx=True).text
    assert "a1@example.com" not in admin.get(f"/runs/{run.id}?outcome=proven", hx=True).text
    assert db.session.scalar(select(RunItem.value).limit(1)) == Decimal("29.90")


def test_viewer_sees_a_batch_and_no_button(app: APIFlask, integration: Integration) -> None:
    run = hold(integration)
    viewer = signed_in(app, VIEWER)
    text = viewer.get(f"/runs/{run.id}").text
    assert "30 contas perderiam conteúdo" in text
    assert 'action="/runs' not in text.replace(f'action="/runs/{run.id}"', "")
    for action in ("approve", "reject", "pause", "resume", "stop", "undo", "accept"):
        assert viewer.post(f"/runs/{run.id}/{action}").status_code == 403


def test_head_of_a_run_polls_while_it_works_and_then_brings_the_whole_page(
    admin: Browser, integration: Integration
) -> None:
    run = hold(integration)
    admin.post(f"/runs/{run.id}/approve", data={"checksum": run.checksum})
    assert "data-polls" in admin.get(f"/fragments/runs/{run.id}?polls=1", hx=True).text
    admin.post(f"/runs/{run.id}/stop", data={"reason": "Engano"})
    assert admin.get(f"/fragments/runs/{run.id}?polls=1", hx=True).headers["HX-Redirect"] == f"/runs/{run.id}"
