"""Every page asks the database a bounded number of times, and a list as often for many rows as for few."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event, update

from tests.fixtures.people import Browser, signed_in
from tests.web import pages, states
from tests.web.pages import Place
from tests.web.walk import hub
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import OperatorSession
from webapp.models.operator import ADMIN
from webapp.services.epoch.store import STANDING
from webapp.services.recipes import ACTIVE_IDS

MOST_QUERIES = 10
# No list, and no subscriber's page: what the engine would do for each that was chosen is worked out as it would.
FORESEEN = {"orphans-adopt": 18, "orphan-adopt": 18}
MORE = 25
SEARCHES = (Place("search", "/customers?q=fulana"), Place("search-all", "/customers?q=fulana&active=all&size=100"))
PLACES = (*(place for place in pages.opened() if (place.role, place.status) == (ADMIN, 200)), *SEARCHES)


def named(place: Place) -> str:
    return place.name


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    process = {str(ACTIVE_IDS.compile(db.engine)), str(STANDING.compile(db.engine))}

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        # SQLite's BEGIN is a word of ours on the same connection, no question. What runs, and whether the hub may
        # act, is looked up by the process now and then, whatever the page.
        if not statement.startswith("BEGIN") and statement not in process:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def ask(browser: Browser, address: str) -> list[str]:
    """Return what one page asked; that somebody is here is noted once a minute, whatever the page."""
    db.session.execute(update(OperatorSession).values(last_seen_at=utc_now()))
    db.session.commit()
    with counted() as seen:
        assert browser.get(address).status_code == 200
    return seen


@dataclass(frozen=True)
class Cost:
    """What one page asked with few rows, and with many."""

    few: list[str]
    many: list[str]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cost]:
    with hub(tmp_path_factory.mktemp("hub")) as app:
        here, admin = states.build(), signed_in(app, ADMIN)
        states.after_set_up(here)
        addresses = {place.name: place.address.format(**here.ids()) for place in PLACES}
        few = {name: ask(admin, address) for name, address in addresses.items()}
        states.grow(here, MORE)
        return {name: Cost(few[name], ask(admin, address)) for name, address in addresses.items()}


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_page_asks_a_bounded_number_of_times(place: Place, costs: dict[str, Cost]) -> None:
    cost = costs[place.name]
    assert len(cost.few) <= FORESEEN.get(place.name, MOST_QUERIES), f"{len(cost.few)}:\n" + "\n".join(cost.few)


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_page_changes_nothing(place: Place, costs: dict[str, Cost]) -> None:
    assert not [one for one in costs[place.name].few if one.startswith(("INSERT", "UPDATE", "DELETE", "SAVEPOINT"))]


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_page_asks_as_often_for_many_rows_as_for_few(place: Place, costs: dict[str, Cost]) -> None:
    cost = costs[place.name]
    # A list that stands on one page needs no counting; a longer one does.
    assert len(cost.many) <= len(cost.few) + 1, "\n".join(cost.many)
