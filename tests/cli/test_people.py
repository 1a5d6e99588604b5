"""People by the command line: how a lone administrator who lost everything comes back."""

import json
from collections.abc import Callable

import pytest
from apiflask import APIFlask

from tests.cli.conftest import Run
from tests.fixtures.people import PASSWORD
from webapp.extensions import db
from webapp.models import Event, OperatorSession
from webapp.services import invitations, operators, sessions

ANA, BIA = "ana@example.com", "bia@example.com"
NEW = "sete capivaras na varanda"


@pytest.fixture
def ana(run: Run) -> None:
    made = run("user", "create", "--email", ANA, "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.stderr


def test_lone_administrator_who_lost_everything_comes_back(ana: None, run: Run, make: Callable[[], APIFlask]) -> None:
    with make().app_context():
        person = operators.find_by_email(ANA)
        assert person is not None
        person.tf_totp_secret = "sealed"  # type: ignore[assignment]
        sessions.begin(person, "", "")
    made = run("user", "reset", "--email", ANA.upper(), "--second-factor")
    assert made.exit_code == 0, made.stderr
    token = made.stdout.strip().rpartition("/invite/")[2]
    with make().app_context():
        assert invitations.accept(token, NEW).tf_totp_secret is None
        assert db.session.query(OperatorSession).one().end_reason == sessions.SECOND_FACTOR
        assert "cli" in {row.actor for row in db.session.query(Event).filter_by(action="operator.reset_link")}


def test_link_of_an_invitation_stands_alone_on_its_line(ana: None, run: Run, make: Callable[[], APIFlask]) -> None:
    made = run("user", "invite", "--email", BIA, "--role", "finance")
    assert made.exit_code == 0
    [link] = made.stdout.splitlines()
    with make().app_context():
        assert invitations.accept(link.rpartition("/invite/")[2], NEW).email == BIA


def test_person_is_given_a_role_let_go_and_let_in_again(ana: None, run: Run) -> None:
    run("user", "create", "--email", BIA, "--role", "viewer", "--password-stdin", stdin=f"{NEW}\n")
    assert ANA in run("user", "list").stdout
    for arguments, role, active in (
        (("role", "--email", BIA, "--role", "attendant"), "attendant", True),
        (("deactivate", "--email", BIA, "--tokens"), "attendant", False),
        (("reactivate", "--email", BIA), "attendant", True),
    ):
        assert run("user", *arguments).exit_code == 0
        row = json.loads(run("user", "list", "--json").stdout)[1]
        assert (row["role"], row["active"]) == (role, active)


def test_unknown_person_and_last_administrator_are_told_in_one_sentence(ana: None, run: Run) -> None:
    for command in ("deactivate", "reset", "reactivate"):
        result = run("user", command, "--email", "nobody@example.com")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "nobody@example.com" in result.stderr
    for arguments in (("deactivate", "--email", ANA), ("role", "--email", ANA, "--role", "viewer")):
        result = run("user", *arguments)
        assert result.exit_code == 1
        assert ANA in result.stderr
