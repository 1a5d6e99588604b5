"""Roles, who leaves, the last administrator, invitations, and links for a new password."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD
from tests.services import people_race
from webapp import clock
from webapp.extensions import db
from webapp.models import ApiToken, Event, Invitation, Operator, OperatorSession
from webapp.services import access_reset, audit, invitations, operators, own_access, passwords, sessions
from webapp.services.errors import Conflict, Invalid, NotAllowed, NotFound
from webapp.services.operators import create_operator
from webapp.services.tokens import create_token

ANA, BIA = "ana@example.com", "bia@example.com"
OTHER = "sete capivaras na varanda"


def make(email: str, role: str) -> int:
    operator: Any = create_operator(email, PASSWORD, role)
    return int(operator.id)


@pytest.fixture
def ana(app: APIFlask) -> int:
    return make(ANA, "admin")


@pytest.fixture
def bia(ana: int) -> int:
    return make(BIA, "viewer")


@pytest.mark.parametrize(
    "act", [lambda other: operators.change_role(other, "viewer"), operators.deactivate], ids=["role", "deactivate"]
)
def test_two_administrators_who_act_on_each_other_at_once_leave_one(app: APIFlask, act: Callable[[int], Any]) -> None:
    ended = people_race.race(app, act)
    assert ended[0] == "done"
    assert ended[1] in ("operator_last_admin", "operator_no_admin_now")
    assert people_race.active_admins() == 1


def test_last_administrator_is_neither_demoted_nor_deactivated_by_the_command_line(ana: int) -> None:
    make("caio@example.com", "admin")
    operators.deactivate(operators.find_by_email("caio@example.com").id)  # type: ignore[union-attr,arg-type]
    for act in (lambda: operators.change_role(ana, "finance"), lambda: operators.deactivate(ana)):
        with audit.acting_as("cli"), pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "operator_last_admin"


@pytest.mark.parametrize(
    "act",
    [lambda me: operators.change_role(me, "viewer"), operators.deactivate, invitations.invite_to_reset,
     access_reset.remove_second_factor],
    ids=["role", "deactivate", "reset", "second-factor"],
)  # fmt: skip
def test_nobody_changes_the_own_access(ana: int, act: Callable[[int], Any]) -> None:
    make(BIA, "admin")
    with audit.acting_as(ANA), pytest.raises(NotAllowed) as caught:
        act(ana)
    assert caught.value.code == "operator_is_oneself"


def test_administrator_who_lost_the_role_meanwhile_changes_nothing(ana: int, bia: int) -> None:
    with audit.acting_as(BIA):
        for act in (lambda: operators.change_role(ana, "viewer"), lambda: invitations.invite("x@example.com", "admin")):
            with pytest.raises(NotAllowed) as caught:
                act()
            assert caught.value.code == "operator_no_admin_now"


def test_role_changes_with_history_and_ends_sessions_and_links(ana: int, bia: int) -> None:
    operators.change_role(bia, "admin")
    sessions.begin(operators.get_operator(bia), "192.0.2.1", "")
    with audit.acting_as(BIA):
        _row, token = invitations.invite("x@example.com", "admin")
    operators.change_role(bia, "attendant")
    assert db.session.query(OperatorSession.end_reason).one().end_reason == sessions.ROLE
    with pytest.raises(NotFound):
        invitations.find(token)
    event = db.session.query(Event).filter_by(action="operator.role").order_by(Event.id.desc()).first()
    assert event is not None
    assert (event.before, event.after) == ({"role": "admin"}, {"role": "attendant"})


def test_who_leaves_loses_sessions_links_and_tokens_at_once(ana: int, bia: int) -> None:
    sessions.begin(operators.get_operator(bia), "192.0.2.1", "")
    with audit.acting_as(BIA):
        create_token("hers", "read")
    create_token("another", "read")
    _row, token = invitations.invite_to_reset(bia)
    assert operators.deactivate(bia, "left", and_tokens=True) == 1
    assert db.session.query(OperatorSession.end_reason).one().end_reason == sessions.DEACTIVATED
    assert [row.name for row in db.session.query(ApiToken).filter(ApiToken.revoked_at.is_(None))] == ["another"]
    with pytest.raises(NotFound):
        invitations.find(token)
    assert operators.reactivate(bia).active


def test_tokens_of_who_leaves_stay_unless_asked(ana: int, bia: int) -> None:
    with audit.acting_as(BIA):
        create_token("hers", "read")
    assert operators.deactivate(bia) == 0
    assert db.session.query(ApiToken).one().revoked_at is None


def test_two_who_open_the_same_link_at_once_make_one_operator(app: APIFlask) -> None:
    assert people_race.accept_twice(app) == ["done", "invitation_invalid"]
    assert db.session.query(Operator).filter_by(email=people_race.BIA).count() == 1


def test_invitation_makes_one_operator_and_works_once(ana: int) -> None:
    with audit.acting_as(ANA):
        _row, token = invitations.invite(" Bia@Example.com ", "finance", "Bia")
    made = invitations.accept(token, OTHER)
    assert (made.email, made.name, operators.role_of(made)) == (BIA, "Bia", "finance")
    assert made.password_set_at is not None
    with passwords.hashing(known=True):
        assert passwords.is_right(OTHER, str(made.password))
    with pytest.raises(NotFound):
        invitations.accept(token, OTHER)
    assert db.session.query(Operator).count() == 2
    kept = db.session.query(Invitation).one()
    assert token not in repr(vars(kept))
    assert {"operator.create": BIA, "invitation.create": ANA}.items() <= {
        row.action: row.actor for row in db.session.query(Event)
    }.items()


@pytest.mark.parametrize("spoil", ["revoke", "expire", "replace", "guess"])
def test_link_that_is_spoilt_is_no_link(ana: int, spoil: str) -> None:
    row, token = invitations.invite(BIA, "viewer")
    if spoil == "revoke":
        invitations.revoke(row.id)
    elif spoil == "expire":
        clock.move(timedelta(hours=72, seconds=1))
    elif spoil == "replace":
        invitations.invite(BIA, "viewer")
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(NotFound) as caught:
        invitations.accept(token, OTHER)
    assert caught.value.code == "invitation_invalid"
    assert operators.find_by_email(BIA) is None


def test_invitation_never_overwrites_an_operator(ana: int) -> None:
    with pytest.raises(Conflict):
        invitations.invite(ANA.upper(), "viewer")
    _row, token = invitations.invite(BIA, "admin")
    bia = make(BIA, "viewer")
    with pytest.raises(Conflict) as caught:
        invitations.accept(token, OTHER)
    assert caught.value.code == "operator_exists"
    assert operators.role_of(operators.get_operator(bia)) == "viewer"
    with passwords.hashing(known=True):
        assert passwords.is_right(PASSWORD, str(operators.get_operator(bia).password))


def test_weak_password_leaves_the_invitation_as_it_was(ana: int) -> None:
    _row, token = invitations.invite(BIA, "viewer")
    with pytest.raises(Invalid):
        invitations.accept(token, "mudar123")
    assert invitations.accept(token, OTHER).email == BIA


def test_reset_link_sets_a_password_within_two_hours_and_ends_all_sessions(ana: int, bia: int) -> None:
    sessions.begin(operators.get_operator(bia), "192.0.2.1", "")
    _row, token = invitations.invite_to_reset(bia)
    assert invitations.accept(token, OTHER).email == BIA
    assert db.session.query(OperatorSession.end_reason).one().end_reason == sessions.PASSWORD
    _row, late = invitations.invite_to_reset(bia)
    clock.move(timedelta(hours=2, seconds=1))
    with pytest.raises(NotFound):
        invitations.accept(late, PASSWORD)


def test_own_password_needs_the_present_one_and_makes_links_useless(ana: int, bia: int) -> None:
    _row, token = invitations.invite_to_reset(bia)
    with pytest.raises(Invalid) as caught:
        own_access.change_password(bia, 1, "not this one", OTHER)
    assert [problem.field for problem in caught.value.problems] == ["present"]
    own_access.change_password(bia, 1, PASSWORD, OTHER)
    with pytest.raises(NotFound):
        invitations.find(token)


def test_no_password_and_no_token_of_a_link_is_in_the_history(ana: int, bia: int) -> None:
    _row, token = invitations.invite_to_reset(bia)
    invitations.accept(token, OTHER)
    told = repr([(row.before, row.after, row.label, row.reason) for row in db.session.query(Event)])
    assert token not in told
    assert OTHER not in told
