"""Imports: every bad row named, good rows stored, a dry run writes nothing, a repeat changes nothing."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from xlsxwriter import Workbook

from tests.factories import make_cpf, make_customer, make_package, make_plan, make_service
from tests.services.helpers import account_of, actions, codes_of, nx_package
from webapp.extensions import db
from webapp.models import Account, Customer, Event, Package, Plan, Service
from webapp.services.import_file import COLUMNS
from webapp.services.importing import ImportResult, import_customers
from webapp.services.subscriptions import get_service, remove_sale, set_status

pytestmark = pytest.mark.usefixtures("app")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(*rows: dict[str, str], separator: str = ",", encoding: str = "utf-8") -> Path:
        path = tmp_path / "customers.csv"
        lines = [separator.join(COLUMNS)]
        lines += [separator.join(row.get(column, "") for column in COLUMNS) for row in rows]
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return make


@pytest.fixture
def plan() -> Plan:
    return make_plan(make_package(code="HOOK"), description="Fibra 500")


def row(number: int, **overrides: str) -> dict[str, str]:
    return {
        "code": str(number), "name": f"José {number}", "document": make_cpf(number),
        "email": f"user{number}@example.com", "phone": "11987654321", "service_code": f"S{number}",
        "plan": "Fibra 500", "status": "servico_habilitado", "login": f"login{number}",
        "password": f"secret{number}", **overrides,
    }  # fmt: skip


def found(result: ImportResult) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in result.problems]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.rows, result.created, result.updated, result.unchanged


def rows_in(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_file_is_read_as_people_save_it(write: Write, plan: Plan, separator: str, encoding: str) -> None:
    result = import_customers(write(row(1), separator=separator, encoding=encoding), dry_run=False)
    assert (counts(result), result.problems) == ((1, 1, 0, 0), [])
    service = get_service("S1")
    assert service.customer.name == "José 1"
    assert [sale.package_id for sale in service.packages] == [plan.packages[0].package_id]


def test_repeated_import_changes_nothing(write: Write, plan: Plan) -> None:
    path = write(*[row(number) for number in range(1, 6)])
    import_customers(path, dry_run=False)
    generations = list(db.session.scalars(select(Account.generation)))
    result = import_customers(path, dry_run=False)
    assert counts(result) == (5, 0, 0, 5)
    assert list(db.session.scalars(select(Account.generation))) == generations
    assert actions()[-1] == "import.customers"


def test_dry_run_tells_the_same_and_writes_nothing(write: Write, plan: Plan) -> None:
    path = write(row(1), row(2, document="123"), row(3, email="user1@example.com"))
    before = {table: rows_in(table) for table in (Customer, Service, Account, Event)}
    dry = import_customers(path, dry_run=True)
    assert {table: rows_in(table) for table in before} == before
    real = import_customers(path, dry_run=False)
    assert (counts(dry), found(dry)) == (counts(real), found(real))


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"code": ""}, "code", "code_missing"),
        ({"name": ""}, "name", "import_name_missing"),
        ({"document": "52998224724"}, "document", "cpf_wrong"),
        ({"document": "12ABC34501DE36"}, "document", "cnpj_wrong"),
        ({"email": "jose"}, "email", "email_wrong"),
        ({"phone": "98765"}, "phone", "phone_wrong"),
        ({"service_code": ""}, "service_code", "import_service_code_missing"),
        ({"plan": "Fibra 900"}, "plan", "import_plan_unknown"),
        ({"plan": ""}, "plan", "import_plan_missing"),
        ({"status": "bloqueado"}, "status", "status_unknown"),
        ({"packages": "HOOK|NONE"}, "packages", "import_package_unknown"),
        ({"login": "x" * 121}, "login", "import_cell_long"),
    ],
)
def test_bad_row_is_named_with_row_column_and_reason(
    write: Write, plan: Plan, change: dict[str, str], column: str, code: str
) -> None:
    result = import_customers(write(row(1), row(2, **change), row(3)), dry_run=False)
    assert found(result) == [(3, column, code)]
    assert counts(result) == (3, 2, 0, 0)
    assert rows_in(Service) == 2


def test_password_is_masked_in_problems(write: Write, plan: Plan) -> None:
    result = import_customers(write(row(1, password="p" * 121)), dry_run=True)
    assert [(one.column, one.value) for one in result.problems] == [("password", "***")]


def test_credentials_are_judged_as_at_a_sale(write: Write) -> None:
    make_plan(nx_package(), description="Fibra 500")
    result = import_customers(
        write(row(1, login=""), row(2, login="abc"), row(3, email=""), row(4, email="naotem@example.com")),
        dry_run=True,
    )
    assert found(result) == [
        (2, "login", "password_field_empty"), (3, "login", "password_too_short"),
        (4, "email", "login_missing"), (5, "email", "email_placeholder"),
    ]  # fmt: skip


@pytest.mark.parametrize("dry_run", [True, False])
def test_email_used_twice_as_a_key_is_refused_across_batches(write: Write, dry_run: bool) -> None:
    make_plan(nx_package(), description="Fibra 500")
    rows = [row(number) for number in range(1, 252)]
    rows[250]["email"] = rows[0]["email"]
    result = import_customers(write(*rows), dry_run=dry_run)
    assert found(result) == [(252, "email", "login_held")]
    assert result.problems[0].params["customer"] == "1"


def test_contradicting_rows_are_refused_and_equal_ones_are_not(write: Write, plan: Plan) -> None:
    result = import_customers(
        write(row(1), row(1), row(1, login="other"), row(1, service_code="S9", name="Other")), dry_run=False
    )
    assert found(result) == [(4, "service_code", "import_service_twice"), (5, "name", "import_customer_differs")]
    assert counts(result) == (4, 1, 0, 1)


def test_customer_may_have_several_services(write: Write, plan: Plan) -> None:
    result = import_customers(write(row(1), row(1, service_code="S2", login="l2")), dry_run=False)
    assert (result.created, rows_in(Customer), rows_in(Service)) == (2, 1, 2)


def test_row_without_service_columns_is_a_customer_alone(write: Write) -> None:
    only = {name: value for name, value in row(1).items() if name in ("code", "name", "email")}
    assert counts(import_customers(write(only), dry_run=False)) == (1, 1, 0, 0)
    assert rows_in(Service) == 0


def test_empty_cells_keep_what_is_there(write: Write, plan: Plan) -> None:
    import_customers(write(row(1)), dry_run=False)
    service = get_service("S1")
    service.address, old_password = "Rua 1", service.password
    set_status("S1", "suspenso_debito")
    blank = dict.fromkeys(("document", "email", "phone", "plan", "status", "login", "password"), "")
    assert counts(import_customers(write(row(1, **blank)), dry_run=False)) == (1, 0, 0, 1)
    service = get_service("S1")
    assert (service.status, service.login, service.address) == ("suspenso_debito", "login1", "Rua 1")
    assert (service.customer.email, service.password) == ("user1@example.com", old_password)


def test_city_is_read_and_an_empty_cell_keeps_it(write: Write, plan: Plan) -> None:
    import_customers(write(row(1, city="Olinda")), dry_run=False)
    import_customers(write(row(1)), dry_run=False)
    assert get_service("S1").city == "Olinda"


def test_named_package_is_added_and_an_unnamed_one_stays(write: Write, plan: Plan) -> None:
    extra = make_package(code="EXTRA")
    import_customers(write(row(1)), dry_run=False)
    result = import_customers(write(row(1, packages="extra")), dry_run=False)
    held = {sale.package_id for sale in get_service("S1").packages if sale.removed_at is None}
    assert held == {plan.packages[0].package_id, extra.id}
    assert result.updated == 1


def test_ended_service_gets_no_package_back(write: Write, plan: Plan) -> None:
    path = write(row(1, status="cancelado", packages="HOOK"))
    import_customers(path, dry_run=False)
    remove_sale(get_service("S1").packages[0].id)
    assert counts(import_customers(path, dry_run=False)) == (1, 0, 0, 1)


def test_status_word_may_be_written_as_people_say_it(write: Write, plan: Plan) -> None:
    import_customers(write(row(1, status="Suspenso Débito")), dry_run=False)
    assert get_service("S1").status == "suspenso_debito"


def test_suspended_row_marks_its_account_behind_the_rest(write: Write, plan: Plan) -> None:
    import_customers(write(row(1)), dry_run=False)
    import_customers(write(row(1, status="suspenso_debito")), dry_run=False)
    assert account_of(get_service("S1")).priority == 8


def test_formula_looking_text_is_data(write: Write, plan: Plan) -> None:
    import_customers(write(row(1, name="=1+1")), dry_run=False)
    assert get_service("S1").customer.name == "=1+1"


def test_package_by_ambiguous_description_is_refused(write: Write, plan: Plan) -> None:
    for _number in range(2):
        db.session.add(Package(description="Filmes", value=Decimal(1)))
    db.session.commit()
    assert found(import_customers(write(row(1, packages="filmes")), dry_run=True)) == [
        (2, "packages", "import_package_ambiguous")
    ]


def test_row_numbers_are_the_spreadsheets_own(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "a.csv"
    path.write_text('code,name,email\n1,"two\nlines",a@example.com\n\n2,Maria,bad\n')
    result = import_customers(path, dry_run=True)
    assert (found(result), result.rows) == ([(4, "email", "email_wrong")], 2)


def test_progress_goes_from_what_was_refused_to_all(write: Write, plan: Plan) -> None:
    seen: list[tuple[int, int]] = []
    rows = [row(number) for number in range(1, 250)] + [row(999, document="1")]
    import_customers(write(*rows), dry_run=True, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 250), (201, 250), (250, 250)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("file", "import_empty")]),
        (b"code,name\n", [("file", "import_empty")]),
        (b"PK\x03\x04rest", [("file", "file_unreadable")]),
        (b"name,emial\nx,y\n", [("emial", "import_column_near"), ("code", "import_column_missing")]),
        (b"code,name,zzzz\n1,x,y\n", [("zzzz", "import_column_unknown")]),
        (b"code,name,name\n1,x,y\n", [("name", "import_column_twice")]),
        (b'code,name\n1,"open\n', [("file", "import_unreadable")]),
    ],
)
def test_file_that_cannot_be_used_is_refused_as_a_whole(
    tmp_path: Path, content: bytes, expected: list[tuple[str, str]]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert codes_of(lambda: import_customers(path, dry_run=False)) == expected


def test_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    assert codes_of(lambda: import_customers(tmp_path / "none.csv", dry_run=True)) == [("file", "import_file_missing")]


def test_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,name\n1,Maria,extra\n2,José,\n")
    assert found(import_customers(path, dry_run=True)) == [(2, "", "import_row_long")]


def test_import_leaves_others_alone(write: Write, plan: Plan) -> None:
    other = make_service(make_customer("77"))
    version = other.version
    import_customers(write(row(1)), dry_run=False)
    assert other.version == version


def test_workbook_is_read_as_a_csv_is(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "customers.xlsx"
    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet("People")
        for number, cells in enumerate([list(COLUMNS), [row(1).get(name, "") for name in COLUMNS]]):
            sheet.write_row(number, 0, cells)
    assert counts(import_customers(path, dry_run=False)) == (1, 1, 0, 0)
    assert get_service("S1").customer.document == make_cpf(1)


def test_many_who_would_stop_paying_need_their_number(write: Write, plan: Plan) -> None:
    import_customers(write(*[row(number) for number in range(1, 24)]), dry_run=False)
    rows = [row(number, status="suspenso_debito") for number in range(1, 22)] + [row(22, name="Maria")]
    for confirmed in (None, 20):
        result = import_customers(write(*rows), dry_run=True, confirm_negatives=confirmed)
        assert (counts(result), result.negatives, result.bad_rows) == ((22, 0, 1, 0), 21, 21)
        assert (result.problems[0].code, result.problems[0].params) == (
            "negatives_unconfirmed", {"count": 21, "limit": 20},
        )  # fmt: skip
    import_customers(write(*rows), dry_run=False)
    assert (get_service("S1").status, get_service("S22").customer.name) == ("servico_habilitado", "Maria")
    assert counts(import_customers(write(*rows), dry_run=False, confirm_negatives=21)) == (22, 0, 21, 1)
    assert get_service("S21").status == "suspenso_debito"


@pytest.mark.slow
def test_thousand_rows_with_ten_bad_ones_name_all_ten(write: Write, plan: Plan) -> None:
    rows = [row(number) for number in range(1, 1001)]
    bad = list(range(50, 1001, 100))
    for number in bad:
        rows[number - 1]["document"] = "00000000000"
    path = write(*rows)
    assert counts(import_customers(path, dry_run=True)) == (1000, 990, 0, 0)
    result = import_customers(path, dry_run=False)
    assert found(result) == [(number + 1, "document", "cpf_wrong") for number in bad]
    assert rows_in(Service) == 990
