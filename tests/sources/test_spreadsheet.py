"""Spreadsheets as people save them, and as nobody should send them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from webapp.gateways.errors import Rejected
from webapp.sources import spreadsheet_table, spreadsheet_xlsx
from webapp.sources.contract import Record
from webapp.sources.spreadsheet import open_table
from webapp.sources.spreadsheet_cells import RowReader
from webapp.sources.spreadsheet_columns import doubts, suggest_columns
from webapp.sources.spreadsheet_values import read_day, read_money, restore_zeros

ANA = ("1", "Ana Ávila", "52998224725", "ana@example.com", "Ativo")
HEADER = ("Código", "Nome", "CPF/CNPJ", "E-mail", "Situação")


def csv_of(rows: Sequence[Sequence[str]], sign: str = ";", encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO("\r\n".join(sign.join(row) for row in rows).encode(encoding))


def xlsx_of(fill: Callable[[Any], None]) -> io.BytesIO:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        fill(book)
    content.seek(0)
    return content


def sheet_of(rows: Sequence[Sequence[Any]]) -> io.BytesIO:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return xlsx_of(fill)


def rows_of(stream: io.BytesIO) -> list[tuple[str, ...]]:
    return [cells for _, cells in open_table(stream).rows]


def record_of(columns: dict[str, str], *cells: str, keeps_passwords: bool = False) -> Record:
    return RowReader(tuple(columns.values()), columns, keeps_passwords=keeps_passwords).read(2, cells)


def codes(record: Record) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in record.problems]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_csv_is_read_whatever_parts_its_cells_and_however_it_is_written(sign: str, encoding: str) -> None:
    table = open_table(csv_of([HEADER, ANA], sign, encoding))
    assert table.header == HEADER
    assert list(table.rows) == [(2, ANA)]


def test_csv_with_title_lines_quotes_and_blank_rows_keeps_the_numbers_of_the_spreadsheet() -> None:
    text = 'Clientes da filial;;\n\n"Código";Nome;Plano\n;;\n7;"Bia; a\nprimeira";"Fibra ""100"""\n;;;\n8;Caio;\n'
    table = open_table(io.BytesIO(text.encode()))
    assert table.header == ("Código", "Nome", "Plano")
    assert list(table.rows) == [(5, ("7", "Bia; a\nprimeira", 'Fibra "100"')), (7, ("8", "Caio"))]


def test_csv_with_the_hint_of_excel_is_parted_as_it_says() -> None:
    assert rows_of(io.BytesIO(b"sep=;\nnome;codigo\nAna, a primeira;1\n")) == [("Ana, a primeira", "1")]


def test_file_without_a_header_loses_no_row() -> None:
    table = open_table(csv_of([ANA, ("2", "Bia", "11144477735", "bia@example.com", "Ativo")]))
    assert not table.named
    assert table.header == ("#1", "#2", "#3", "#4", "#5")
    assert [number for number, _ in table.rows] == [1, 2]


def test_xlsx_gives_numbers_dates_and_formulas_as_people_write_them() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Capa").write(0, 0, "Relatório")
        book.add_worksheet("Oculta").hide()
        sheet = book.add_worksheet("Dados")
        sheet.write_row(2, 1, ("Código", "Nome", "CPF", "Valor", "Data limite", "Total", "Telefone"))
        sheet.write_row(3, 1, (25138, "=Ana", 1234567890, 59.9))
        sheet.write_string(3, 2, "=Ana")
        sheet.write_datetime(3, 5, datetime(2026, 12, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_formula(3, 6, "=1+1", None, 2)
        sheet.write_boolean(3, 7, True)

    table = open_table(xlsx_of(fill))
    assert table.sheet == "Dados"
    assert list(table.rows) == [(4, ("25138", "=Ana", "1234567890", "59,9", "2026-12-31", "2", "true"))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n;;\n", "file_empty"),
        (b"codigo;nome\n", "file_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_old_excel"),
        (b"<html><table><tr><td>codigo</td></tr></table>", "file_is_html"),
        (b"codigo;nome\n1;a\x00b\n", "file_not_table"),
        (b"PK\x03\x04 and nothing more", "file_unreadable"),
        (b"codigo,nome" + b",x" * 300 + b"\n1,Ana\n", "file_too_wide"),
        (b'codigo;nome\n1;"Ana\n' + b"x" * 140_000, "file_broken"),
    ],
    ids=["empty", "blank", "header only", "xls", "html", "binary", "cut off", "too wide", "open quote"],
)
def test_file_that_is_no_table_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        rows_of(io.BytesIO(content))
    assert refusal.value.code == code


def test_xlsx_with_one_cell_in_its_last_corner_is_refused_before_memory_is_asked_for() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write(5_000, 16_383, "x")

    with pytest.raises(Rejected, match="file_too_wide"):
        open_table(xlsx_of(fill))


def test_xlsx_with_a_coloured_cell_in_its_last_corner_is_read() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ANA)
        sheet.write_blank(5_000, 16_383, None, book.add_format({"bg_color": "red"}))

    assert rows_of(xlsx_of(fill)) == [ANA]


def test_file_that_unpacks_to_more_than_allowed_is_refused_whatever_it_says_of_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spreadsheet_xlsx, "LARGEST_UNPACKED", 1_000_000)
    content = sheet_of([HEADER, ANA])
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/media/image1.bin", b"0" * 2_000_000)
    # The sizes that the directory at the end claims, in two places: a lie, as in a bomb.
    raw = content.getvalue().replace((2_000_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))
    with pytest.raises(Rejected, match="file_bomb"):
        open_table(io.BytesIO(raw))


def test_too_many_rows_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet_table, "MOST_ROWS", 2)
    with pytest.raises(Rejected, match="file_too_long"):
        rows_of(csv_of([HEADER, ANA, ANA, ANA]))
    monkeypatch.setattr("webapp.sources.spreadsheet.LARGEST_BYTES", 10)
    with pytest.raises(Rejected, match="file_too_large"):
        open_table(csv_of([HEADER, ANA]))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Código", "code"), ("ID_CLIENTE", "code"), ("Cliente", "name"), ("Nome / Razão Social", "name"),
        ("CPF/CNPJ", "document"), ("E-mail principal", "email"), ("Celular", "phone"), ("Nº do contrato", ""),
        ("Contrato", "service_code"), ("Serviço/Plano", "plan"), ("SITUAÇÃO", "status"), ("Login PPPoE", "login"),
        ("Senha", "password"), ("Pacotes", "packages"), ("Data limite", "ends_on"), ("Vencimento", "due_day"),
        ("service_code", "service_code"), ("Observação", ""),
    ],
)  # fmt: skip
def test_column_is_suggested_by_its_name(name: str, field: str) -> None:
    assert suggest_columns((name,), []) == ({field: name} if field else {})


def test_two_columns_of_one_name_are_told_apart_and_packages_may_stand_in_several() -> None:
    table = open_table(csv_of([("Código", "Pacote", "Pacote", ""), ("1", "A", "B", "x")]))
    assert table.header == ("Código", "Pacote", "Pacote (2)")
    assert suggest_columns(table.header, []) == {
        "code": "Código", "packages": "Pacote", "packages.2": "Pacote (2)",
    }  # fmt: skip


def test_swapped_columns_are_noticed_before_anything_is_compared() -> None:
    people = [
        ("ana@example.com", "52998224725", "11 91234-5678"),
        ("bia@example.com", "11144477735", "11 3456-7890"),
        ("caio@example.com", "935.411.347-80", "(21) 2345-6789"),
    ]
    swapped = {"document": "A", "email": "B", "phone": "C"}
    found = {doubt.field: doubt for doubt in doubts(("A", "B", "C"), people, swapped)}
    assert found.keys() == {"document", "email"}
    assert found["document"].rather == "email"
    assert (found["email"].odd, found["email"].of, found["email"].rather) == (3, 3, "document")
    assert doubts(("A", "B", "C"), people, {"email": "A", "document": "B", "phone": "C"}) == []


def test_row_becomes_a_record_with_its_service_and_packages() -> None:
    columns = {
        "code": "c", "name": "n", "document": "d", "service_code": "s", "plan": "p", "status": "t",
        "packages": "k", "packages.2": "Livros", "ends_on": "e", "value": "v", "due_day": "u", "login": "l",
    }  # fmt: skip
    record = record_of(
        columns, "7", "Ana", "1234567890", "70", "Fibra 100", "SUSPENSO", "Cinema|Séries ", "sim", "31/12/2026",
        "R$ 1.059,90", "10", "+ana",
    )  # fmt: skip
    assert record.problems == ()
    assert record.place == "row 2"
    assert (record.customer.code, record.customer.document) == ("7", "01234567890")
    service = record.service
    assert service is not None
    assert service.packages is not None
    assert (service.code, service.plan.label, service.status.external) == ("70", "Fibra 100", "suspenso")
    assert [one.package.label for one in service.packages] == ["Cinema", "Séries", "Livros"]
    assert {str(one.ends_on) for one in service.packages} == {"2026-12-31"}
    assert (str(service.value), service.due_day, service.login) == ("1059.90", 10, "+ana")


def test_row_without_a_code_is_known_by_its_document_and_its_service_by_the_same() -> None:
    record = record_of({"document": "CPF", "status": "Status"}, "529.982.247-25", "Ativo")
    assert record.customer.code == "52998224725"
    assert record.service is not None
    assert record.service.code == "52998224725"
    assert record.service.packages is None


@pytest.mark.parametrize("name", ["Cidade", "Município", "CITY"])
def test_city_is_known_by_its_usual_names_and_read_from_its_column(name: str) -> None:
    assert suggest_columns((name,), [("Olinda",)]) == {"city": name}
    record = record_of({"code": "c", "status": "s", "city": "t"}, "1", "Ativo", "  São José dos Campos ")
    assert record.service is not None
    assert record.service.city == "São José dos Campos"
    assert codes(record_of({"code": "c", "city": "t"}, "1", "x" * 81)) == [("city", "file_cell_long")]


@pytest.mark.parametrize(
    ("cell", "packages"), [("", None), ("não", []), ("-", []), ("A;B", ["A", "B"]), ("A, B", ["A", "B"])]
)
def test_empty_cell_of_packages_says_nothing_and_a_no_says_none(cell: str, packages: list[str] | None) -> None:
    service = record_of({"code": "c", "status": "s", "packages": "p"}, "1", "Ativo", cell).service
    assert service is not None
    found = None if service.packages is None else [one.package.label for one in service.packages]
    assert found == packages


def test_every_problem_of_a_row_is_said_at_once() -> None:
    columns = {"code": "c", "document": "d", "service_code": "s", "status": "t", "value": "v", "due_day": "u",
               "sold_on": "o", "name": "n"}  # fmt: skip
    record = record_of(columns, "1,23E+10", "", "", "Ativo", "caro", "32", "31/02/2026", "x" * 201, "one too many")
    assert codes(record) == [
        ("name", "file_cell_long"), ("code", "file_number_shortened"), ("", "file_row_long"),
        ("service_code", "file_service_code_missing"), ("value", "file_money_unreadable"),
        ("due_day", "file_due_day_wrong"), ("sold_on", "file_day_unreadable"),
    ]  # fmt: skip
    assert ("code", "file_who_missing") in codes(record_of({"code": "c", "name": "n"}, "", "Ana"))


def test_password_is_dropped_unless_somebody_needs_it_and_never_stands_in_a_problem() -> None:
    columns = {"code": "c", "password": "p"}
    dropped, kept = (record_of(columns, "1", " hush ", keeps_passwords=keeps).service for keeps in (False, True))
    assert dropped is not None
    assert dropped.password is None
    assert kept is not None
    assert kept.password == " hush "
    assert "hush" not in repr(kept)
    assert "x" * 20 not in repr(record_of(columns, "1", "x" * 200).problems)


@pytest.mark.parametrize(
    ("text", "value"),
    [("59,90", "59.90"), ("R$ 1.234,5", "1234.50"), ("1234.56", "1234.56"), ("1.234", "1234.00"),
     ("1,234.5", "1234.50"), ("10", "10.00"), ("-1", None), ("caro", None), ("1e9", None), ("999999999", None)],
)  # fmt: skip
def test_money_is_read_as_it_is_written_here(text: str, value: str | None) -> None:
    found = read_money(text)
    assert (None if found is None else str(found)) == value


@pytest.mark.parametrize("text", ["2026-12-31", "31/12/2026", "31-12-26 00:00", "2026-12-31T10:00:00", "31/12/26"])
def test_day_is_read_as_it_is_written_here(text: str) -> None:
    assert str(read_day(text)) == "2026-12-31"


@pytest.mark.parametrize("text", ["", "31/02/2026", "2026", "12/2026", "31/12/2026 later", "1/2/3/4"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("text", "document"),
    [("1234567890", "01234567890"), ("52998224725", "52998224725"), ("191", "00000000191"), ("12345", "12345"),
     ("11222333000181", "11222333000181"), ("529.982.247-25", "529.982.247-25")],
)  # fmt: skip
def test_leading_zeros_come_back_only_where_the_check_digits_prove_them(text: str, document: str) -> None:
    assert restore_zeros(text) == document
