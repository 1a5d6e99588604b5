"""Whatever form of whatever page is sent twice has the effect of once; and every one of them carries its mark."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.fixtures.people import Browser, make_browser, signed_in
from tests.web import pages, states
from tests.web.place import Place
from tests.web.sheet import filled, read_sheet
from tests.web.walk import hub
from webapp.extensions import db
from webapp.models import Customer, Operator
from webapp.models.operator import ADMIN

# Forms that need no mark, and why.
NEED_NONE = {
    "security.logout": "the way out",
    "prove.check": "a proof that makes nothing", "prove.by_passkey": "a proof that makes nothing",
    "recipes.take_file": "it only shows a file in the editor",
    "privacy.export_person": "a file to take along", "history.export": "a file to take along",
    "tables.export": "a file to take along", "tables.take": "a file to take along",
    "backups.export": "a file to take along",
    "integrations.test": "it asks again, and its answer is the page",
    "sources.test": "it asks again, and its answer is the page", "channels.test": "it asks again",
    "first_run.take": "the step shown here tests a platform: it asks again",
    "tables.columns": "the same again is the same", "tables.reset": "the same again is the same",
    "table_views.delete": "gone is gone", "passkeys.delete": "gone is gone", "second_factor.remove": "gone is gone",
    "second_factor.renew_codes": "the codes that are shown last are those that are good",
    "passkeys.register": "its challenge is good once", "approval.decide": "its link is good once",
    "password_link.reveal": "its link is good once", "activation.test_channel": "it asks again",
    "activation.turn": "the same again is the same", "activation.settle_held": "what was settled is settled",
}  # fmt: skip
# What a person fills in where the form that is shown would be refused. Whatever makes something stands here.
FILLED_IN = {
    "customers.new": {"code": "900", "name": "Ana", "document": "529.982.247-25"},
    "services.new": {"code": "S900", "plan_id": "1", "status": "servico_habilitado"},
    "packages.new": {"description": "Made once", "value": "10,00"},
    "plans.new": {"description": "Made once", "value": "10,00"},
    "products.new": {"code": "once", "name": "Made once"},
    "integrations.new": {"description": "Made once", "param-api_url": "http://127.0.0.1:9", "param-token": "t"},
    "sources.new": {"description": "Made once", "param-url": "http://127.0.0.1:9", "param-client_id": "1",
                    "param-client_secret": "c", "param-username": "u@example.com", "param-password": "p",
                    "param-app": "a", "param-token": "t", "param-id_usuario": "7"},
    "channels.new": {"description": "Made once", "server": "smtp.example.com", "sender": "a@example.com",
                     "recipients": "b@example.com"},
    "tokens.new": {"name": "once"},
    "people.invite": {"email": "new@example.com"},
    "pulls.wizard": {"description": "A list made once"},
}  # fmt: skip
# Grow with every request, whatever it does.
BESIDES = {"setting", "operator_session", "customer_access", "access", "request_count", "throttle"}


@dataclass
class Forms:
    """All forms of all pages: one for each place that they are sent to, and those without a mark."""

    app: APIFlask
    browser: Browser
    sent: dict[str, tuple[str, "MultiDict[str, str]"]] = field(default_factory=dict)
    unmarked: list[str] = field(default_factory=list)

    def read(self, place: str, answer: TestResponse) -> None:
        """Keep the forms of one page."""
        adapter = self.app.url_map.bind("localhost")
        for action in dict.fromkeys(re.findall(r'<form[^>]*method="post"[^>]*?action="([^"]+)"', answer.text)):
            address = action.replace("&amp;", "&")
            endpoint = adapter.match(address.partition("?")[0], method="POST")[0]
            sheet = read_sheet(answer, address.partition("?")[0])
            if "once" not in sheet.sent and endpoint not in NEED_NONE:
                self.unmarked.append(f"{place}: {endpoint}")
            self.sent.setdefault(endpoint, (address, sheet.sent))


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forms]:
    with hub(tmp_path_factory.mktemp("once")) as app:
        here = states.build()
        found = Forms(app, signed_in(app, ADMIN))
        states.after_set_up(here)
        for place in one_of_each(app, here.ids()):
            found.read(place.name, found.browser.get(place.address.format(**here.ids())))
        yield found


def one_of_each(app: APIFlask, ids: dict[str, object]) -> list[Place]:
    """Return a few places of each route: most states of a page show the same forms."""
    adapter, found = app.url_map.bind("localhost"), Counter[str]()
    wanted = []
    for place in pages.opened():
        if place.role != ADMIN or place.status != 200:
            continue
        endpoint = adapter.match(place.address.format(**ids).partition("?")[0])[0]
        found[endpoint] += 1
        if found[endpoint] <= 2:
            wanted.append(place)
    return wanted


def counts() -> dict[str, int]:
    """Return how many rows each table has."""
    db.session.rollback()
    tables = [table for name, table in db.metadata.tables.items() if name not in BESIDES]
    wanted = [select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in tables]
    return dict(db.session.execute(select(*wanted)).one()._mapping)


def test_every_form_of_every_page_carries_a_mark(forms: Forms) -> None:
    assert len(forms.sent) > 50
    assert not forms.unmarked


def test_two_clicks_at_the_same_moment_make_one_thing_and_lead_to_the_same_page(forms: Forms) -> None:
    operator = db.session.scalars(select(Operator).where(Operator.email == "admin@example.com")).one()
    hands = [make_browser(forms.app).sign_in(operator) for _hand in range(2)]
    sheet = read_sheet(hands[0].get("/customers/new"), "/customers/new")
    data = filled(sheet, code="901", name="Bia")

    def click(hand: Browser) -> str:
        with forms.app.app_context():
            return str(hand.post("/customers/new", data=data, buffered=True).location)

    with ThreadPoolExecutor(len(hands)) as together:
        led = set(together.map(click, hands))
    db.session.rollback()
    assert db.session.query(Customer).filter_by(code="901").count() == 1
    assert len(led) == 1
    assert "None" not in led


def test_every_form_that_is_sent_twice_has_the_effect_of_once(forms: Forms) -> None:
    made, twice = set(), {}
    for endpoint, (address, sheet) in forms.sent.items():
        if endpoint in NEED_NONE:
            continue
        data = MultiDict(sheet)
        for name, value in FILLED_IN.get(endpoint, {}).items():
            data.setlist(name, [value])
        before = counts()
        forms.browser.post(address, data=data, buffered=True)
        after = counts()
        forms.browser.post(address, data=data, buffered=True)
        if counts() != after:
            twice[endpoint] = Counter(counts()) - Counter(after)
        if after != before:
            made.add(endpoint)
    assert not twice
    assert FILLED_IN.keys() <= made, FILLED_IN.keys() - made
