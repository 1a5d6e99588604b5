"""Lists: pages forth and back under every order, columns and views as persons keep them."""

import base64
import json
from collections.abc import Iterator

import pytest

from tests import factories
from tests.web.walk import hub
from webapp.extensions import db
from webapp.models import Customer, TableChoice
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.operators import create_operator
from webapp.services.pages import Page
from webapp.services.tables import TABLES, choices, views
from webapp.services.tables.reading import ask, read_page
from webapp.services.tables.views import Who

CUSTOMERS = TABLES["customers"]
SIZE = "10"
NOT_OURS = (
    "x", "é", "====", "A" * 3_000, "W10", "WzFd", "bnVsbA",
    *(base64.urlsafe_b64encode(json.dumps(values).encode()).decode() for values in (
        ["a", -1], ["a", 2**40], ["a", True], ["a", "1"], [1, 1], ["\ud800", 1], ["a\0", 1], [["a"], 1], ["a", 1, 1],
        {"a": 1}, [None, 1], ["9" * 1_000],
    )),
)  # fmt: skip


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """25 customers; names, e-mails and documents tie, and some are empty."""
    with hub(tmp_path_factory.mktemp("hub")):
        for number in range(25):
            values = {"name": f"Álvaro {number % 3}", "email": "" if number % 2 else f"u{number % 4}@example.com"}
            factories.make_customer(f"C{number * 7 % 25:02d}", document="", **values)
        yield list(db.session.scalars(db.select(Customer.id)))


def walk(sort: str) -> tuple[list[list[int]], list[list[int]]]:
    """Return the ids of all pages from the first to the last, and on the way back."""
    forth, page = [], read(sort)
    while True:
        forth.append(ids(page))
        if not page.cursor:
            break
        page = read(sort, cursor=page.cursor)
    back = [forth[-1]]
    while page.before:
        page = read(sort, before=page.before)
        back.append(ids(page))
    return forth, back


def read(sort: str, **places: str) -> Page[object]:
    return read_page(CUSTOMERS, ask(CUSTOMERS, {"sort": sort, "size": SIZE, **places}))


def ids(page: Page[object]) -> list[int]:
    return [line.customer.id for line in page.items]  # type: ignore[attr-defined]


@pytest.mark.parametrize("sort", [sign + name for name in CUSTOMERS.orders for sign in ("", "-")])
def test_pages_walked_forth_and_back_show_every_row_once_whatever_ties(people: list[int], sort: str) -> None:
    forth, back = walk(sort)
    assert sorted(sum(forth, [])) == sorted(people)
    assert [len(page) for page in forth] == [10, 10, 5]
    assert back == forth[::-1]


@pytest.mark.parametrize("word", NOT_OURS)
def test_place_that_somebody_made_up_leads_to_the_first_page(people: list[int], word: str) -> None:
    assert ids(read("name", cursor=word)) == ids(read("name")) == ids(read("name", before=word))


def test_place_of_another_order_leads_to_the_first_page(people: list[int]) -> None:
    assert ids(read("name", cursor=read("registered").cursor)) == ids(read("name"))


def test_page_before_a_place_where_too_little_stands_is_the_whole_first_page(people: list[int]) -> None:
    second = read("name", cursor=read("name").cursor)
    wider = read_page(CUSTOMERS, ask(CUSTOMERS, {"sort": "name", "size": "25", "before": second.before}))
    assert ids(wider) == sum(walk("name")[0], [])


def test_words_that_nobody_offers_count_as_not_asked() -> None:
    asked = ask(CUSTOMERS, {"sort": "--name", "size": "7", "status": "x", "plan": "99999999999", "package": "x"}, ["y"])
    assert (asked.sort, asked.size, dict(asked.filters), asked.columns) == ("name", 50, {}, CUSTOMERS.usual_columns)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_order_and_column_of_every_list_is_sound(app: object, table: object) -> None:
    name = table.name  # type: ignore[attr-defined]
    for sort in TABLES[name].orders:
        asked = ask(
            TABLES[name], {"sort": f"-{sort}", "q": "ã", "source": "1"}, [one.key for one in TABLES[name].columns]
        )
        assert read_page(TABLES[name], asked).items == []
    columns = TABLES[name].columns
    assert {one.order for one in columns} - {""} <= set(TABLES[name].orders)
    assert {part for one in columns for part in one.parts} <= {one.key for one in columns}


def test_columns_and_size_are_kept_for_one_person_and_the_address_wins(app: object) -> None:
    mine, other = (create_operator(f"{name}@example.com", "quatro girafas no telhado", "viewer").id for name in "ab")
    choices.keep_choice(mine, CUSTOMERS, ["packages", "code"], 25)
    choices.keep_choice(mine, CUSTOMERS, ["packages", "code", "packages"], 10)
    chosen = choices.choice_of(mine, CUSTOMERS)
    assert (chosen.columns, chosen.size) == (("name", "packages", "code"), 10)
    assert ask(CUSTOMERS, {"size": "100"}, chosen.columns, chosen.size).size == 100
    assert choices.choice_of(other, CUSTOMERS) == choices.Choice()
    choices.forget_choice(mine, CUSTOMERS)
    assert choices.choice_of(mine, CUSTOMERS) == choices.Choice()


def test_column_that_a_later_version_does_not_have_is_passed_over(app: object) -> None:
    person = create_operator("a@example.com", "quatro girafas no telhado", "viewer").id
    db.session.add(TableChoice(operator_id=person, table_name="customers", columns=["gone", "code"], page_size=7))
    db.session.commit()
    assert choices.choice_of(person, CUSTOMERS) == choices.Choice(("code",), None)


@pytest.mark.parametrize(("columns", "size"), [([], None), (["x"], None), (["code"], 7)])
def test_choice_that_shows_nothing_is_refused(app: object, columns: list[str], size: int | None) -> None:
    with pytest.raises(Invalid):
        choices.keep_choice(1, CUSTOMERS, columns, size)


class TestViews:
    """Whose a view is, and who may do what with it."""

    @pytest.fixture
    def persons(self, app: object) -> tuple[Who, Who, Who]:
        made = [create_operator(f"{name}@example.com", "quatro girafas no telhado", "viewer").id for name in "abc"]
        return Who(made[0], admin=False), Who(made[1], admin=False), Who(made[2], admin=True)

    def test_own_view_is_seen_by_nobody_else_not_even_an_administrator(self, persons: tuple[Who, Who, Who]) -> None:
        owner, other, admin = persons
        made = views.keep_view(owner, CUSTOMERS, " Meus   clientes ", "status=cancelado", shared=False)
        assert [view.name for view in views.views_of(owner, CUSTOMERS)] == ["Meus clientes"]
        for who in (other, admin):
            assert views.views_of(who, CUSTOMERS) == []
            for change in (views.delete_view, lambda one, key: views.refill_view(one, key, ""), views.view_for):
                with pytest.raises(NotFound):
                    change(who, made)

    def test_shared_view_is_changed_by_its_owner_and_administrators_only(self, persons: tuple[Who, Who, Who]) -> None:
        owner, other, admin = persons
        made = views.keep_view(owner, CUSTOMERS, "Todos", "active=active", shared=True)
        assert views.view_for(other, made)[0].editable is False
        for change in (views.delete_view, lambda one, key: views.refill_view(one, key, "")):
            with pytest.raises(Conflict):
                change(other, made)
        views.refill_view(admin, made, "active=inactive")
        views.rename_view(admin, made, "Outros", shared=False)
        assert [(view.name, view.query) for view in views.views_of(owner, CUSTOMERS)] == [("Outros", "active=inactive")]
        assert views.views_of(other, CUSTOMERS) == []

    def test_name_is_needed_short_and_one_of_a_kind_for_each_person(self, persons: tuple[Who, Who, Who]) -> None:
        owner, other, _admin = persons
        views.keep_view(owner, CUSTOMERS, "A", "", shared=False)
        second = views.keep_view(owner, CUSTOMERS, "B", "", shared=False)
        views.keep_view(other, CUSTOMERS, "A", "", shared=False)
        views.keep_view(owner, TABLES["runs"], "A", "", shared=False)
        for name in ("A", " ", "x" * 81):
            with pytest.raises(Invalid):
                views.keep_view(owner, CUSTOMERS, name, "", shared=False)
            with pytest.raises(Invalid):
                views.rename_view(owner, second, name, shared=False)
