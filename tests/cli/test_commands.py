"""Commands: what they print, and how they end."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from sqlalchemy import select

from tests.cli.conftest import Run
from tests.factories import make_customer, make_integration, make_package, make_sale, make_service
from tests.fixtures.databases import ON_POSTGRES
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings, load_settings
from webapp.decide import brakes
from webapp.extensions import db
from webapp.jobs.owner import ServeLock
from webapp.models import ApiToken, Event, Integration, IntegrationParam, Operator, Service
from webapp.services.tokens import authenticate


def test_version_is_told(run: Run) -> None:
    first, form, parts = run("--version").stdout.splitlines()
    assert (first, form) == ("sintonia 1.2.3", "checkout")
    assert "SQLite 3." in parts


def test_version_is_told_to_machines_with_what_is_not_known_left_open(run: Run) -> None:
    told = json.loads(run("--version", "--json").stdout)
    assert (told["version"], told["commit"], told["form"]) == ("1.2.3", None, "checkout")
    assert run().exit_code == run("--json").exit_code == 2


def test_token_stands_alone_on_the_last_line_and_works(run: Run, make: Callable[[], APIFlask]) -> None:
    result = run("token", "create", "--name", "erp", "--scope", "write")
    assert result.exit_code == 0
    text = result.stdout.splitlines()[-1]
    with make().app_context():
        token = authenticate(text)
        assert token is not None
        assert (token.name, token.scope) == ("erp", "write")


def test_token_with_an_end_an_address_and_an_integration_is_made_so(run: Run, make: Callable[[], APIFlask]) -> None:
    assert run("token", "create", "--name", "first", "--scope", "read").exit_code == 0
    with make().app_context():
        integration = str(make_integration().id)
    given = ("--scope", "subscribers", "--integration", integration, "--expires", "2999-01-31", "--allow", "10.0.0.0/8")
    result = run("token", "create", "--name", "platform", *given, "--allow", "2001:db8::1")
    assert result.exit_code == 0, result.output
    with make().app_context():
        token = authenticate(result.output.splitlines()[-1], "10.1.2.3")
        assert token is not None
        assert (token.integration_id, token.allowed_addresses) == (int(integration), ["10.0.0.0/8", "2001:db8::1/128"])
        assert str(token.expires_at) == "2999-02-01 03:00:00+00:00"


def test_token_with_a_wrong_address_is_refused_in_words(run: Run) -> None:
    result = run("token", "create", "--name", "erp", "--scope", "read", "--allow", "10.0.0.1/8")
    assert result.exit_code == 1
    assert "10.0.0.1/8" in result.stderr


def test_taken_token_name_is_told_on_standard_error(run: Run) -> None:
    run("token", "create", "--name", "erp", "--scope", "read")
    result = run("token", "create", "--name", "erp", "--scope", "read")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


def test_user_is_created_with_the_password_from_standard_input(run: Run, make: Callable[[], APIFlask]) -> None:
    arguments = ("user", "create", "--email", "ana@example.com", "--role", "admin", "--password-stdin")
    assert run(*arguments, stdin="quatro girafas no telhado\n").exit_code == 0
    with make().app_context():
        operator = db.session.scalars(select(Operator)).one()
        assert operator.roles[0].name == "admin"
        assert db.session.scalars(select(Event.actor)).one() == "cli"


def test_short_password_and_unknown_role_are_refused(run: Run) -> None:
    arguments = ("user", "create", "--email", "ana@example.com", "--password-stdin")
    assert run(*arguments, "--role", "admin", stdin="short\n").exit_code == 1
    assert run(*arguments, "--role", "king", stdin="quatro girafas no telhado\n").exit_code == 2


def test_gateways_are_listed_for_people_and_machines(run: Run) -> None:
    assert "nx_play" in run("gateway", "list").stdout
    rows = {row["key"]: row for row in json.loads(run("gateway", "list", "--json").stdout)}
    assert rows["nx_play"]["trust"] == "assumed"
    token = next(spec for spec in rows["nx_play"]["params"] if spec["name"] == "token")
    assert (token["secret"], token["required"]) == (True, True)


def test_import_names_bad_rows_and_ends_with_one(run: Run, csv: Path) -> None:
    result = run("import", "customers", str(csv))
    assert result.exit_code == 1
    assert "(123)" in result.stdout
    answer = json.loads(run("import", "customers", str(csv), "--dry-run", "--json").stdout)
    assert (answer["dry_run"], answer["rows"], answer["unchanged"]) == (True, 2, 1)
    assert [(one["row"], one["column"], one["code"]) for one in answer["problems"]] == [
        (3, "document", "document_length")
    ]


def test_import_that_stops_many_names_the_number_to_confirm(
    run: Run, make: Callable[[], APIFlask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brakes, "FLOOR", 0)
    run("converge")
    with make().app_context():
        make_service(make_customer("1"), code="S1")
    path = tmp_path / "people.csv"
    path.write_text("code,name,service_code,status\n1,Maria,S1,suspenso_debito\n")
    result = run("import", "customers", str(path))
    assert result.exit_code == 1
    assert "--confirm-negatives 1" in result.stdout
    assert run("import", "customers", str(path), "--confirm-negatives", "1").exit_code == 0


def test_import_of_a_missing_or_wrong_file_is_told_in_one_sentence(run: Run, tmp_path: Path) -> None:
    assert run("import", "customers", str(tmp_path / "none.csv")).exit_code == 2
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    result = run("import", "customers", str(empty))
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr


def test_converge_ends_with_zero_when_nothing_is_due(run: Run) -> None:
    result = run("converge", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"due_before": 0, "due_left": 0})


def test_converge_ends_with_three_when_something_is_left(run: Run, make: Callable[[], APIFlask]) -> None:
    run("converge")
    with make().app_context():
        integration = make_integration()
        make_sale(package=make_package(integration))
        integration.paused_code = "auth_stopped"
        db.session.commit()
    result = run("converge", "--json")
    assert (result.exit_code, json.loads(result.stdout)["due_left"]) == (3, 1)


def test_unknown_integration_is_told(run: Run) -> None:
    for command in ("converge", "reconcile"):
        result = run(command, "--integration", "99")
        assert result.exit_code == 1
        assert "Traceback" not in result.stderr


def test_reconcile_without_integrations_does_nothing(run: Run) -> None:
    result = run("reconcile", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_settings_that_cannot_work_are_all_listed(broken: Program) -> None:
    result = CliRunner().invoke(sintonia, ["doctor"], obj=broken)
    assert result.exit_code == 1
    assert "SINTONIA_WORKERS" in result.stderr
    assert "SINTONIA_LOCALE" in result.stderr


def test_second_server_on_one_database_is_refused_with_the_reason(run: Run, settings: Settings) -> None:
    with ServeLock(settings.instance):
        result = run("serve", "--port", "0")
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(settings.instance) in result.stderr


def findings(run: Run) -> dict[str, str]:
    return {row["name"]: row["level"] for row in json.loads(run("doctor", "--json").stdout)}


def test_doctor_finds_a_fresh_hub_well_but_for_the_scheduler(run: Run) -> None:
    run("converge")
    levels = findings(run)
    assert levels.pop("scheduler") == "warn"
    # The server of the tests waits for no disk, and the doctor says that it may forget.
    assert levels.pop("postgres", "") == ("warn" if ON_POSTGRES else "")
    assert set(levels.values()) == {"ok"}
    assert run("doctor").exit_code == 0


def test_doctor_before_the_first_start_names_the_schema(run: Run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert {row["name"]: row["level"] for row in json.loads(result.stdout)}["schema"] == "fail"


def test_doctor_warns_of_key_files_that_others_can_read(run: Run, settings: Settings) -> None:
    os.chmod(settings.instance / "secret.key", 0o644)
    assert findings(run)["keys"] == "warn"


def test_doctor_finds_a_changed_encryption_key(run: Run, make: Callable[[], APIFlask], settings: Settings) -> None:
    run("converge")
    with make().app_context():
        make_integration()
    environ = {"SINTONIA_INSTANCE": str(settings.instance), "SINTONIA_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "="}
    other = Program(lambda: create_app(load_settings(environ)), "1")
    result = CliRunner().invoke(sintonia, ["doctor", "--json"], obj=other)
    assert result.exit_code == 1
    assert {row["name"]: row["level"] for row in json.loads(result.stdout)}["secrets"] == "fail"


def test_doctor_names_paused_integrations(run: Run, make: Callable[[], APIFlask]) -> None:
    run("converge")
    with make().app_context():
        make_integration().paused_code = "auth_stopped"
        db.session.commit()
    assert findings(run)["integrations"] == "warn"


@pytest.mark.parametrize("table", [ApiToken, Integration, IntegrationParam, Service])
def test_doctor_changes_nothing(run: Run, make: Callable[[], APIFlask], table: type) -> None:
    run("converge")
    run("doctor")
    with make().app_context():
        assert db.session.scalars(select(table)).all() == []
