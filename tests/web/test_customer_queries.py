"""The list of customers asks the database a bounded number of times, whatever filters and search stand together."""

from collections.abc import Iterator, Mapping
from itertools import product
from urllib.parse import urlencode

import pytest

from tests.fixtures.people import Browser, signed_in
from tests.services.test_customer_rows import LIMITS, populate
from tests.web.test_queries import MOST_QUERIES, ask
from tests.web.walk import hub
from webapp.models.operator import ADMIN
from webapp.services import customer_rows

# By name, by a name too short for the index of words, by the beginning of an e-mail, by code; nobody.
SEARCHES = ("", "almeida", "an", "u3@", "C07", "xyzzy")
ASKED = {
    "active": ("", "active", "inactive"),
    "status": ("", "suspenso_debito", "cancelado"),
    "account": ("", "unserved", "person"),
    "plan": ("", "1"),
    "package": ("", "1"),
    "source": ("", "1"),
}
TOGETHER = [
    dict(zip(("q", *ASKED), values, strict=True))
    for number, values in enumerate(product(SEARCHES, *ASKED.values())) if number % 17 == 0
]  # fmt: skip

# Nothing leads but those whose services ended, and who has none must be told besides.
HARDEST = {"q": "an", "active": "inactive", "plan": "1"}


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with hub(tmp_path_factory.mktemp("hub")) as app:
        populate()
        yield signed_in(app, ADMIN)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_filters_and_a_search_together_ask_a_bounded_number_of_times(
    limits: Mapping[str, int], admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(customer_rows, name, value)
    for filters in (HARDEST, *TOGETHER):
        asked = {name: value for name, value in filters.items() if value}
        seen = ask(admin, "/customers?" + urlencode({**asked, "size": "10"}))
        assert len(seen) <= MOST_QUERIES, f"{asked} {len(seen)}:\n" + "\n".join(seen)
