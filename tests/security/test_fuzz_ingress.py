"""Whatever bytes come to the addresses that are open to everybody, or in a file: a declared answer, at once."""

import io
import json

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.fixtures.people import make_browser
from tests.security.twisted import BODIES, ODD, in_time, storable, thorough
from tests.sources.test_spreadsheet import ANA, HEADER, sheet_of
from webapp.gateways.errors import GatewayError
from webapp.services import integrations, throttle
from webapp.sources.formulas import DANGEROUS
from webapp.sources.spreadsheet import open_table
from webapp.sources.spreadsheet_cells import RowReader
from webapp.sources.spreadsheet_columns import doubts, suggest_columns

TEXTS = st.sampled_from([one for one in ODD if isinstance(one, str)]) | st.text(max_size=20)
NAMES = st.sampled_from(("user", "pass", "usuario", "senha", "login", "password", "email", "event", "data", "id"))
VALUES = st.recursive(
    TEXTS | st.none() | st.integers() | st.floats(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        NAMES, inner, max_size=3), max_leaves=6)  # fmt: skip
TYPES = st.sampled_from(
    ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
     "multipart/form-data", "application/json; charset=utf-16", "text/plain; charset=nonsense")
)  # fmt: skip
RAW = st.sampled_from(BODIES) | st.binary(max_size=60) | st.dictionaries(NAMES, VALUES, max_size=4).map(
    lambda data: json.dumps(data).encode())  # fmt: skip
AUTHORIZATIONS = st.none() | st.sampled_from(
    ("Basic", "Basic x", "Basic w7/Dvw==", "Basic Og==", "Basic AAA6AAA=", "Bearer", "Digest a=b", "Basic " + "A" * 999)
)  # fmt: skip


@pytest.fixture
def door(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> tuple[FlaskClient, str]:
    monkeypatch.setattr(throttle, "hit", lambda *_rest: True)
    integration = factories.make_integration(gateway="nx_play")
    factories.make_customer(code="1", email="maria@example.com")
    return make_browser(app), "/" + integrations.callback_url(integration).split("/", 1)[1]


@thorough(60)
@given(body=RAW, kind=TYPES, authorization=AUTHORIZATIONS, query=st.dictionaries(NAMES, TEXTS, max_size=2),
       path=st.sampled_from(("", "/event", "/code", "x")))  # fmt: skip
def test_callback_takes_anything_and_breaks_over_nothing(
    door: tuple[FlaskClient, str], body: bytes, kind: str, authorization: str | None, query: dict[str, str], path: str
) -> None:
    browser, url = door
    headers = {"Content-Type": kind} | ({"Authorization": authorization} if authorization else {})
    asked = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    with in_time():
        answer = browser.post(url + path, data=body, headers=headers, query_string=asked, csrf=False)
    assert answer.status_code < 500


HALF = "\ud800"


@pytest.mark.parametrize("body", [b"[" * 50_000, b"[" * 900 + b"]" * 900, b'{"user":' * 3_000, b"1" * 9_000])
def test_json_that_never_ends_is_no_question(door: tuple[FlaskClient, str], body: bytes) -> None:
    browser, url = door
    for kind in ("application/json", "text/plain"):
        assert browser.post(url, data=body, content_type=kind, csrf=False).status_code == 401


@pytest.mark.parametrize("fields", [{"user": HALF, "pass": HALF}, {"user": "maria@example.com", "pass": HALF}])
def test_half_a_character_is_a_wrong_log_in(door: tuple[FlaskClient, str], fields: dict[str, str]) -> None:
    browser, url = door
    assert browser.post(url, json=fields, csrf=False).status_code == 401
    assert browser.post(f"{url}/event", json={**fields, "email": HALF, "id": HALF}, csrf=False).status_code == 204


CELLS = TEXTS | st.sampled_from([f"{first}1+1" for first in DANGEROUS]) | st.just("")
ROWS = st.lists(st.lists(CELLS, max_size=7), max_size=6)


def read_through(stream: io.BytesIO) -> None:
    """Read a file as the import does: its table, what its columns may mean, and each row."""
    table = open_table(stream)
    rows = [cells for _number, cells in table.rows]
    columns = suggest_columns(table.header, rows[:20])
    doubts(table.header, rows[:20], columns)
    reader = RowReader(table.header, columns, keeps_passwords=True)
    for number, cells in enumerate(rows):
        storable(reader.read(number, cells))


@thorough(80)
@given(rows=ROWS, sign=st.sampled_from((";", ",", "\t", "|")), coding=st.sampled_from(("utf-8", "latin-1", "utf-16")),
       tail=st.binary(max_size=20), cut=st.integers(0, 400))  # fmt: skip
def test_csv_of_anything_is_read_or_refused(
    rows: list[list[str]], sign: str, coding: str, tail: bytes, cut: int
) -> None:
    text = "\r\n".join(sign.join(row) for row in ([list(HEADER), list(ANA), *rows]))
    whole = text.encode(coding, "replace") + tail
    refused_or_read(whole[: len(whole) - cut] if cut < 200 else whole)


@thorough(40)
@given(places=st.lists(st.tuples(st.integers(0, 6_000), st.binary(min_size=1, max_size=4)), max_size=4),
       cut=st.integers(0, 12_000))  # fmt: skip
def test_xlsx_that_was_damaged_is_read_or_refused(places: list[tuple[int, bytes]], cut: int) -> None:
    whole = bytearray(WORKBOOK)
    for where, bytes_ in places:
        where %= len(whole)
        whole[where : where + len(bytes_)] = bytes_
    refused_or_read(bytes(whole[:cut] if cut < 6_000 else whole))


WORKBOOK = sheet_of([HEADER, ANA, ANA]).getvalue()


def refused_or_read(content: bytes) -> None:
    with in_time():
        try:
            read_through(io.BytesIO(content))
        except GatewayError as error:
            storable((error.code, error.params))
