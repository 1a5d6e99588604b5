"""Another holder, another e-mail: made anew, looked at, and only then the old account ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.factories import make_customer, make_integration, make_package, make_plan, make_sale, make_service
from tests.journeys import platforms
from tests.journeys.crowd import package_of
from tests.services.helpers import account_of, codes_of, freeze, nx_package
from tests.services.runs_helpers import drain
from webapp import clock
from webapp.extensions import db
from webapp.gateways.registry import get_gateway
from webapp.models import Account, Customer, GuidedMove, Integration, Service
from webapp.sandbox.client import Tenant
from webapp.services import guided_moves
from webapp.services.errors import Conflict
from webapp.services.guided_moves import MoveOrder, advance, advancing, ask, go_on, stop
from webapp.services.guided_moves.seeing import accounts_of
from webapp.services.hub import current_hub
from webapp.services.lookups import look_up_marked
from webapp.services.subscriptions import set_status

NEW = "new@example.com"


@pytest.fixture
def here(app: APIFlask, nx: Tenant) -> Integration:
    return platforms.connect(nx, "key")


def sold(integration: Integration, customer: Customer | None = None) -> Service:
    service = make_service(customer, make_plan(package_of(integration)))
    drain()
    return service


def order(kind: str = "email", **changes: Any) -> MoveOrder:
    data: dict[str, Any] = {"kind": kind, "code": "NEW", "on": current_hub().today(), **changes}
    if kind == "email":
        data.setdefault("email", NEW)
    return MoveOrder(**data)


def to(customer: Customer, **changes: Any) -> MoveOrder:
    return order("holder", customer_id=customer.id, **{"password": "p4ssword", "login": "new.login", **changes})


def begin(service: Service, wanted: MoveOrder) -> GuidedMove:
    db.session.rollback()
    move = ask(service.id, wanted)
    advance(move.id, wanted.password)
    return fresh(move)


def fresh(move: GuidedMove) -> GuidedMove:
    db.session.rollback()
    return db.session.get_one(GuidedMove, move.id, populate_existing=True)


def work(move: GuidedMove, rounds: int = 6) -> GuidedMove:
    for _round in range(rounds):
        drain()
        db.session.rollback()
        advance(move.id)
        look_up_marked()
    return fresh(move)


def names(move: GuidedMove) -> list[str]:
    return [one["name"] for one in move.steps]


def test_new_e_mail_is_made_looked_at_and_only_then_the_old_one_ends(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    former = old.customer.email
    move = begin(old, order())
    assert (move.status, old.status, move.service.customer.email) == ("making", "servico_habilitado", NEW)
    drain()
    advance(move.id)
    assert {one["email"] for one in nx.subscribers()} == {former, NEW}
    move = work(move)
    assert (move.status, move.error_code) == ("done", "")
    assert names(move) == ["asked", "made", "standing", "checked", "ended", "done"]
    assert old.status == "cancelado"
    new = move.to_service
    assert new is not None
    assert (new.customer_id, account_of(new).login, account_of(new).status) == (old.customer_id, NEW, "active")
    assert account_of(old).status == "cancelled"
    order_of_calls = [one["operation"] for one in nx.ledger() if one.get("operation") in ("create", "find", "cancel")]
    assert order_of_calls.index("cancel") > max(place for place, one in enumerate(order_of_calls) if one == "create")


def test_new_holder_gets_a_service_before_the_old_one_ends(here: Integration, nx: Tenant) -> None:
    old, other = sold(here), make_customer()
    move = work(begin(old, to(other)))
    new = move.to_service
    assert move.status == "done"
    assert new is not None
    assert (new.customer_id, account_of(new).login, old.status) == (other.id, other.email, "cancelado")


def test_dead_platform_in_the_middle_leaves_the_old_one_alone_and_it_goes_on_later(
    here: Integration, nx: Tenant
) -> None:
    old = sold(here)
    nx.set_dials(faults=[{"status": 503}])
    move = work(begin(old, order()), 2)
    assert (move.status, old.status, account_of(old).status) == ("making", "servico_habilitado", "active")
    assert nx.calls("cancel") == 0
    nx.clear_dials()
    clock.move(timedelta(hours=1))
    assert work(move).status == "done"


def test_refused_account_stops_the_move_and_a_person_lets_it_go_on_or_stops_it(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    former = old.customer.email
    nx.set_dials(faults=[{"operations": ["create"], "status": 422}])
    move = work(begin(old, order()), 2)
    assert (move.status, bool(move.error_code), old.status) == ("making", True, "servico_habilitado")
    go_on(move.id)
    move = work(move, 2)
    assert (move.status, bool(move.error_code)) == ("making", True)
    stop(move.id, "enough")
    move = fresh(move)
    assert move.to_service is not None
    assert (move.status, move.to_service.status, old.status) == ("stopped", "cancelado", "servico_habilitado")
    assert old.customer.email == former
    drain()
    assert account_of(old).status == "active"
    assert nx.calls("cancel") == 0


def test_failure_that_was_mended_goes_on_to_the_end(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    nx.set_dials(faults=[{"operations": ["create"], "status": 422}])
    move = work(begin(old, order()), 2)
    nx.clear_dials()
    go_on(move.id)
    assert work(move).status == "done"


def test_kill_after_every_step_ends_at_the_same_place(here: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    old, real = sold(here), advancing._STEPS
    move = ask(old.id, order())
    killed: set[str] = set()

    def dying(status: str) -> Any:
        def die(row: GuidedMove, password: str) -> Any:
            going = real[status](row, password)
            if status not in killed and going:
                killed.add(status)
                raise KeyboardInterrupt
            return going

        return die

    monkeypatch.setattr(advancing, "_STEPS", {status: dying(status) for status in real})
    for _round in range(14):
        try:
            advance(move.id)
        except KeyboardInterrupt:
            db.session.rollback()
        drain()
        look_up_marked()
    move = fresh(move)
    assert killed == {"asked", "making", "checking"}
    assert (move.status, db.session.query(Service).count()) == ("done", 2)


def test_platform_for_one_account_a_customer_has_a_gap_to_which_somebody_agrees(app: APIFlask) -> None:
    integration = make_integration(gateway="celetihub", params=_params("celetihub"))
    old = make_service(plan=make_plan(make_package(integration), nx_package()))
    for account in db.session.query(Account):
        freeze(account, account.login or old.customer.email)
    assert ("agree_gap", "guided_move_gap") in codes_of(lambda: ask(old.id, order()))
    scheme = guided_moves.scheme_of(old, order(agree_gap=True))
    assert [gap.integration.id for gap in scheme.gaps] == [integration.id]
    move = begin(old, order(agree_gap=True))
    assert move.to_service is not None
    assert [sale.package.integration_id for sale in move.to_service.packages] != [integration.id]
    assert len(move.to_service.packages) == 1
    for account in accounts_of(move.to_service_id):
        freeze(account, NEW)
        account.observed, account.observed_at = "active", clock.utc_now() + timedelta(minutes=5)
    db.session.commit()
    advance(move.id)
    move = fresh(move)
    assert (move.status, old.status, len(move.to_service.packages)) == ("ending", "cancelado", 1)
    for account in accounts_of(old.id):
        account.status = "cancelled"
    db.session.commit()
    advance(move.id)
    move = fresh(move)
    assert (names(move)[-1], len(move.to_service.packages)) == ("rest_made", 2)


def _params(gateway: str) -> dict[str, str]:
    traits = get_gateway(gateway).traits
    return {one.name: "http://127.0.0.1:9" if "url" in one.name else "x" for one in traits.params if one.required}


def test_second_click_is_told_that_it_goes_on_already(here: Integration) -> None:
    old = sold(here)
    begin(old, order())
    db.session.rollback()
    with pytest.raises(Conflict, match="guided_move_open"):
        ask(old.id, order(code="OTHER", email="other@example.com"))


def test_move_of_a_later_day_waits_for_it(here: Integration) -> None:
    old = sold(here)
    later = current_hub().today() + timedelta(days=2)
    move = begin(old, order(on=later))
    guided_moves.advance_due(current_hub().today())
    assert (fresh(move).status, old.status) == ("asked", "servico_habilitado")
    clock.move(timedelta(days=2))
    guided_moves.advance_due(current_hub().today())
    assert fresh(move).status == "making"


def test_new_service_that_somebody_ended_meanwhile_never_takes_the_old_one_with_it(here: Integration) -> None:
    old = sold(here)
    move = begin(old, order())
    set_status("NEW", "cancelado")
    move = work(move, 3)
    assert (move.error_code, old.status) == ("guided_move_new_ended", "servico_habilitado")


def test_move_whose_old_service_has_ended_is_not_stopped_any_more(here: Integration) -> None:
    old = sold(here)
    move = work(begin(old, order()))
    with pytest.raises(Conflict, match="guided_move_too_late"):
        stop(move.id)
    with pytest.raises(Conflict, match="guided_move_not_held"):
        go_on(move.id)


def test_another_service_of_the_holder_on_the_platform_keeps_its_account(here: Integration, nx: Tenant) -> None:
    holder = make_customer()
    old = sold(here, holder)
    other = make_service(holder)
    make_sale(other, old.packages[0].package, params={"email": "second@example.com"})
    drain()
    work(begin(old, order()))
    assert (account_of(other).status, account_of(other).login) == ("active", "second@example.com")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"email": "no address"}, ("email", "email_wrong")),
        ({"on": date(2020, 1, 1)}, ("on", "guided_move_day")),
        ({"kind": "holder", "customer_id": 9_999}, ("customer_id", "customer_unknown")),
    ],
)
def test_what_cannot_be_begun_is_refused_beside_its_field(
    app: APIFlask, changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    old = make_service(plan=make_plan(nx_package()))
    freeze(account_of(old), old.customer.email)
    wanted = order(changes.pop("kind", "email"), **changes)
    assert problem in codes_of(lambda: ask(old.id, wanted))


def test_same_e_mail_and_one_of_which_nothing_was_sent_are_refused(app: APIFlask) -> None:
    old = make_service(plan=make_plan(nx_package()))
    assert codes_of(lambda: ask(old.id, order())) == [("", "guided_move_nothing_sent")]
    freeze(account_of(old), old.customer.email)
    assert ("email", "guided_move_same_email") in codes_of(lambda: ask(old.id, order(email=old.customer.email)))
