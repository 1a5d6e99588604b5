"""A recipe written with docs/recipes.md alone, against a media server that is not ours."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import factories
from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.subsonic_server import ADMIN, PASSWORD, SubsonicServer
from tests.gateways.conftest import Connect
from tests.gateways.people import PASSWORD as MARIAS
from tests.gateways.people import make_subject
from tests.journeys.crowd import drain
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings
from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.contract import Connection, Operation, Outcome, RemoteState, Secret
from webapp.gateways.errors import AuthFailed, ContractBroken
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import load_recipe
from webapp.models import Account
from webapp.services import product_sync, recipes, subscriptions

FILE = Path(__file__).with_name("subsonic.toml")
GATEWAY = RecipeGateway(load_recipe(FILE))
CREATE, CANCEL = Operation.CREATE, Operation.CANCEL
MARIA = "maria@example.com"
Try = Callable[..., Result]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SubsonicServer]:
    with SubsonicServer(tmp_path_factory.mktemp("subsonic")) as running:
        yield running


@pytest.fixture
def conn(connect: Connect, server: SubsonicServer) -> Iterator[Connection]:
    yield connect({"base_url": server.url, "admin": ADMIN, "admin_password": Secret(PASSWORD)})
    server.clear()


@pytest.fixture
def maria(conn: Connection) -> Hub:
    return Hub(GATEWAY, conn, make_subject(remote_ids={}))


@pytest.fixture
def own_recipes() -> Iterator[None]:
    """Let the provider's own recipes be forgotten afterwards: they belong to the process."""
    yield
    registry.load()


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Try:
    """Run ``gateway`` as its user would; the password comes from the environment."""
    monkeypatch.setenv("SUBSONIC_PASSWORD", PASSWORD)

    def invoke(*args: str) -> Result:
        program = Program(lambda: create_app(settings, TESTING=True), "1.2.3")
        return CliRunner().invoke(sintonia, ["gateway", *args], obj=program, catch_exceptions=False)

    return invoke


def test_create_makes_a_user_who_gets_in_with_the_password(maria, server):
    assert maria.send(CREATE).outcome is Outcome.OK
    assert server.users() == {MARIA: MARIA}
    assert server.lets_in(MARIA, MARIAS)


def test_second_create_adopts_the_user(maria, server):
    maria.send(CREATE)
    reply = maria.send(CREATE, "key-2")
    assert (reply.outcome, reply.state, len(server.users())) == (Outcome.ALREADY, RemoteState.ACTIVE, 1)


def test_update_changes_the_password(maria, conn, server):
    maria.send(CREATE)
    GATEWAY.send(conn, Operation.UPDATE, make_subject(password=Secret("outra-senha")), "key-2")
    assert server.lets_in(MARIA, "outra-senha")


def test_suspend_and_enable_are_lossy_and_cancel_is_final(maria, server):
    assert GATEWAY.traits.lossy == {Operation.SUSPEND, Operation.ENABLE}
    present = []
    for operation in (CREATE, Operation.SUSPEND, Operation.ENABLE, CANCEL):
        assert maria.send(operation).outcome is Outcome.OK
        present.append(MARIA in server.users())
    assert present == [True, False, True, False]
    assert maria.send(CANCEL).outcome is Outcome.GONE


def test_look_up_finds_one_or_clearly_nobody_and_never_an_administrator(maria, conn):
    assert maria.find().found is None
    maria.send(CREATE)
    found = maria.find().found
    assert (found.login, found.state) == (MARIA, RemoteState.ACTIVE)
    with pytest.raises(ContractBroken):
        GATEWAY.find(conn, make_subject(login=ADMIN))


def test_listing_shows_the_subscribers_only(maria, conn):
    maria.send(CREATE)
    listing = GATEWAY.list(conn)
    assert ([seen.login for seen in listing], listing.complete) == ([MARIA], True)


def test_refusal_inside_a_success_is_an_auth_failure(connect, server):
    conn = connect({"base_url": server.url, "admin": ADMIN, "admin_password": Secret("wrong-password")})
    with pytest.raises(AuthFailed) as caught:
        GATEWAY.send(conn, CREATE, make_subject(remote_ids={}), "key-1")
    assert caught.value.params["message"] == "Wrong username or password."
    assert server.users() == {}


def test_no_secret_is_shown_although_it_stands_in_the_address(maria, conn):
    shown = [repr(maria.send(CREATE)), repr(maria.find()), repr(GATEWAY.preview(conn, CREATE, maria.subject, "key-1"))]
    shown += map(repr, GATEWAY.check(conn))
    assert not [secret for secret in (PASSWORD, MARIAS) if secret in "".join(shown)]


def test_check_command_has_nothing_to_say(run):
    answer = run("check", str(FILE), "--json")
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, {"ok": True, "found": []})


def test_try_command_makes_and_ends_a_real_user(run, conn, server):
    given = ["--set", f"params.base_url={server.url}", "--set", f"params.admin={ADMIN}", "--json"]
    given += ["--set", "params.admin_password=@env:SUBSONIC_PASSWORD", "--set", "customer.email=test@example.com"]
    made = run("try", str(FILE), "--operation", "create", *given)
    assert (made.exit_code, json.loads(made.stdout)["outcome"], list(server.users())) == (0, "ok", ["test@example.com"])
    assert PASSWORD not in made.output
    assert run("try", str(FILE), "--operation", "cancel", *given).exit_code == 0
    assert server.users() == {}


def test_installed_recipe_drives_the_server_from_sale_to_end_without_a_restart(app, own_recipes, conn, server):
    recipes.save_version(
        FILE.read_text(), reason="Subsonic, by its public description", base=recipes.edition("subsonic")
    )
    recipes.refresh(at_once=True)
    assert registry.get_gateway("subsonic").traits.sheet.origin == "own"
    integration = factories.make_integration(gateway="subsonic", params=dict(conn.params))
    product_sync.sync_products(integration.id)
    package = factories.make_package(integration_id=integration.id, product_codes=["MUSIC"], description="Music")
    service = factories.make_service(factories.make_customer(email=MARIA), password="senha-da-maria")
    factories.make_sale(service, package)
    present = []
    for status in ("servico_habilitado", "suspenso_debito", "servico_habilitado", "cancelado"):
        subscriptions.set_status(service.code, status)
        drain()
        present.append(server.lets_in(MARIA, "senha-da-maria"))
    assert present == [True, False, True, False]
    assert db.session.query(Account).one().status == "cancelled"
