"""The index of words finds whom a walk over all names finds, whatever was written, changed or removed meanwhile."""

import pytest
from sqlalchemy import delete, select

from tests.factories import make_customer
from tests.fixtures.databases import ON_POSTGRES
from webapp.extensions import db
from webapp.models import Customer
from webapp.services.customer_rows import find_rows
from webapp.services.name_words import by_words

pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.skipif(ON_POSTGRES, reason="the index is SQLite's"),
]
NAMES = ("Maria da Conceição", "João Batista", "Ana Joaquina", "José Ñandu", "MARIA CLARA", "Ma", "50% Desconto Ltda")


@pytest.fixture
def people() -> dict[str, int]:
    made = {name: make_customer(code=f"c{at}", name=name, email="", document="").id for at, name in enumerate(NAMES)}
    db.session.commit()
    return made


def found(text: str) -> set[int]:
    return {customer.id for customer in db.session.scalars(find_rows({"q": text}).rows)}


def walked(text: str) -> set[int]:
    return {row.id for row in db.session.scalars(select(Customer)) if all(
        word in row.name_folded for word in text.split())}  # fmt: skip


def served(*words: str) -> set[int]:
    wanted = by_words(words)
    assert wanted is not None
    return set(db.session.scalars(wanted))


@pytest.mark.parametrize("text", [
    "maria", "ria", "joa", "conceicao", "nandu", "maria da", "da maria", "ma", "batista jo", "nobody", "% des", "ana",
    "da mar", "50% ana", '"', "jo da", "and or not",
])  # fmt: skip
def test_search_finds_whom_a_walk_over_all_names_finds(people: dict[str, int], text: str) -> None:
    assert found(text) == walked(text)
    assert people.keys()


def test_index_knows_at_once_who_is_new_renamed_or_gone(people: dict[str, int]) -> None:
    one = db.session.get_one(Customer, people["João Batista"])
    one.name, one.name_folded = "Zuleica Prates", "zuleica prates"
    db.session.commit()
    assert (served("batista"), served("zuleica")) == (set(), {one.id})
    db.session.execute(delete(Customer).where(Customer.id == one.id))
    db.session.commit()
    assert served("zuleica") == set()


def test_nothing_of_a_name_that_was_changed_stays_in_the_index(people: dict[str, int]) -> None:
    one = db.session.get_one(Customer, people["José Ñandu"])
    one.name, one.name_folded = "Pessoa apagada", "pessoa apagada"
    db.session.commit()
    connection = db.session.connection()
    connection.exec_driver_sql("create virtual table temp.parts using fts5vocab(main, customer_words, row)")
    kept = {term for (term,) in connection.exec_driver_sql("select term from temp.parts")}
    connection.exec_driver_sql("drop table temp.parts")
    assert "apa" in kept
    assert not {"nan", "and", "ndu"} & kept
    connection.exec_driver_sql("insert into customer_words(customer_words) values ('integrity-check')")


@pytest.mark.parametrize("words", [("ma",), (), ("a", "50")])
def test_what_the_index_cannot_answer_is_left_to_the_walk(words: tuple[str, ...]) -> None:
    assert by_words(words) is None


def test_index_is_asked_and_not_every_name(people: dict[str, int]) -> None:
    wanted = by_words(["maria"])
    assert wanted is not None
    plan = db.session.connection().exec_driver_sql(
        f"explain query plan {wanted.compile(db.engine, compile_kwargs={'literal_binds': True})}"
    )
    told = " ".join(str(row) for row in plan)
    assert "VIRTUAL TABLE INDEX" in told
    assert served("maria") == {people["Maria da Conceição"], people["MARIA CLARA"]}
