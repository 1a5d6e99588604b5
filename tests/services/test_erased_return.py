"""Whoever was erased is not made anew by a source, a file or the API; a person's word admits them again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.fixtures.databases import keep, lay
from tests.services.memory_source import Scene, make_scene, person
from webapp import clock
from webapp.database.file import guard_of
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Alert, Customer, ErasedMark, Erasure, Orphan, Service, Setting, SourcePullItem
from webapp.services import customers, importing, pages_privacy
from webapp.services.errors import Conflict, Invalid
from webapp.services.hub import current_hub
from webapp.services.inputs import CustomerInput
from webapp.services.orphans.noting import note_seen
from webapp.services.privacy import erasing, ledger, readmitting, reapply, retaining
from webapp.services.privacy import salt as salts
from webapp.services.privacy.marks import Clues, find_people
from webapp.services.privacy.records import BY_KEY
from webapp.services.transactions import begin
from webapp.vault import Vault


def erase(service: Service) -> Erasure:
    """Erase the customer of a service that no platform knows, as the hub's own task does."""
    asked = erasing.request_erasure(service.customer_id, "Pedido por escrito", [service.id])
    for standing in erasing.outlook(service.customer_id).standings:
        account = standing.account
        account.status, account.due_at, account.applied_generation = "cancelled", None, account.generation
    db.session.commit()
    assert erasing.advance_all(clock.utc_now()) == 1
    return db.session.get_one(Erasure, asked.id, populate_existing=True)


def live() -> list[str]:
    """Return the names of customers who are not erased."""
    db.session.rollback()
    return list(db.session.scalars(select(Customer.name).where(Customer.erased_at.is_(None)).order_by(Customer.id)))


@pytest.fixture
def scene(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch).known(12)


def test_a_source_that_still_has_the_person_brings_nobody_back_and_says_so(scene: Scene) -> None:
    erasure = erase(db.session.scalars(select(Service).where(Service.code == "1003")).one())
    for _reading in range(2):
        pull = scene.pull()
    assert (pull.status, pull.counts["erased"], len(live()), "Pessoa 3" in live()) == ("done", 1, 11, False)
    line = db.session.scalars(select(SourcePullItem).where(SourcePullItem.pull_id == pull.id)).one()
    assert (line.outcome, line.name, line.customer_code, line.problems[0]["code"]) == (
        "refused",
        "",
        "",
        "erased_person",
    )
    assert db.session.get_one(Erasure, erasure.id, populate_existing=True).progress["back"]["times"] == 2
    told = select(Alert).where(Alert.code == "erased_person_back")
    assert db.session.scalars(told).one().params["count"] == 1
    scene.kind.people.pop("1003")
    scene.pull()
    assert db.session.scalars(told.where(Alert.closed_at.is_(None))).all() == []


def test_a_record_that_cannot_be_understood_is_written_down_without_the_name_either(scene: Scene) -> None:
    erase(db.session.scalars(select(Service).where(Service.code == "1003")).one())
    scene.kind.people["1003"] = person(3, "a word that nobody mapped")
    pull = scene.pull()
    line = db.session.scalars(select(SourcePullItem).where(SourcePullItem.pull_id == pull.id)).one()
    assert (line.name, line.service_code, pull.counts["erased"]) == ("", "", 1)


def test_a_record_with_another_code_is_known_by_the_document_and_a_relative_is_not_taken_for_it(scene: Scene) -> None:
    erase(db.session.scalars(select(Service).where(Service.code == "1003")).one())
    renamed = person(3)
    customer = replace(renamed.customer, code="NEW")
    scene.kind.people["1003"] = replace(renamed, customer=customer, service=replace(renamed.service, code="NEW-1"))
    relative = person(90)
    same_mail = replace(relative.customer, email=renamed.customer.email, phone=renamed.customer.phone)
    scene.kind.people["1090"] = replace(relative, customer=same_mail)
    pull = scene.pull()
    assert (pull.counts["erased"], "Pessoa 90" in live(), "Pessoa 3" in live()) == (1, True, False)


@pytest.mark.parametrize("written", ["1234567890", "012.345.678-90", " 01234567890 "])
@pytest.mark.usefixtures("app")
def test_a_document_is_known_however_it_is_written(written: str) -> None:
    erasing.request_erasure(factories.make_customer(document="01234567890").id, "asked")
    begin(reads_only=True)
    assert [found is not None for found in find_people([Clues(written), Clues("52998224725")])] == [True, False]


def test_nobody_else_who_shares_an_address_stops_being_paid_for(scene: Scene) -> None:
    gone = db.session.scalars(select(Service).where(Service.code == "1003")).one()
    erase(gone)
    neighbour = scene.kind.people["1004"]
    scene.kind.people["1004"] = replace(
        neighbour, customer=replace(neighbour.customer, email="p3@example.com", document="")
    )
    scene.kind.set_status("suspenso_debito", "1004")
    scene.pull()
    assert scene.status("1004") == "suspenso_debito"
    scene.kind.set_status("servico_habilitado", "1004")
    scene.pull()
    assert scene.status("1004") == "servico_habilitado"


def test_from_the_request_on_a_source_changes_nothing_of_the_person(scene: Scene) -> None:
    service = db.session.scalars(select(Service).where(Service.code == "1003")).one()
    erasing.request_erasure(service.customer_id, "asked", [service.id])
    scene.pull()
    assert scene.status("1003") == "cancelado"


def by_api(data: CustomerInput) -> None:
    customers.upsert_customer("OTHER", data)


def by_form(data: CustomerInput) -> None:
    customers.upsert_customer("OTHER", data, version=0)


@pytest.mark.parametrize("way", [by_api, by_form])
def test_a_person_is_refused_with_the_way_to_be_admitted_and_then_welcome(
    way: Callable[[CustomerInput], None], app: APIFlask
) -> None:
    service = factories.make_service()
    known = service.customer
    data = CustomerInput(name=known.name, document=known.document, email=known.email, phone=known.phone)
    erasure = erase(service)
    with pytest.raises(Conflict) as caught:
        way(data)
    assert (caught.value.code, caught.value.params) == ("erased_person", {"erasure": erasure.id})
    with pytest.raises(Invalid):
        readmitting.readmit(erasure.id, "")
    readmitting.readmit(erasure.id, "Contrato novo")
    way(data)
    assert (live(), ErasedMark.query.count()) == ([data.name], 0)
    with pytest.raises(Conflict):
        readmitting.readmit(erasure.id, "again")


def test_a_file_brings_nobody_back(app: APIFlask, tmp_path: Path) -> None:
    service = factories.make_service()
    document = service.customer.document
    erase(service)
    file = tmp_path / "people.csv"
    file.write_text(f"code;name;document;email;phone\n77;Volta Teste;{document};;\n78;Outra;;;\n", "utf-8")
    result = importing.import_customers(file, dry_run=False)
    assert (live(), [one.code for one in result.problems]) == (["Outra"], ["erased_person"])


@pytest.mark.parametrize("ids", [{"id": "there-1"}, {}])
def test_a_platform_that_still_shows_the_person_is_told_of_without_the_name(app: APIFlask, ids: dict[str, str]) -> None:
    service, integration = factories.make_service(), factories.make_integration(gateway="nx_play")
    email, document = service.customer.email, service.customer.document
    erase(service)
    other = Observed("other@example.com", RemoteState.ACTIVE, {"id": "there-2"})
    shown = [Observed(email, RemoteState.ACTIVE, ids, document=document), other]
    for _reading in range(2):
        note_seen(integration.id, shown, 1, clock.utc_now(), complete=False)
    rows = db.session.scalars(select(Orphan).order_by(Orphan.login)).all()
    assert [(row.login, row.document, row.remote_ids) for row in rows] == [
        ("", "", ids), ("other@example.com", "", {"id": "there-2"})
    ]  # fmt: skip
    assert email not in rows[0].key


def test_marks_outlive_a_rotated_key_and_a_lost_one_lets_nobody_in(app: APIFlask) -> None:
    service = factories.make_service()
    document = service.customer.document
    erase(service)
    key = salts.find_salt()
    hub = current_hub()
    fresh = Vault({"k2": b"2" * 32, **hub.settings.encryption_keys})
    row = db.session.get_one(Setting, salts.NAME)
    row.value = fresh.seal(str(hub.vault.open(row.value, salts.PLACE)), salts.PLACE)
    db.session.commit()
    app.extensions["sintonia"] = replace(hub, vault=fresh)
    ledger.rewrite_salt()
    assert (salts.find_salt(), ledger.entries_of_file()[0]["sealed"]) == (key, salts.find_sealed())
    with pytest.raises(Conflict):
        factories.make_customer("NEW", document=document)
    app.extensions["sintonia"] = hub
    with pytest.raises(Exception, match="privacy_salt"):
        factories.make_customer("NEW", document=document)


class Copy:
    """A copy of the database, put back later; the file of erasures stays where it is."""

    def __init__(self) -> None:
        self.folder = current_hub().settings.instance
        db.session.rollback()
        db.engine.dispose()
        self.kept = keep(self.folder)

    def restore(self) -> None:
        db.session.remove()
        db.engine.dispose()
        lay(self.kept, self.folder)
        # The guard of the file would take it for somebody else's.
        guard = guard_of(db.engine)
        if guard is not None:
            guard.accept()


def test_a_backup_from_before_an_erasure_does_not_bring_the_person_back(app: APIFlask) -> None:
    service, stays = factories.make_service(), factories.make_service()
    name, document = service.customer.name, service.customer.document
    name_of_other = stays.customer.name
    copy = Copy()
    done_at = erase(service).done_at
    copy.restore()
    assert name in live()
    assert reapply.reapply_erasures() == 1
    assert live() == [name_of_other]
    again = Erasure.query.one()
    assert (again.status, again.done_at, again.customer.document) == ("done", done_at, "")
    assert reapply.reapply_erasures() == 0
    with pytest.raises(Conflict):
        factories.make_customer("NEW", document=document)


def test_a_backup_from_before_the_person_came_still_knows_that_they_left(app: APIFlask) -> None:
    copy = Copy()
    service = factories.make_service()
    document = service.customer.document
    erase(service)
    copy.restore()
    stranger = factories.make_customer(name="Sem relação").name
    assert (reapply.reapply_erasures(), live()) == (0, [stranger])
    with pytest.raises(Conflict):
        factories.make_customer("NEW", document=document)
    assert reapply.reapply_erasures() == 0


def test_who_was_admitted_again_is_not_erased_by_an_old_backup(app: APIFlask) -> None:
    service = factories.make_service()
    customer = service.customer
    name, data = customer.name, {"document": customer.document, "email": customer.email, "name": customer.name}
    copy = Copy()
    erasure = erase(service)
    readmitting.readmit(erasure.id, "Contrato novo")
    factories.make_customer("NEW", **data)
    copy.restore()
    assert (reapply.reapply_erasures(), live()) == (0, [name])


def test_entries_of_a_later_backup_count_where_the_file_was_lost(app: APIFlask) -> None:
    service = factories.make_service()
    copy = Copy()
    erase(service)
    entries = ledger.entries()
    db.session.rollback()
    ledger.path().unlink()
    copy.restore()
    assert (reapply.reapply_erasures(entries), live()) == (1, [])
    assert {one["kind"] for one in ledger.entries_of_file()} == {"salt", "erased"}


def test_the_file_says_nothing_about_anybody_and_a_torn_line_is_left_out(app: APIFlask) -> None:
    service = factories.make_service()
    told = (service.customer.document, service.customer.email, service.customer.code, service.customer.name)
    erase(service)
    text = ledger.path().read_text()
    assert not [one for one in told if one in text]
    assert ledger.path().stat().st_mode & 0o777 == 0o600
    ledger.path().write_text(text + '{"kind":"erased","custo')
    assert len(ledger.entries_of_file()) == 2


def test_an_admission_is_refused_while_the_file_cannot_be_written(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure = erase(factories.make_service())
    ledger.path().unlink()
    ledger.path().mkdir()
    with pytest.raises(IsADirectoryError):
        readmitting.readmit(erasure.id, "Contrato novo")
    db.session.rollback()
    assert ErasedMark.query.count() > 0


def test_on_postgresql_an_erasure_is_carried_out_and_the_person_stays_away(postgres_app: APIFlask) -> None:
    service = factories.make_service()
    document = service.customer.document
    factories.make_sale(service)
    shown = {key: pages_privacy.view_person(service.customer_id, key).counts[key] for key in BY_KEY}
    assert (shown["registration"], shown["platforms"] > 0, shown["history"] > 0) == (1, True, True)
    erase(service)
    assert (live(), reapply.reapply_erasures()) == ([], 0)
    assert (retaining.retain(clock.utc_now()), set(retaining.due_counts(clock.utc_now()).values())) == ({}, {0})
    with pytest.raises(Conflict):
        factories.make_customer("NEW", document=document)
