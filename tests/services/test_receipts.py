"""Receipts: whole, signed, and found out when somebody changes them or the history."""

import io
import json
import zipfile
from hashlib import sha256

import pypdf
import pytest
from sqlalchemy import text

from tests import factories
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Customer, Event, Receipt
from webapp.services import chain, secrets
from webapp.services.errors import Invalid
from webapp.services.receipts import checking, key, making
from webapp.services.receipts.checking import Shown, check_receipt, read_shown

pytestmark = pytest.mark.usefixtures("app")
PASSWORD = "s3gredo-da-maria"


@pytest.fixture
def customer() -> Customer:
    """Somebody with an account, a call with its answer, and a status that changed."""
    made = factories.make_customer(name="Maria da Conceição Araújo")
    sale = factories.make_sale(factories.make_service(made, password=PASSWORD))
    account = db.session.query(Account).filter_by(service_id=sale.service_id).one()
    call(account)
    return made


def call(account: Account, number: int = 1) -> None:
    db.session.add(Attempt(
        integration_id=account.integration_id, account_id=account.id, operation="create", key=f"key-{number}",
        started_at=utc_now(), finished_at=utc_now(), outcome="ok", http_status=201, request={"body": "***"},
        response={"body": "{}"},
    ))  # fmt: skip
    db.session.commit()


def test_receipt_holds_calls_and_changes_with_their_place_and_is_noted(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    said = json.loads(made.content)
    calls = [entry for entry in said["entries"] if entry["kind"] == "attempt"]
    assert [(one["operation"], one["request_id"], one["http_status"]) for one in calls] == [("create", "key-1", 201)]
    assert all(entry["place"] for entry in said["entries"])
    assert said["head"]["place"] >= max(entry["place"] for entry in said["entries"])
    row = db.session.query(Receipt).one()
    assert (row.number, row.chain_link) == (said["number"], said["head"]["link"])
    assert db.session.query(Event).filter_by(action="customer.receipt").one().after == {"receipt": row.number}


def test_receipt_names_no_password_and_no_whole_document(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    pages = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages)
    for said in (made.content.decode(), pages):
        assert PASSWORD not in said
        assert customer.document not in said
        assert "Maria da Conceição Araújo" in said


def test_receipt_as_it_was_given_out_is_genuine_in_every_form(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    for content in (made.pdf, made.as_zip()):
        found = check_receipt(read_shown(content))
        assert (found.verdict, found.known, found.head_same) == ("genuine", True, True)
        assert found.compared.same == len(json.loads(made.content)["entries"])
    with zipfile.ZipFile(io.BytesIO(made.as_zip())) as archive:
        assert archive.read("comprovante.pem") == made.public.encode()


def test_changed_data_are_found_out(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    changed = made.content.replace(b'"http_status":201', b'"http_status":500')
    assert changed != made.content
    assert check_receipt(Shown(changed, made.signature)).verdict == "forged"
    assert check_receipt(Shown(made.content, bytes(64))).verdict == "forged"


def test_changed_pages_around_genuine_data_are_found_out(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made.pdf))
    writer.add_blank_page(100, 100)
    changed = io.BytesIO()
    writer.write(changed)
    assert check_receipt(read_shown(changed.getvalue())).verdict == "pages"


def test_history_that_says_something_else_now_is_found_out(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    place = json.loads(made.content)["entries"][0]["place"]
    on_postgres = db.engine.dialect.name == "postgresql"
    db.session.execute(
        text(f"DROP TRIGGER {'chain_link_append_only ON chain_link' if on_postgres else 'chain_link_no_update'}")
    )
    db.session.execute(text("UPDATE chain_link SET link = :link WHERE id = :id"), {"link": "0" * 64, "id": place})
    db.session.commit()
    found = check_receipt(Shown(made.content, made.signature))
    assert (found.verdict, list(found.compared.other)) == ("differs", [place])


def test_receipt_of_another_hub_is_forged(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    db.session.execute(text("DELETE FROM setting WHERE name = 'receipt_key'"))
    db.session.commit()
    assert check_receipt(Shown(made.content, made.signature)).verdict == "forged"
    key.make_key()
    assert check_receipt(Shown(made.content, made.signature)).verdict == "forged"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 x", b"PK\x03\x04x", b"{}", b"[]", b'{"document": 1}', b"\xff"])
def test_what_is_no_receipt_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_shown(content)


def test_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Invalid) as refused:
        read_shown(bytes(checking.LARGEST + 1))
    assert refused.value.problems[0].code == "receipt_large"


def test_entries_can_be_checked_by_hand_from_content_to_link(customer: Customer) -> None:
    for entry in json.loads(making.make_receipt(customer.id).content)["entries"]:
        linked = f"{entry['former']}|{entry['kind']}|{entry['id']}|{entry['digest']}"
        assert sha256(linked.encode()).hexdigest() == entry["link"]
        if entry["kind"] == "attempt":
            assert sha256(f"{entry['salt']}|{entry['content']}".encode()).hexdigest() == entry["digest"]


def test_five_thousand_calls_make_one_receipt(customer: Customer) -> None:
    account = db.session.query(Account).one()
    row = {"integration_id": account.integration_id, "account_id": account.id, "operation": "update", "unit": "",
           "key": "k", "generation": 1, "started_at": utc_now(), "finished_at": utc_now(), "outcome": "ok",
           "http_status": 200, "latency_ms": 9, "error_params": {}}  # fmt: skip
    db.session.execute(Attempt.__table__.insert(), [row] * 5_000)
    db.session.commit()
    made = making.make_receipt(customer.id)
    assert len(json.loads(made.content)["entries"]) > 5_000
    assert check_receipt(read_shown(made.pdf)).verdict == "genuine"


def test_key_goes_over_to_a_new_encryption_key_with_everything_else(customer: Customer) -> None:
    made = making.make_receipt(customer.id)
    secrets.add_key()
    secrets.reseal()
    assert check_receipt(read_shown(made.pdf)).verdict == "genuine"
    assert chain.verify().first is None
