"""Lists on pages: the address holds all of it, columns and views are each person's, files say what the page says."""

import csv
import io
import re
import tracemalloc
from decimal import Decimal

import pytest
from apiflask import APIFlask
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from tests import factories
from tests.fixtures.people import Browser, signed_in
from webapp.extensions import db
from webapp.models import Customer, Event, PersonalAccess, SavedView
from webapp.services.accounts import mark_services
from webapp.services.tables import TABLES, files

FORMULAS = ("=1+1", "+5511987654321", "-2+3", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "＝1+1")  # noqa: RUF001
BOM = "\ufeff"
NEXT, FORMER = 'rel="next"', 'rel="prev"'


def names(browser: Browser, address: str) -> list[str]:
    """Return the names in the list of customers."""
    page = browser.get(address, hx=True).text
    return re.findall(r'<a href="/customers/\d+"><strong>(.*?)</strong>', page)


def link(page: str, mark: str) -> str:
    """Return where the first link with such a mark leads; empty where there is none."""
    found = re.search(rf"<a [^>]*{mark}[^>]*>", page)
    address = re.search(r'href="([^"]*)"', found[0]) if found else None
    return address[1].replace("&amp;", "&") if address else ""


def take(browser: Browser, name: str, fmt: str, query: str = "") -> bytes:
    answer = browser.post(f"/tables/{name}/export", data={"format": fmt, "query": query})
    assert answer.status_code == 200
    content = answer.data
    answer.close()
    return content


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode().removeprefix(BOM)), delimiter=";"))


def cells(content: bytes) -> list[list[object]]:
    return list(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())


@pytest.fixture
def sold(app: APIFlask) -> dict[str, int]:
    """Three customers: one paying with a package, one who does not pay, one without a service."""
    package = factories.make_package()
    plan = factories.make_plan()
    paying = factories.make_service(factories.make_customer(name="Ágata Paga"), plan, "S1")
    factories.make_sale(paying, package)
    factories.make_service(factories.make_customer(name="Bento Deve"), status="suspenso_debito")
    factories.make_customer(name="Célia Só")
    return {"plan": plan.id, "package": package.id, "integration": package.integration_id or 0}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ágata Paga", "Bento Deve", "Célia Só"]),
        ("q=celia", ["Célia Só"]),
        ("status=suspenso_debito", ["Bento Deve"]),
        ("active=inactive", ["Célia Só"]),
        ("plan={plan}", ["Ágata Paga"]),
        ("package={package}", ["Ágata Paga"]),
        ("integration={integration}", ["Ágata Paga"]),
        ("account=unserved", ["Ágata Paga"]),
        ("account=person", []),
        ("account=pending&integration={integration}&status=servico_habilitado&q=AGATA", ["Ágata Paga"]),
        ("package={package}&status=suspenso_debito", []),
        ("sort=-name", ["Célia Só", "Bento Deve", "Ágata Paga"]),
        ("status=nonsense&sort=nonsense&size=nonsense&plan=x&cursor=x", ["Ágata Paga", "Bento Deve", "Célia Só"]),
    ],
)
def test_address_alone_says_which_customers_are_shown_and_how(
    sold: dict[str, int], admin: Browser, query: str, found: list[str]
) -> None:
    assert names(admin, f"/customers?{query.format(**sold)}") == found


def test_each_filter_at_work_has_a_link_that_takes_off_only_it(sold: dict[str, int], admin: Browser) -> None:
    page = admin.get(f"/customers?q=a&status=suspenso_debito&plan={sold['plan']}&sort=-code&size=25").text
    chips = [address.replace("&amp;", "&") for address in re.findall(r'class="chip" href="([^"]*)"', page)]
    rest = "sort=-code&size=25"
    assert chips == [
        f"/customers?status=suspenso_debito&plan={sold['plan']}&{rest}",
        f"/customers?q=a&plan={sold['plan']}&{rest}", f"/customers?q=a&status=suspenso_debito&{rest}",
    ]  # fmt: skip
    assert 'class="chip-clear" href="/customers"' in page


def test_head_of_a_column_sorts_keeps_the_filters_and_turns_round(sold: dict[str, int], admin: Browser) -> None:
    page = admin.get("/customers?status=suspenso_debito").text
    code = link(page, 'sorts" href="[^"]*sort=code"')
    assert code == "/customers?status=suspenso_debito&sort=code"
    sorted_page = admin.get(code).text
    assert 'aria-sort="ascending"' in sorted_page
    assert link(sorted_page, 'sort=-code"') == "/customers?status=suspenso_debito&sort=-code"


def test_next_and_previous_keep_filter_and_order_and_lead_back_to_the_same_rows(admin: Browser) -> None:
    for number in range(25):
        factories.make_customer(f"C{number:02d}", name=f"Nome {number:02d}")
    address = "/customers?q=nome&sort=-code&size=10"
    first = admin.get(address).text
    second = link(first, NEXT)
    assert second.startswith(f"{address}&cursor=")
    assert not link(first, FORMER)
    assert names(admin, second) == [f"Nome {number:02d}" for number in range(14, 4, -1)]
    back = link(admin.get(second).text, FORMER)
    assert names(admin, back) == names(admin, address)
    third = link(admin.get(second).text, NEXT)
    assert names(admin, third) == [f"Nome {number:02d}" for number in range(4, -1, -1)]
    assert not link(admin.get(third).text, NEXT)


def test_chosen_columns_stand_in_their_order_for_one_person_and_in_the_file(
    app: APIFlask, sold: dict[str, int]
) -> None:
    mine, other = signed_in(app, "admin"), signed_in(app, "attendant")
    form = {"order": ["name", "packages", "code", "document"], "column": ["packages", "code"], "size": "10"}
    assert mine.post("/tables/customers/columns", data={**form, "back": "/customers?q=a"}).location == "/customers?q=a"
    assert 'sort=document"' not in mine.get("/customers").text
    assert 'sort=document"' in other.get("/customers").text
    assert lines(take(mine, "customers", "csv"))[0] == ["Nome", "Pacotes", "Código"]
    mine.post("/tables/customers/columns/reset", data={})
    assert 'sort=document"' in mine.get("/customers").text


def test_button_that_moves_a_column_shows_the_new_order_and_saves_nothing(admin: Browser) -> None:
    form = {"order": ["name", "code", "document"], "column": ["code", "document"], "up": "document"}
    page = admin.post("/tables/customers/columns", data=form).text
    assert re.findall(r'name="order" value="(\w+)"', page)[:3] == ["name", "document", "code"]
    assert admin.get("/tables/customers/columns").text.index('value="code"') > 0


@pytest.mark.parametrize("back", ["https://example.com/", "//example.com", "/\\example.com"])
def test_way_back_never_leaves_the_hub(admin: Browser, back: str) -> None:
    form = {"order": "name", "column": "name", "back": back}
    assert admin.post("/tables/customers/columns", data=form).location == "/"


def test_view_is_kept_applied_and_filled_anew_without_what_was_searched(sold: dict[str, int], admin: Browser) -> None:
    query = "q=Bento&status=suspenso_debito&sort=-code&cursor=x&evil=1"
    address = admin.post("/tables/customers/views", data={"name": "Devem", "query": query}).location
    assert address == "/customers?status=suspenso_debito&sort=-code&view=1"
    assert names(admin, address) == ["Bento Deve"]
    assert "Devem" in admin.get("/customers").text
    admin.post("/tables/views/1/refill", data={"query": "account=person"})
    assert db.session.scalars(select(SavedView.query)).one() == "account=person"


def test_who_only_looks_keeps_views_for_the_own_use_and_shares_none(viewer: Browser) -> None:
    kept = {"name": "Minha", "query": "active=active"}
    address = "/tables/customers/views"
    assert 'name="shared"' not in viewer.get(f"{address}?query=active%3Dactive").text
    assert viewer.post(address, data={**kept, "shared": "y"}).status_code == 422
    assert viewer.post(address, data=kept).status_code == 303
    assert viewer.post("/tables/views/1", data={"name": "Nossa", "shared": "y"}).status_code == 422
    assert db.session.scalars(select(SavedView.name).where(SavedView.shared)).all() == []
    assert viewer.post("/tables/views/1/delete", data={}).status_code == 303


def test_view_of_somebody_else_is_not_there_and_a_shared_one_is_not_ones_own(app: APIFlask) -> None:
    admin, viewer = signed_in(app, "admin"), signed_in(app, "viewer")
    admin.post("/tables/customers/views", data={"name": "Particular", "query": "active=active"})
    admin.post("/tables/customers/views", data={"name": "Nossa", "query": "active=active", "shared": "y"})
    seen = viewer.get("/customers").text
    assert ("Nossa" in seen, "Particular" in seen) == (True, False)
    assert viewer.get("/tables/views/1").status_code == 404
    assert viewer.post("/tables/views/1/delete", data={}).status_code == 404
    assert viewer.get("/tables/views/2").status_code == 403
    assert viewer.post("/tables/views/2/delete", data={}).status_code == 409
    assert db.session.query(SavedView).count() == 2
    assert admin.post("/tables/views/2/delete", data={}).status_code == 303


def test_file_has_what_the_filters_find_in_their_order_for_spreadsheets_in_portuguese(
    sold: dict[str, int], admin: Browser
) -> None:
    content = take(admin, "customers", "csv", "active=active&sort=-name&size=10")
    assert content.startswith(BOM.encode())
    found = lines(content)
    assert found[0] == ["Nome", "Código", "CPF ou CNPJ", "E-mail", "Telefone", "Serviços"]
    assert [line[0] for line in found[1:]] == ["Bento Deve", "Ágata Paga"]
    assert found[1][4:] == ["(11) 98765-4321", "Suspenso por débito"]
    assert cells(take(admin, "customers", "xlsx", "active=active&sort=-name")) == found


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_file_is_a_formula(app: APIFlask, text: str) -> None:
    content = b"".join(files.as_csv(["x"], [[text]], str))
    assert lines(content)[1] == ["'" + text]
    with files.as_xlsx([text], [[text, Decimal("1.50"), 7, None]]) as sheet:
        raw = sheet.read()
    rows = cells(raw)
    assert rows[1][:3] == [text, 1.5, 7.0]


def test_every_list_can_be_taken_as_a_file_with_all_its_columns(sold: dict[str, int], admin: Browser) -> None:
    mark_services([1])
    for table in TABLES.values():
        if not table.exported:
            assert admin.post(f"/tables/{table.name}/export", data={"format": "csv"}).status_code == 404
            continue
        keys = [column.key for column in table.columns]
        admin.post(f"/tables/{table.name}/columns", data={"order": keys, "column": keys})
        titles = [len(line) for line in lines(take(admin, table.name, "csv", "active=all&source=1"))]
        assert set(titles) == {len(table.in_file(table.known_columns(keys)))}


def test_file_is_noted_in_the_history_without_the_search_and_in_the_register_of_looks(
    sold: dict[str, int], admin: Browser
) -> None:
    take(admin, "customers", "csv", "q=bento&active=active")
    event = db.session.scalars(select(Event).where(Event.action == "table.export")).one()
    assert event.after == {
        "table": "customers", "format": "csv", "filter": {"q": "***", "active": "active"}, "rows": 1,
        "columns": list(TABLES["customers"].usual_columns),
    }  # fmt: skip
    look = db.session.scalars(select(PersonalAccess)).one()
    assert (look.what, look.people, look.actor) == ("tables.take", 1, "admin@example.com")


def test_who_only_looks_takes_no_file(viewer: Browser) -> None:
    assert viewer.post("/tables/customers/export", data={"format": "csv"}).status_code == 403
    assert "/tables/customers/export" not in viewer.get("/customers").text


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_two_thousand_rows_become_a_file_in_the_memory_of_one_page(admin: Browser, fmt: str) -> None:
    row = {"document": "", "email": "", "phone": "", "version": 1}
    many = [{"code": f"{n:05d}", "name": f"N {n:05d}", "name_folded": f"n {n:05d}", **row} for n in range(2_000)]
    db.session.execute(insert(Customer), many)
    db.session.commit()
    take(admin, "customers", fmt, "q=n 0001")
    tracemalloc.start()
    try:
        content = take(admin, "customers", fmt)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    found = lines(content) if fmt == "csv" else cells(content)
    assert [line[1] for line in found[1:]] == [f"{n:05d}" for n in range(2_000)]
    assert peak < 40_000_000
