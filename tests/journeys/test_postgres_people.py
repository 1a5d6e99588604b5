"""What two people do at the same moment, on PostgreSQL: there rows must be locked, not the whole database."""

import threading
import time
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
from webapp.models import Operator, OperatorSession, WebAuthn
from webapp.services import operators, passkey_rows, second_factor, second_factor_rule, sign_in
from webapp.services.errors import ServiceError


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


def test_app_and_passkey_removed_at_once_leave_what_is_required(postgres_app: APIFlask) -> None:
    operator: Any = operators.create_operator(people_race.BIA, PASSWORD, "viewer")
    operator_id, passkey_id = operator.id, give_passkey(operator.id)
    give_app(operator_id, second_factor.new_setup(people_race.BIA).secret)
    second_factor_rule.change_rule("all")
    acts = [lambda: second_factor.remove_app(operator_id), lambda: passkey_rows.delete(passkey_id, operator_id)] * 2

    def act() -> str:
        try:
            acts.pop()()
        except ServiceError as error:
            return error.code
        return "removed"

    assert crowd(postgres_app, 4, act)["removed"] == 1
    db.session.rollback()
    assert second_factor.status(db.session.get_one(Operator, operator_id)).any


def test_password_that_is_being_changed_is_waited_for_at_the_sign_in(postgres_app: APIFlask) -> None:
    operator: Any = operators.create_operator(people_race.BIA, PASSWORD, "viewer")
    operator_id, proved = operator.id, operator.password_set_at.isoformat()
    assert sign_in.is_current(operator_id, proved)
    changing, ended = threading.Event(), []

    def change() -> None:
        with postgres_app.app_context():
            operators.set_password(operator_id, "another hash")
            changing.set()
            time.sleep(0.3)
            db.session.commit()
            ended.append("changed")
            db.session.remove()

    thread = threading.Thread(target=change)
    thread.start()
    assert changing.wait(5)
    assert not sign_in.is_current(operator_id, proved)
    thread.join(5)
    assert ended == ["changed"]


def give_passkey(operator_id: int) -> int:
    now = clock.utc_now().replace(tzinfo=None)
    row: Any = WebAuthn(
        user_id=operator_id, credential_id=b"a-passkey", public_key=b"of-nobody", sign_count=0, transports=[],
        backup_state=True, device_type="multi_device", usage="first", name="hers", create_datetime=now,
        lastuse_datetime=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return int(row.id)


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
