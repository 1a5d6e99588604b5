"""Every ERP source over real HTTP on the fake ERP: the same people, whatever the shape."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sources.conftest import CANARY, Connect
from webapp.decide.policy import Content, content_for
from webapp.sandbox.client import Erp
from webapp.sources.contract import Record, ServiceRef, SourceAbility, SourceConnection
from webapp.sources.payload import dump_record
from webapp.sources.registry import get_source

PEOPLE = 230
ERPS = ("hubsoft", "ixc", "sgp")
Open = Callable[..., SourceConnection]


@pytest.fixture
def at(erp: Erp, connect: Connect) -> Open:
    """Connect to one shape of the fake ERP, at the present time."""
    erp.people(PEOPLE)

    def make(key: str, **given: Any) -> SourceConnection:
        connection = connect({**getattr(erp, f"{key}_params")(), **given.pop("params", {})}, **given)
        connection.now = lambda: datetime.now(UTC)
        return connection

    return make


def content(status: str) -> Content:
    """Return what a status leads to: ERPs have different words for waiting."""
    return content_for(status, follow_status=True, rules={})


def services_of(records: list[Record]) -> dict[str, Record]:
    return {record.service.code: record for record in records if record.service}


@pytest.mark.parametrize("key", ERPS)
def test_everybody_is_read_with_status_and_nothing_that_nobody_may_keep(erp: Erp, at: Open, key: str) -> None:
    source, truth = get_source(key), {str(row["id"]): row for row in erp.services()}
    pages = list(source.read(at(key)))
    records = [record for page in pages for record in page.records]
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert sum(page.rows for page in pages) == pages[0].total
    found = services_of(records)
    assert found.keys() == truth.keys()
    for number, record in found.items():
        assert record.service is not None
        assert content(source.traits.statuses[record.service.status.external]) is content(truth[number]["status"])
        assert record.customer.document.replace(".", "").replace("-", "") == truth[number]["document"]
        assert not record.problems
    assert CANARY not in repr([dump_record(record) for record in records])
    assert pages[0].served_at is not None
    assert erp.effects() == 0


@pytest.mark.parametrize("key", ERPS)
def test_packages_are_those_that_were_sold(erp: Erp, at: Open, key: str) -> None:
    params = {"produtos": ",".join(str(one["id"]) for one in erp.packages())} if key == "ixc" else {}
    records = services_of([record for page in get_source(key).read(at(key, params=params)) for record in page.records])
    sold = Counter(str(one) for row in erp.services() for one in row["packages"])
    read = Counter(
        package.package.external
        for record in records.values()
        if record.service
        for package in record.service.packages or ()
    )
    assert sum(read.values()) == sum(sold.values())
    assert len(read) == 3


@pytest.mark.parametrize("key", ERPS)
def test_a_look_shows_what_the_whole_reading_shows_ended_ones_too(erp: Erp, at: Open, key: str) -> None:
    source, connection = get_source(key), at(key)
    ended = erp.services(status="cancelado")[0]
    paying = erp.services(status="servico_habilitado")[0]
    refs = [ServiceRef(str(row["id"]), document=row["document"]) for row in (ended, paying)]
    looks = {ref.service_code: records for ref, records in source.find(connection, [*refs, ServiceRef("99999")])}
    assert looks["99999"] == []
    for row in (ended, paying):
        [record] = looks[str(row["id"])]
        assert record.service is not None
        assert source.traits.statuses[record.service.status.external] == row["status"]
    assert erp.effects() == 0


@pytest.mark.parametrize("key", [key for key in ERPS if get_source(key).traits.can(SourceAbility.CHANGES)])
def test_who_pays_leaves_the_list_of_those_who_do_not(erp: Erp, at: Open, key: str) -> None:
    source, connection = get_source(key), at(key)
    owing = {str(row["id"]) for row in erp.services(status="suspenso_debito")}
    first = source.read_changes(connection, "")
    assert first.not_paying == owing
    payer = min(owing)
    erp.set_service(int(payer), status="servico_habilitado")
    later = source.read_changes(connection, first.cursor)
    assert later.not_paying == owing - {payer}
    assert payer in {ref.service_code for ref in later.refs}
