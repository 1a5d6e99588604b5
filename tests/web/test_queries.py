"""Every list page asks the database a bounded number of times, whatever its length."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from apiflask import APIFlask
from sqlalchemy import event

from tests.fixtures.people import Browser
from tests.web import world
from webapp.extensions import db

MOST_QUERIES = 10
LISTS = (
    "/", "/customers", "/customers?q=fulana", "/transmissions", "/transmissions?tab=done", "/transmissions?tab=blocked",
    "/runs", "/runs/{run_id}", "/integrations", "/integrations/{integration_id}/products", "/packages", "/plans",
)  # fmt: skip


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", LISTS)
def test_list_costs_the_same_queries_for_many_rows(address: str, app: APIFlask, viewer: Browser) -> None:
    here = world.build()
    url = address.format(**here.ids())
    with counted() as few:
        assert viewer.get(url).status_code == 200
    world.more_customers(25)
    with counted() as many:
        assert viewer.get(url).status_code == 200
    assert len(few) <= MOST_QUERIES, few
    assert len(many) <= len(few), many
