"""One-time links: whose, for which plan, how long, how often; and that opening one changes nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.gateways.servers import LoopbackServer, always, http
from webapp import clock
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, ApprovalLink, Event, Operator, Run, RunItem, Service
from webapp.services import alerts, approval_links, channels, notify
from webapp.services.approval_links import decide, view_link
from webapp.services.channels import ChannelInput
from webapp.services.errors import Conflict, NotFound
from webapp.services.hub import KEY, current_hub
from webapp.services.operators import create_operator
from webapp.services.runs import rows

BASE = "https://hub.example.com"
RADIUS = {"count": 1, "accounts": 1, "actions": {"suspend": 1}, "value": "29.90", "causes": [], "examples": []}


@pytest.fixture
def hub(app: APIFlask) -> None:
    """The settings say how the hub is reached."""
    known = current_hub()
    app.extensions[KEY] = replace(known, settings=replace(known.settings, base_url=BASE))


@pytest.fixture
def phone() -> Iterator[LoopbackServer]:
    with LoopbackServer(always(http())) as server:
        yield server


def boss(email: str = "chefe@example.com", role: str = "admin") -> Operator:
    return create_operator(email, PASSWORD, role)


def channel_of(operator: Operator | None, server: LoopbackServer | None = None) -> int:
    port = server.port if server else 9
    owner = operator.id if operator else None
    data = {"description": "Celular do chefe", "address": f"json://127.0.0.1:{port}/x", "operator_id": owner}
    return channels.create_channel(ChannelInput.model_validate(data)).id


def staged_run(action: str = "suspend", requested_by: str = "system") -> Run:
    """A batch of one account that waits, as a run leaves it."""
    sale = factories.make_sale()
    account = db.session.query(Account).filter_by(service_id=sale.service_id).one()
    service = db.session.get_one(Service, sale.service_id)
    account.units = dump_units({ACCOUNT_UNIT: UnitState(state="suspended")})
    account.applied_generation, account.due_at = account.generation, None
    run = Run(
        integration_id=account.integration_id, mode="apply", status="staged", started_at=clock.utc_now(),
        expires_at=clock.utc_now() + timedelta(hours=72), counts={"staged": 1}, radius=RADIUS,
        requested_by=requested_by,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    db.session.add(
        RunItem(run_id=run.id, account_id=account.id, login=service.login, situation="state", action=action,
                outcome="staged", before={"state": "active"}, after={"state": "suspended"})
    )  # fmt: skip
    db.session.flush()
    run.checksum = rows.held_checksum(run.id)
    db.session.commit()
    return run


def link_of(run: Run, channel_id: int) -> str:
    """Return the token of a new link."""
    address = approval_links.make_link(run.id, channel_id)
    db.session.commit()
    assert address.startswith(f"{BASE}/approve/"), address
    return address.rpartition("/")[2]


@pytest.mark.usefixtures("hub")
def test_only_the_channel_of_an_administrator_gets_a_link_and_its_token_stands_nowhere(phone: LoopbackServer) -> None:
    channel_of(boss(), phone)
    run = staged_run()
    alerts.raise_alert("run_staged", "integration", run.integration_id, "NX Play", {"run_id": run.id, "checksum": "a"})
    db.session.commit()
    assert notify.send_due(clock.utc_now()) == 1
    (found,) = re.findall(rf"{BASE}/approve/([\w.-]+)", phone.requests[0].decode())
    link = db.session.query(ApprovalLink).one()
    assert view_link(found).link.id == link.id
    assert found not in (link.token_hash, link.checksum)
    assert link.expires_at <= clock.utc_now() + timedelta(hours=24)


@pytest.mark.usefixtures("app")
def test_without_an_owner_or_without_an_address_of_the_hub_there_is_no_link(app: APIFlask) -> None:
    run = staged_run()
    assert approval_links.make_link(run.id, channel_of(boss())) == ""
    known = current_hub()
    app.extensions[KEY] = replace(known, settings=replace(known.settings, base_url=BASE))
    assert approval_links.make_link(run.id, channel_of(None)) == ""


@pytest.mark.usefixtures("hub")
def test_a_link_approves_in_the_name_of_its_person_once() -> None:
    run = staged_run()
    token = link_of(run, channel_of(boss()))
    assert view_link(token).state == "open"
    assert decide(token, "approve").state == "used"
    db.session.refresh(run)
    assert (run.approved_by, run.status) == ("chefe@example.com", "applying")
    with pytest.raises(Conflict) as refused:
        decide(token, "reject", "Mudei de ideia")
    assert refused.value.code == "approval_link_used"
    event = db.session.query(Event).filter_by(action="run.link").one()
    assert (event.actor, event.after) == ("chefe@example.com", {"decision": "approve", "channel": "Celular do chefe"})


@pytest.mark.usefixtures("hub")
def test_a_link_rejects_with_its_reason() -> None:
    run = staged_run()
    decide(link_of(run, channel_of(boss())), "reject", "ERP fora do ar")
    db.session.refresh(run)
    assert (run.status, run.reason) == ("rejected", "ERP fora do ar")


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("what", ["expired", "changed", "decided", "powerless", "withdrawn", "forged"])
def test_a_link_that_is_not_good_any_more_decides_nothing(what: str) -> None:
    run, operator = staged_run(), boss()
    channel_id = channel_of(operator)
    token = link_of(run, channel_id)
    if what == "expired":
        clock.move(timedelta(hours=25))
    elif what == "changed":
        run.checksum = "0" * 64
    elif what == "decided":
        run.status = "expired"
    elif what == "powerless":
        operator.active = False
    elif what == "withdrawn":
        channels.set_channel_active(channel_id, False)
    else:
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    db.session.commit()
    status = run.status
    with pytest.raises((Conflict, NotFound)) as refused:
        decide(token, "approve")
    expected = "unknown" if what in ("withdrawn", "forged") else what
    assert refused.value.code == f"approval_link_{expected}"
    db.session.refresh(run)
    assert (run.status, run.approved_by) == (status, "")


@pytest.mark.usefixtures("hub")
def test_who_asked_for_a_run_cannot_approve_its_cancels_by_link_and_may_still_reject() -> None:
    run = staged_run("cancel", requested_by="chefe@example.com")
    token = link_of(run, channel_of(boss()))
    with pytest.raises(Conflict) as refused:
        decide(token, "approve")
    assert refused.value.code == "second_operator_needed"
    assert view_link(token).state == "open"
    assert decide(token, "reject", "Engano").state == "used"


@pytest.mark.usefixtures("hub")
def test_links_that_ended_long_ago_are_removed() -> None:
    token = link_of(staged_run(), channel_of(boss()))
    clock.move(timedelta(days=31, hours=1))
    approval_links.tidy()
    with pytest.raises(NotFound):
        view_link(token)
