"""The whole API against its own document: Schemathesis with all checks, stateful, over real HTTP.

The suite runs a bounded part of it: a fixed seed, few made-up requests for every operation, links between
operations, and every boundary of each value for every sixth operation. The long run (``make fuzz``) takes all
boundaries and as many requests per operation as ``SINTONIA_FUZZ`` says (20: three minutes of one core), others each
time; ``SINTONIA_SEED``, which every failure names, repeats a run::

    SINTONIA_FUZZ=50 SINTONIA_SEED=7 python -m pytest tests/api/test_contract.py
"""

import os
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from apiflask import APIFlask
from limits import RateLimitItemPerMinute
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from waitress.server import create_server

from tests import factories
from tests.api import contract_scene
from tests.api.contract_scene import Call
from tests.web import observing_states, token_states, world
from webapp import create_app
from webapp.api import auth
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Alert, Run, SourcePull
from webapp.services import alerts, recipes
from webapp.services.recipe_texts import starter_text
from webapp.services.tokens import create_token

LONG = int(os.environ.get("SINTONIA_FUZZ", "0"))
SEED = int(os.environ.get("SINTONIA_SEED") or (random.randrange(10**6) if LONG else 7))
EVERY_SIXTH = 6
# What no document can say: which codes exist, which amounts add up, who was faster, whether a platform answers.
REFUSALS = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "502"]
ABOUT = ("runs", "orphans", "channels")
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": REFUSALS},
    "negative_data_rejection": {"expected-statuses": ["4xx", "502"]},
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "502"]},
}


@dataclass(frozen=True)
class Hub:
    """A filled hub behind waitress. ``token`` may do everything."""

    app: APIFlask
    address: str
    token: str
    ids: contract_scene.Ids


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("contract")
    app = create_app(
        load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}), TESTING=True
    )
    with app.app_context():
        db.create_all()
        ids = fill()
        row, token = create_token("contract", "admin")
        own = f"/api/v1/tokens/{row.id}"
        db.session.remove()

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        # A token that revoked itself would be refused everywhere else, and all would look well.
        if environ["REQUEST_METHOD"] == "DELETE" and environ["PATH_INFO"] == own:
            environ["PATH_INFO"] = "/api/v1/tokens/999999"
        return app(environ, start_response)

    server = create_server(guarded, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield Hub(app, f"http://127.0.0.1:{server.effective_port}", token, ids)
    # First whoever answers, then the loop, in its own thread: none of them finds the sockets gone.
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often one may call, and guess, is tested beside; here it happens thousands of times."""
    for name in ("CALLS", "WRONG_TOKENS"):
        monkeypatch.setattr(auth, name, RateLimitItemPerMinute(10**9))


def fill() -> contract_scene.Ids:
    """Make something of everything that has an address."""
    here = world.build()
    token_states.build(here.integration_id)
    source = factories.make_source()
    recipes.save_version(starter_text(), reason="First", base="0.0")
    alerts.raise_alert("source_unreachable", "source", source.id, source.description)
    db.session.add(SourcePull(source_id=source.id, mode="full", status="done", started_at=utc_now()))
    db.session.commit()
    assert db.session.query(Alert).count() == 1
    return contract_scene.build()


def config(token: str, phases: set[str], examples: int) -> SchemathesisConfig:
    known = ("examples", "coverage", "fuzzing", "stateful")
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": examples, "deterministic": not LONG, "database": "none"},
            "phases": {phase: {"enabled": phase in phases} for phase in known},
            "checks": CHECKS,
        }
    )


def load(hub: Hub, phases: set[str], examples: int) -> Any:
    """Return the document as the hub gives it out."""
    return schemathesis.openapi.from_url(
        f"{hub.address}/api/v1/openapi.json", config=config(hub.token, phases, examples),
        headers={"Authorization": f"Bearer {hub.token}"},
    )  # fmt: skip


def run(hub: Hub, phases: set[str], examples: int, every: int = 1) -> tuple[int, list[str]]:
    """Return how many requests were checked, and what was wrong."""
    schema = load(hub, phases, examples)
    chosen = sorted(found.ok().label for found in schema.get_all_operations())[::every]
    schema = schema.include(lambda context: context.operation.label in chosen)
    checked, wrong = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(str(event))
        elif isinstance(event, events.ScenarioFinished):
            checked += len(event.recorder.cases)
            wrong += list(failures(event))
    answer = requests.get(f"{hub.address}/api/v1/tokens", headers={"Authorization": f"Bearer {hub.token}"}, timeout=5)
    assert answer.status_code == 200, "the token did not last"
    return checked, wrong


def failures(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case = event.recorder.cases[case_id].value
                yield f"{case.operation.label}: {check.name}: {check.failure_info.failure}\n{case.as_curl_command()}"


def told(wrong: list[str]) -> str:
    return "\n\n".join([f"SINTONIA_SEED={SEED}", *wrong[:5]])


def accepted(hub: Hub, calls: list[Call]) -> None:
    """Send each, and hold its answer against the document: it must be a success."""
    schema = load(hub, set(), 1)
    for call in calls:
        method, _space, path = call.operation.partition(" ")
        operation = schema[f"/api/v1{path}"][method]
        body = {} if call.body is None else {"body": call.body, "media_type": "application/json"}
        case = operation.Case(path_parameters=call.place, query=call.query, **body)
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {hub.token}"})
        assert answer.status_code in (200, 201), (call, answer.text)


def test_every_operation_about_reconciliation_succeeds_as_the_document_says(hub: Hub) -> None:
    with hub.app.app_context():
        calls = contract_scene.calls(hub.ids)
        db.session.rollback()
    accepted(hub, calls)
    known = {found.ok().label.replace("/api/v1", "") for found in load(hub, set(), 1).get_all_operations()}
    assert {name for name in known if name.partition(" /")[2].startswith(ABOUT)} <= {call.operation for call in calls}


def test_every_operation_about_personal_data_succeeds_as_the_document_says(hub: Hub) -> None:
    with hub.app.app_context():
        calls = contract_scene.privacy_calls()
        db.session.rollback()
    accepted(hub, calls)


def test_every_operation_about_work_on_many_rows_succeeds_as_the_document_says(hub: Hub) -> None:
    with hub.app.app_context():
        calls = contract_scene.bulk_calls()
        db.session.rollback()
    accepted(hub, calls)


def test_the_api_keeps_to_its_document_whatever_it_is_asked(hub: Hub) -> None:
    checked, wrong = run(hub, {"examples", "fuzzing"}, LONG or 2)
    assert checked > 200
    assert not wrong, told(wrong)


def test_operations_keep_to_the_document_one_after_the_other(hub: Hub) -> None:
    checked, wrong = run(hub, {"stateful"}, LONG or 10)
    assert checked > 50
    assert not wrong, told(wrong)


def test_every_boundary_of_a_value_is_kept(hub: Hub) -> None:
    checked, wrong = run(hub, {"coverage"}, LONG or 1, every=1 if LONG else EVERY_SIXTH)
    assert checked > 500
    assert not wrong, told(wrong)


def test_a_hub_that_observes_keeps_to_the_document(hub: Hub) -> None:
    """The last one: from here on the hub acts no more."""
    with hub.app.app_context():
        ready = observing_states.build()["ready"]
        plan = db.session.query(Run).filter_by(integration_id=ready, status="done").one()
        calls = contract_scene.observing_calls({"run_id": plan.id, "checksum": plan.checksum})
        db.session.remove()
    accepted(hub, calls)
