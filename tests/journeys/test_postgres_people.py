"""What two people do at the same moment, on PostgreSQL: there rows must be locked, not the whole database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, signed_in
from tests.services import people_race
from tests.services.test_guesses import crowd, take_one
from tests.web.sign_in_states import code_of, give_app
from webapp import clock
from webapp.extensions import db
from webapp.models import Operator, OperatorSession
from webapp.services import operators, second_factor


@pytest.mark.parametrize(
    "act", [lambda other: operators.change_role(other, "viewer"), operators.deactivate], ids=["role", "deactivate"]
)
def test_two_administrators_who_act_on_each_other_at_once_leave_one(
    postgres_app: APIFlask, act: Callable[[int], Any]
) -> None:
    ended = people_race.race(postgres_app, act)
    assert ended[0] == "done"
    assert ended[1] in ("operator_last_admin", "operator_no_admin_now")
    assert people_race.active_admins() == 1


def test_two_who_open_the_same_link_at_once_make_one_operator(postgres_app: APIFlask) -> None:
    assert people_race.accept_twice(postgres_app) == ["done", "invitation_invalid"]
    assert db.session.query(Operator).filter_by(email=people_race.BIA).count() == 1


def test_tries_at_the_same_moment_never_pass_the_limit_together(postgres_app: APIFlask) -> None:
    assert crowd(postgres_app, 16, take_one) == {True: 3, False: 13}


def test_a_code_that_is_sent_by_several_at_once_lets_one_in(postgres_app: APIFlask) -> None:
    operator: Any = operators.create_operator(people_race.BIA, PASSWORD, "viewer")
    secret = second_factor.new_setup(people_race.BIA).secret
    recovery = give_app(operator.id, secret)[0]
    code, operator_id = code_of(secret, 1), operator.id
    assert crowd(postgres_app, 6, lambda: second_factor.use(operator_id, code)) == {"totp": 1, "": 5}
    assert crowd(postgres_app, 6, lambda: second_factor.use(operator_id, recovery)) == {"recovery": 1, "": 5}


def test_sessions_are_prolonged_shown_and_ended_there_too(postgres_app: APIFlask) -> None:
    admin, bia = signed_in(postgres_app, "admin"), signed_in(postgres_app, "viewer")
    for path in ("/people?q=viewer&active=all", "/people/2/sessions", "/own", "/own/sessions"):
        assert admin.get(path).status_code == 200, path
    clock.move(timedelta(minutes=5))
    assert bia.get("/own/sessions").status_code == 200
    session = db.session.query(OperatorSession).filter_by(operator_id=2).one()
    assert session.last_seen_at - session.started_at > timedelta(minutes=4)
    assert admin.post("/people/2/deactivate", data={"tokens": "y"}).status_code == 303
    assert bia.get("/").status_code == 303
