"""Whatever an ERP answers, a reader says in its own words what is wrong, at once, and hands out nothing unstorable."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from hypothesis import given

from tests.security.twisted import TWISTS, Twist, TwistedClient, as_json, in_time, storable, thorough
from tests.sources import test_hubsoft as hubsoft_page
from tests.sources import test_ixc as ixc_page
from tests.sources import test_sgp as sgp_page
from tests.sources.conftest import NOW, Asked
from webapp.gateways.contract import Secret
from webapp.gateways.errors import GatewayError
from webapp.sources.contract import ServiceRef, SourceAbility, SourceConnection
from webapp.sources.payload import dump_record
from webapp.sources.registry import get_source

AT = "http://127.0.0.1:9"
PARAMS: dict[str, dict[str, str]] = {
    "hubsoft": {"url": f"{AT}/api/v1/integracao/", "client_id": "7", "client_secret": Secret("s3cret-of-client"),
                "username": "api@example.com", "password": Secret("p4ssword-of-api")},
    "sgp": {"url": AT, "app": "Hub", "token": Secret("t0ken-of-sgp")},
    "ixc": {"url": AT, "token": Secret("1:t0ken-of-ixc")},
}  # fmt: skip
REFS = {"hubsoft": ServiceRef("1", "17001"), "sgp": ServiceRef("1", "501"), "ixc": ServiceRef("2", "70")}


def hubsoft(asked: Asked) -> Any:
    if asked.path.endswith("/oauth/token"):
        return {"access_token": "T0ken-1", "expires_in": 2592000, "token_type": "Bearer"}
    if asked.path.endswith(hubsoft_page.SALES):
        return {"status": "success", "paginacao": {"ultima_pagina": 0}, "pacotes": [{"id_pacote": 240}]}
    return hubsoft_page.todos([hubsoft_page.customer(1), hubsoft_page.customer(2)])


def sgp(asked: Asked) -> Any:
    if asked.path.endswith(sgp_page.FIND):
        return {"contratos": [sgp_page.looked_up(501)], "msg": "ok"}
    return sgp_page.page([sgp_page.customer(1, sgp_page.listed_contract(501), sgp_page.listed_contract(502))], 2)


IXC = ixc_page.Tables(
    cliente=[ixc_page.customer(1), ixc_page.customer(2)],
    cliente_contrato=[ixc_page.contract(70, 2), ixc_page.contract(71, 1, status_internet="CA")],
    radusuarios=[ixc_page.login(8, 70, 2)], vd_contratos=[{"id": "3", "nome": "FIBRA 500"}],
    vd_contratos_produtos=[ixc_page.product(1, "70", "44")],
)  # fmt: skip
ANSWERS: dict[str, Callable[[Asked], Any]] = {"hubsoft": hubsoft, "sgp": sgp, "ixc": IXC.answer}


def connection(kind: str, twists: list[Twist]) -> SourceConnection:
    def answer(prepared: requests.PreparedRequest) -> Any:
        body = prepared.body if isinstance(prepared.body, bytes) else b""
        headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
        path = urlsplit(str(prepared.url)).path
        return as_json(ANSWERS[kind](Asked(str(prepared.method), path, {}, headers, body.decode())))

    client = TwistedClient(answer, twists)
    zone = ZoneInfo("America/Sao_Paulo")
    return SourceConnection(1, PARAMS[kind], client, lambda: NOW, lambda _s: None, zone, keeps_passwords=True)


@pytest.mark.parametrize("kind", ANSWERS)
def test_good_answers_are_read(kind: str) -> None:
    records = [record for page in get_source(kind).read(connection(kind, [])) for record in page.records]
    assert records


@pytest.mark.parametrize("kind", ANSWERS)
@thorough(40)
@given(twists=TWISTS)
def test_whole_reading_breaks_over_no_answer(kind: str, twists: list[Twist]) -> None:
    with in_time():
        try:
            for page in get_source(kind).read(connection(kind, twists)):
                storable([dump_record(record) for record in page.records])
                storable([record.problems for record in page.records])
        except GatewayError as error:
            storable((error.code, error.params))


@pytest.mark.parametrize("kind", ANSWERS)
@thorough(15)
@given(twists=TWISTS)
def test_smaller_questions_break_over_no_answer(kind: str, twists: list[Twist]) -> None:
    source, refs = get_source(kind), [REFS[kind]]
    asked: list[Callable[[], Any]] = [
        lambda: source.statuses(connection(kind, twists)),
        lambda: [dump_record(one) for _ref, found in source.find(connection(kind, twists), refs) for one in found],
        lambda: source.check(connection(kind, twists)),
    ]  # fmt: skip
    if source.traits.can(SourceAbility.CHANGES):
        asked.append(lambda: source.read_changes(connection(kind, twists), ""))
    for ask in asked:
        with in_time():
            try:
                storable(ask())
            except GatewayError as error:
                storable((error.code, error.params))
