"""Who asked and who approves are two people, also where one of them acts through a token."""

import pytest

from webapp.services.audit import acting_as
from webapp.services.persons import person_behind, same_person
from webapp.services.tokens import create_token

ANA, BIA = "ana@example.com", "bia@example.com"
pytestmark = pytest.mark.usefixtures("app")


def make(name: str, actor: str) -> str:
    with acting_as(actor):
        create_token(name, "admin")
    return f"token:{name}"


def test_token_stands_for_whoever_made_it_also_through_another_token() -> None:
    first = make("erp", ANA)
    second = make("second", first)
    assert {person_behind(one) for one in (ANA, first, second)} == {ANA}
    with acting_as(second):
        assert same_person(ANA)
        assert not same_person(BIA)


def test_token_that_nobody_by_name_made_stands_for_itself() -> None:
    first, second = make("one", "cli"), make("two", "cli")
    with acting_as(second):
        assert same_person(second)
        assert not same_person(first)


@pytest.mark.parametrize("actor", ["system", "cli", "source:ERP", "token:unknown", BIA])
def test_whoever_is_no_token_stands_for_himself(actor: str) -> None:
    assert person_behind(actor) == actor
