"""``audit`` and ``secrets``: what they say, and with which exit code."""

from collections.abc import Callable
from pathlib import Path

from apiflask import APIFlask
from sqlalchemy import update

from tests.cli.conftest import Run
from tests.factories import make_integration
from webapp.extensions import db
from webapp.models import Event, IntegrationParam
from webapp.services import audit_export, audit_files
from webapp.services.chain import store
from webapp.services.history_query import Filter


def test_history_is_verified_and_a_change_past_the_program_ends_with_exit_code_one(
    run: Run, make: Callable[[], APIFlask], tmp_path: Path
) -> None:
    assert run("token", "create", "--name", "erp", "--scope", "read").exit_code == 0
    good = run("audit", "verify")
    assert good.exit_code == 0, good.output
    with make().app_context():
        path = tmp_path / "history.jsonl"
        path.write_text("".join(audit_files.write(audit_export.begin_export(Filter(), "jsonl"), "jsonl")))
        db.session.commit()
    assert run("audit", "verify", str(path)).exit_code == 0
    path.write_text(path.read_text().replace("erp", "exp"))
    assert run("audit", "verify", str(path)).exit_code == 1
    with make().app_context():
        with store.opened(db.session.connection()):
            db.session.execute(update(Event).where(Event.action == "token.create").values(label="other"))
        db.session.commit()
    bad = run("audit", "verify")
    assert bad.exit_code == 1
    assert "place 1" in bad.output or "posição 1" in bad.output


def test_chain_is_accepted_as_it_is_only_with_a_reason(run: Run) -> None:
    assert run("token", "create", "--name", "erp", "--scope", "read").exit_code == 0
    assert run("audit", "accept").exit_code == 2
    assert run("audit", "accept", "--reason", "restored on purpose").exit_code == 0
    assert run("audit", "verify").exit_code == 0


def test_marks_of_erased_people_are_not_given_up_while_nothing_is_lost(run: Run) -> None:
    refused = run("secrets", "give-up-marks", "--yes")
    assert (refused.exit_code, "Traceback" in refused.output) == (1, False)


def test_secrets_go_over_to_a_new_key_and_one_that_does_not_open_is_named(
    run: Run, make: Callable[[], APIFlask]
) -> None:
    assert run("secrets", "check").exit_code == 0
    with make().app_context():
        make_integration(gateway="nx_play")
    rotated = run("secrets", "rotate", "--key")
    assert rotated.exit_code == 0, rotated.output
    assert "k2" in rotated.output
    # A process may have sealed with the former key a moment ago.
    assert run("secrets", "rotate", "--drop-old").exit_code == 1
    with make().app_context():
        db.session.execute(
            update(IntegrationParam).where(IntegrationParam.sealed.is_not(None)).values(sealed="k1.AAAA")
        )
        db.session.commit()
    closed = run("secrets", "check")
    assert closed.exit_code == 1
    assert "integration_param:sealed:1:token" in closed.output
