"""What subscribers' passwords and a source's own secrets must never come to, whichever way they came in."""

import io
import logging
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from tests import factories
from tests.fixtures.databases import raw_content
from tests.services.memory_source import Scene, make_scene, person
from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest, Secret
from webapp.gateways.errors import GatewayError
from webapp.models import Customer, Service
from webapp.services import bad_rows, source_files, source_hints, source_mapping, source_pulls, sources
from webapp.services.source_connections import open_source
from webapp.sources.contract import Named, ServiceRef

CANARY = "Canario-7f3a9"
ERP, CELL, LATE, HINT = (f"{CANARY}-{way}" for way in ("erp", "cell", "late", "hint"))
ADDRESSES = ("http://169.254.169.254", "http://[fd00::1]", "http://10.1.2.3", "http://[::ffff:169.254.169.254]")


@pytest.fixture
def scene(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    # A webhook asks for the subscriber's own password, so that they are kept.
    factories.make_integration()
    return make_scene(monkeypatch)


def stored() -> bytes:
    """Return the database as somebody has it who steals its files."""
    db.session.commit()
    return raw_content(db.engine.url)


def read_from_erp(scene: Scene) -> None:
    scene.kind.people = {
        "1001": person(1, password=Secret(ERP)),
        "1002": person(2, password=Secret(ERP), status=Named("a word that nobody knows")),
    }
    for _ in range(2):
        scene.pull()
    scene.kind.people["1001"] = person(1, password=Secret(LATE))
    scene.kind.changed = ["1001"]
    scene.pull("light")


def read_from_file() -> bytes:
    source = factories.make_source(kind="spreadsheet", description="Lista")
    plan = factories.make_plan(description="Fibra")
    source_mapping.save_mapping(source.id, {("plan", "fibra"): str(plan.id)})
    text = f"Código;Nome;Contrato;Plano;Status;Senha\n9;Ana;F9;Fibra;Ativo;{CELL}\n8;Bia;F8;Nenhum;Ativo;{CELL}\n"
    pull = source_files.stage_upload(source.id, io.BytesIO(text.encode()), "lista.csv")
    source_files.choose_columns(pull.id, source_files.file_header(pull.id).columns)
    source_pulls.work(pull.id)
    source_pulls.confirm_pull(pull.id)
    done = source_pulls.work(pull.id)
    assert done is not None
    lines = [repr(line) for line in bad_rows.bad_lines(done)]
    assert len(lines) == 1
    return bad_rows.as_csv([lines])


def hear_a_hint(scene: Scene) -> None:
    body = {"services": ["1001"], "senha": HINT}
    request = CallbackRequest("POST", {"X-Secret": "right"}, {}, {}, body, None, "127.0.0.1")
    token = sources.hook_url(scene.source).rsplit("/", 1)[1]
    source_hints.receive(token, request, repr(body).encode(), "127.0.0.1")
    scene.pull("hint")


def test_password_is_found_nowhere_in_clear_whichever_way_it_came(scene: Scene, caplog: Any, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        read_from_erp(scene)
        download = read_from_file()
        hear_a_hint(scene)
    assert all(Service.query.filter_by(code=code).one().password for code in ("1001", "F9"))
    hub = capfd.readouterr()
    everything = stored() + download + repr((lines, caplog.text, hub.out, hub.err)).encode()
    assert b"Lista" in everything
    assert CANARY.encode() not in everything


@pytest.mark.parametrize("kind", sorted(factories.ERP_PARAMS))
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_source_leads_into_the_network_of_the_hub(app: APIFlask, kind: str, address: str) -> None:
    source_id = factories.make_source(kind=kind, params={**factories.ERP_PARAMS[kind], "url": address}).id
    db.session.commit()
    assert refusal_of(source_id) == "source_address_refused"


def refusal_of(source_id: int) -> str:
    reader, connection = open_source(source_id)
    with pytest.raises(GatewayError) as refusal:
        list(reader.find(connection, [ServiceRef("1", "1", "52998224725")]))
    return refusal.value.code


def test_failure_of_the_database_says_nothing_about_the_person(app: APIFlask) -> None:
    factories.make_customer("C1")
    db.session.add(Customer(code="C1", name="Fulana de Tal", document="52998224725"))
    with pytest.raises(IntegrityError) as failure:
        db.session.flush()
    assert "Fulana" not in str(failure.value)
    assert "INSERT INTO customer" in str(failure.value)
