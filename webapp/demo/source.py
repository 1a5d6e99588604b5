"""A branch of the made-up provider that keeps its customers in an ERP, so that a newcomer sees where they come from."""

from webapp import clock
from webapp.extensions import db
from webapp.models import Source, SourcePull
from webapp.sandbox.client import Erp
from webapp.services.inputs import SourceInput
from webapp.services.source_mapping import accept_suggestions, create_missing_plans
from webapp.services.source_pulls import get_pull, request_pull
from webapp.services.sources import create_source, run_test

CUSTOMERS = 60
PATIENCE_S = 60.0
LOOK_S = 0.2
LIGHT_S = 60
UNDER_WAY = ("reading", "applying")
# What the branch sells, under the codes and names of the provider's own packages; one has no code there.
PACKAGES = [
    {"id": 240, "code": "STANDARD", "description": "1 APP STANDARD", "value": "10"},
    {"id": 241, "code": "PREMIUM", "description": "1 APP PREMIUM", "value": "30.00"},
    {"id": 242, "code": None, "description": "LIVROS", "value": "9.90"},
]


def fill_source(erp: Erp) -> None:
    """Configure the source, look at its words, map them, try it dry, and pull it on two days."""
    erp.people(CUSTOMERS, packages=PACKAGES)
    source = _connected(erp)
    _pull(source, dry_run=True)
    accept_suggestions(source.id)
    create_missing_plans(source.id)
    _pull(source, dry_run=True)
    _pull(source)
    _live_a_day(erp)
    _pull(source)


def _connected(erp: Erp) -> Source:
    data = SourceInput(
        kind="hubsoft", description="HubSoft da filial", code_prefix="F-", light_interval_s=LIGHT_S,
        params=erp.hubsoft_params(),
    )  # fmt: skip
    source = create_source(data)
    run_test(source.id)
    return source


def _live_a_day(erp: Erp) -> None:
    """Somebody pays, somebody falls into debt, somebody takes another package, somebody is new."""
    erp.change({"status": "suspenso_debito", "limit": 2}, status="servico_habilitado")
    erp.change({"status": "servico_habilitado", "package": "PREMIUM", "limit": 2}, status="suspenso_debito")
    erp.change({"status": "servico_habilitado", "package": 242, "limit": 2}, packages=["PREMIUM", 242])
    erp.add_customer(name="CAROLINA NEVES", packages=["STANDARD"])


def _pull(source: Source, dry_run: bool = False) -> SourcePull:
    """Ask for a pull and wait for its end, or long enough; the hub's own worker does it."""
    pull_id = request_pull(source.id, dry_run=dry_run).id
    until_s = clock.monotonic_s() + PATIENCE_S
    while (pull := get_pull(pull_id)).status in UNDER_WAY and clock.monotonic_s() < until_s:
        db.session.rollback()
        clock.sleep(LOOK_S)
    return pull
