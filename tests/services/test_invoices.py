"""Files of invoices as platforms send them, and who stands behind their lines."""

import io
from decimal import Decimal

import pytest
import xlsxwriter
from apiflask import APIFlask
from sqlalchemy import select

from tests.web import invoice_states
from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Invoice, InvoiceLine, Service
from webapp.services.errors import Conflict, Invalid
from webapp.services.hub import current_hub
from webapp.services.invoices import checking, files, uploading
from webapp.services.invoices.columns import suggest
from webapp.services.privacy import erasing

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def platform(app: APIFlask) -> Integration:
    return invoice_states.platform()


def check(platform: Integration, content: bytes, name: str = "fatura.csv") -> Invoice:
    made = uploading.upload(platform.id, invoice_states.MONTH, name, content)
    return checking.check(made.id, suggest(uploading.header_of(made.id).columns))


def sheet(*rows: tuple[object, ...]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                # A formula without a saved result, as programs write it that never calculated.
                page.write_formula(number, place, cell, None, "") if str(cell)[:1] == "=" else page.write(
                    number, place, cell
                )
    return content.getvalue()


def pdf(*lines: str) -> bytes:
    """Return a small PDF with these lines of text, in letters of one width."""
    shown = "".join(f"1 0 0 1 40 {780 - 14 * number} Tm ({line}) Tj\n" for number, line in enumerate(lines))
    stream = f"BT /F1 10 Tf\n{shown}ET".encode("latin-1")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
    ]  # fmt: skip
    content, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(content))
        content += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return content + end % (table, len(content))


def verdicts(invoice: Invoice) -> dict[str, str]:
    wanted = select(InvoiceLine.subject, InvoiceLine.verdict).where(
        InvoiceLine.invoice_id == invoice.id, InvoiceLine.number.is_not(None)
    )
    return {row.subject: row.verdict for row in db.session.execute(wanted)}


SAID = {"ana@casa.example.com": "right", "bia@casa.example.com": "cancelled"}


def test_header_in_row_5_other_letters_and_a_total_below(platform: Integration) -> None:
    lines = (
        "Fatura nº 7", "", "Competência;09/2026", "", "Usuário;Descrição;Valor (R$)",
        "ana@casa.example.com;Completo;R$ 19,90",
        "bia@casa.example.com;COMPLETO;19.90", "", "Total geral;;39,80", "Total de assinantes: 2",
    )  # fmt: skip
    made = uploading.upload(platform.id, invoice_states.MONTH, "f.csv", "\n".join(lines).encode("cp1252"))
    mapping = {"login": "Usuário", "product": "Descrição", "value": "Valor (R$)"}
    invoice = checking.check(made.id, mapping)
    assert (verdicts(invoice), invoice.billed) == (SAID, Decimal("39.80"))


def test_xlsx_with_numbers_and_a_formula_that_was_never_calculated(platform: Integration) -> None:
    content = sheet(
        ("Login", "Produto", "Valor"), ("ana@casa.example.com", "full", 19.9), ("bia@casa.example.com", "full", 19.9),
        ("caio@casa.example.com", "full", "=1+"),
    )  # fmt: skip
    invoice = check(platform, content, "fatura.xlsx")
    assert verdicts(invoice) == {**SAID, "caio@casa.example.com": "unclear"}


def test_pdf_with_text(platform: Integration) -> None:
    row = "{:<30}  {:<14}  {:>10}".format
    content = pdf(
        "Plataforma de Mentira S.A.", "", row("Login", "Produto", "Valor"),
        row("ana@casa.example.com", "full", "19,90"),
        row("bia@casa.example.com", "full", "19,90"), row("Total", "", "39,80"), "Pagina 1 de 1",
    )  # fmt: skip
    invoice = check(platform, content, "fatura.pdf")
    assert (verdicts(invoice), invoice.billed) == (SAID, Decimal("39.80"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invoice_file_empty"),
        (b"x" * 20_000_001, "file_too_large"),
        (pdf(), "pdf_without_text"),
        (b"%PDF-1.7\nnothing of it", "pdf_unreadable"),
        (b"\x00\x01\x02\x03 picture", "file_not_table"),
        (b"Login;Produto;Valor\n", "file_empty"),
    ],
)
def test_file_that_cannot_be_used_is_told(platform: Integration, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        uploading.upload(platform.id, invoice_states.MONTH, "fatura", content)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert db.session.scalars(select(Invoice)).all() == []


def test_columns_that_were_swapped_are_told_and_nothing_is_kept(platform: Integration) -> None:
    made = invoice_states.uploaded(platform)
    with pytest.raises(Invalid) as refused:
        checking.check(made.id, {"login": "Valor", "value": "Login"})
    assert refused.value.problems[0].code == "invoice_columns_doubtful"
    db.session.rollback()
    assert db.session.get_one(Invoice, made.id).state == "columns"


def test_content_is_sealed_and_bound_to_its_row(platform: Integration) -> None:
    made = invoice_states.uploaded(platform)
    assert made.content is not None
    assert "ana@casa.example.com" not in made.content
    assert files.unseal(made.content, made.id) == invoice_states.text()
    assert current_hub().vault.newest in made.content


def test_another_invoice_of_the_month_bills_the_same_seat_twice(platform: Integration) -> None:
    invoice_states.checked(platform, "ana@casa.example.com;full;19,90")
    second = invoice_states.checked(platform, "ana@casa.example.com;full;19,90", "caio@casa.example.com;full;19,90")
    assert verdicts(second) == {"ana@casa.example.com": "twice", "caio@casa.example.com": "right"}


def test_somebody_changed_it_meanwhile(platform: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    made = invoice_states.checked(platform)
    look = checking._look

    def look_and_be_overtaken(*args: object) -> object:
        found = look(*args)  # type: ignore[arg-type]
        db.session.rollback()
        uploading.close(made.id)
        return found

    monkeypatch.setattr(checking, "_look", look_and_be_overtaken)
    with pytest.raises(Conflict):
        checking.check(made.id)


def test_matching_by_every_kind_of_name(platform: Integration) -> None:
    account = db.session.scalars(select(Account).where(Account.login == "ana@casa.example.com")).one()
    account.remote_ids = {"ticket": "T-9"}
    service = db.session.get_one(Service, account.service_id)
    customer = db.session.get_one(Customer, service.customer_id)
    db.session.commit()
    names = {"ID assinante": "T-9", "CPF": customer.document, "Contrato": service.code}
    names["E-mail"] = "ANA@casa.example.com"
    for head, name in names.items():
        invoice = check(platform, f"{head};Produto;Valor\n{name};full;19,90\n".encode())
        assert invoice.counts["right"] == 1, head
        uploading.discard(invoice.id)


def test_erased_person_is_known_again_and_not_written_down(platform: Integration) -> None:
    bia = db.session.scalars(select(Customer).where(Customer.email == "bia@casa.example.com")).one()
    document, customer_id = bia.document, bia.id
    invoice = check(platform, f"CPF;Produto;Valor\n{document};full;19,90\n".encode())
    assert verdicts(invoice) == {document: "cancelled"}
    erase(customer_id)
    assert verdicts(invoice) == {"": "cancelled"}
    assert verdicts(checking.check(invoice.id)) == {"": "cancelled"}


def erase(customer_id: int) -> None:
    """Erase a person, as the job does at its end."""
    services = [one.id for one in erasing.outlook(customer_id).live]
    asked = erasing.request_erasure(customer_id, "asked", services)
    erasing.complete(asked.id)
