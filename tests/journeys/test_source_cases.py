"""What ERPs have done to those who trusted them, D1 to D20: nobody is cut off, a person is told, who paid is on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.journeys import erp_files
from tests.journeys.crowd import drain, package_of
from tests.journeys.erp_world import NEGATIVE, OWES, PAYS, World, open_world, served
from tests.journeys.platforms import integrate
from webapp import clock
from webapp.messages import explain
from webapp.models import Alert, Customer, ServicePackage
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.services import source_pulls, sources

# SGP gives a hundred a page: three pages. What can be seen in one page is asked of HubSoft.
IDLE = {"hubsoft": 0, "sgp": 160}


@dataclass(frozen=True)
class Case:
    """One way to mislead.

    Attributes:
        dials: of the fake ERP.
        alert: that must be open afterwards; empty = it does no harm and nobody need be told.
        enabled: who really paid can be seen in this reading, and is on.
        kind: shape of the ERP.
        copied: an old copy is shown, of a moment when people who pay still owed.
    """

    dials: dict[str, Any]
    alert: str
    enabled: bool = False
    kind: str = "hubsoft"
    copied: bool = False


CASES: dict[str, Case] = {
    "D1 an empty array": Case({"answer": "empty_array"}, "source_unreachable"),
    "D2 success and an empty list": Case({"answer": "empty_list"}, "reading_empty"),
    "D3 a log-in page": Case({"answer": "html"}, "source_unreachable"),
    "D3 a log-in page in the middle": Case(
        {"answer": "html", "answer_page": 1}, "reading_incomplete", enabled=True, kind="sgp"),
    "D4 cut off": Case({"answer": "truncated_json"}, "source_unreachable"),
    "D4 cut off in the middle": Case(
        {"answer": "truncated_json", "answer_page": 2}, "reading_incomplete", enabled=True, kind="sgp"),
    "D5 a page missing": Case({"drop_page": 1}, "reading_incomplete", enabled=True, kind="sgp"),
    "D6 page 1 for ever": Case({"repeat_page": 0}, "page_repeated", enabled=True, kind="sgp"),
    "D7 an old copy, which says so": Case({"stale": True, "stale_age_s": 90_000}, "reading_stale", copied=True),
    "D7 an old copy, which does not": Case({"stale": True, "true_looks": True}, "looks_contradicted", copied=True),
    "D8 rows move between pages": Case({"shift_rows": 7}, "rows_shifted", enabled=True, kind="sgp"),
    "D9 status null": Case({"status_field": "null"}, "status_words_unknown"),
    "D9 status renamed": Case({"status_field": "renamed"}, "status_words_unknown"),
    "D10 everybody suspended": Case({"suspended_share": 1}, "nobody_pays"),
    "D10 most of them suspended": Case({"suspended_share": 0.6}, "paying_fell", enabled=True),
    "D11 a new word": Case({"status_word": "congelado"}, "status_words_unknown"),
    "D11 a new word for some": Case({"status_word": "congelado", "status_word_share": 0.3}, "status_words_unknown"),
    "D12 ids in another form": Case({"ids_reformatted": True}, "another_provider"),
    "D12 documents in another form": Case({"documents_reformatted": "punctuated"}, "", enabled=True),
    "D12 documents without zeros": Case({"documents_reformatted": "no_zeros"}, "", enabled=True),
    "D13 another provider": Case({"other_provider": "other_ids"}, "another_provider"),
    "D13 another provider with our ids": Case({"other_provider": "same_ids"}, "other_people"),
    "D14 a backup of three weeks ago": Case({"restored_days": 21}, "reading_went_back"),
    "D15 ended ones are hidden": Case({"hides_ended": True}, "ended_hidden", enabled=True),
    "D16 half of them missing": Case({"missing_share": 0.49}, "reading_shrunken"),
    "D18 days shifted": Case({"dates_shift_days": -1}, "reading_went_back", enabled=True),
    "D19 a clock forty days ahead": Case({"clock_ahead_days": 40}, "clock_ahead", enabled=True),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest,
    sandbox: SandboxProcess,
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    kind: str = request.param
    folder = tmp_path_factory.mktemp(kind)
    erp, platform = sandbox.erp(f"{kind}-cases"), sandbox.tenant(f"nx-{kind}-cases")
    with open_world(folder, empty_database, erp, platform, kind, IDLE[kind]) as world:
        yield world


@pytest.fixture
def still(world: World) -> World:
    """The world as it was before any case."""
    world.restore()
    return world


hubsoft = pytest.mark.parametrize("world", ["hubsoft"], indirect=True, scope="module")
sgp = pytest.mark.parametrize("world", ["sgp"], indirect=True, scope="module")
each_case = pytest.mark.parametrize(
    ("world", "name"), [(case.kind, name) for name, case in CASES.items()], indirect=["world"], scope="module"
)


@each_case
def test_nobody_is_cut_off_a_person_is_told_and_who_paid_is_on(still: World, name: str) -> None:
    world, case = still, CASES[name]
    if case.copied:
        world.erp.change({"ids": world.innocents}, status=OWES)
        world.erp.snapshot()
        world.erp.change({"ids": world.innocents}, status=PAYS)
    if case.alert:
        # Even who really owes is not suspended on the word of such a reading.
        world.erp.set_service(world.debtor, status=OWES)
    world.pay()
    world.erp.set_dials(**case.dials)
    world.mark()
    pull = world.pull()
    world.settle()
    assert not NEGATIVE & set(world.calls())
    assert world.erp.effects() == 0
    assert {world.status(service) for service in (*world.innocents, world.debtor)} == {PAYS}
    assert (world.status(world.payer) == PAYS) == case.enabled
    assert ("enable" in world.calls()) == case.enabled or name.startswith("D14")
    alerts = world.alerts()
    assert ({case.alert} - {""}) <= alerts.keys()
    assert case.alert or not alerts
    assert all(explain(code, params).remedy for code, params in alerts.items())
    assert pull is not None
    assert pull.finished_at is not None


@hubsoft
def test_d20_three_days_without_the_erp_end_nobody_and_the_first_good_reading_clears_the_alert(still: World) -> None:
    still.mark()
    still.erp.set_dials(down=True)
    for _ in range(4):
        still.pull()
        still.settle()
        assert still.alerts().keys() == {"source_unreachable"}
        clock.move(timedelta(days=1))
    assert still.calls() == []
    still.erp.clear_dials()
    # Its clock went on as ours did.
    still.erp.set_dials(clock_ahead_days=4)
    still.pay()
    pull = still.pull()
    still.settle()
    assert (pull and pull.status, still.calls(), still.alerts()) == ("done", ["enable"], {})


@hubsoft
def test_a_second_reading_finds_nothing_to_do(still: World) -> None:
    still.mark()
    pull = still.pull()
    still.settle()
    assert pull is not None
    assert (pull.status, still.items(pull), still.calls(), still.alerts()) == ("done", 0, [], {})


@hubsoft
def test_after_a_bad_reading_a_good_one_goes_on_as_if_nothing_had_been(still: World) -> None:
    still.erp.set_dials(answer="empty_list")
    still.pull()
    still.erp.clear_dials()
    still.erp.set_service(still.debtor, status=OWES)
    still.mark()
    still.pull()
    still.settle()
    assert (still.calls(), still.alerts(), still.status(still.debtor)) == (["suspend"], {}, OWES)


@hubsoft
def test_a_payment_is_enabled_by_a_look_at_recent_changes(still: World) -> None:
    still.pull("light")
    still.pay()
    still.erp.set_service(still.debtor, status=OWES)
    still.mark()
    still.pull("light")
    still.settle()
    assert still.calls() == ["enable", "suspend"]
    assert (still.status(still.payer), still.status(still.debtor)) == (PAYS, OWES)
    assert still.erp.calls("hubsoft.todos") > 0


LOOKS: dict[str, dict[str, Any]] = {
    "empty": {"answer": "empty_list"},
    "a log-in page": {"answer": "html"},
    "everybody suspended": {"suspended_share": 1},
    "status null": {"status_field": "null"},
    "another provider": {"other_provider": "same_ids"},
    "somebody else": {"find_other": True, "suspended_share": 1},
}


@hubsoft
@pytest.mark.parametrize("how", LOOKS)
def test_a_look_at_recent_changes_that_is_misled_cuts_nobody_off(still: World, how: str) -> None:
    still.erp.set_dials(**LOOKS[how])
    still.mark()
    still.pull("light")
    still.settle()
    assert not NEGATIVE & set(still.calls())
    assert {still.status(service) for service in still.innocents} == {PAYS}


@sgp
def test_a_payment_is_enabled_when_the_erp_pushes_it(still: World) -> None:
    still.pay()
    path = urlsplit(sources.hook_url(sources.get_source(still.source_id))).path
    still.mark()
    with served(still.app) as address:
        assert still.erp.push(f"{address}{path}", still.payer) == 202
        assert still.erp.push(f"{address}{path}x", still.payer) == 404
    [due] = [one for one in source_pulls.due_work(clock.utc_now()) if one.mode == "hint"]
    pull_id = source_pulls.begin_due(due)
    assert pull_id is not None
    source_pulls.work(pull_id)
    still.settle()
    assert (still.status(still.payer), still.calls()) == (PAYS, ["enable"])


@dataclass(frozen=True)
class Files:
    """A provider with a spreadsheet: twenty-five people, each with a package that ends in a year."""

    source_id: int
    platform: Tenant
    rows: list[erp_files.Row]
    ends_on: date


@pytest.fixture
def files(app: object, nx: Tenant) -> Files:
    package = package_of(integrate("nx_play", nx))
    ends_on = clock.local_today("America/Sao_Paulo") + timedelta(days=365)
    source_id, rows = factories.make_source(kind="spreadsheet", params={}).id, erp_files.people(25, ends_on)
    erp_files.upload(source_id, rows)
    erp_files.map_words(source_id, package)
    assert erp_files.confirm(erp_files.upload(source_id, rows)).status == "done"
    drain(patience_s=1)
    assert len(nx.subscribers(status="active")) == 25
    return Files(source_id, nx, rows, ends_on)


def test_d17_a_file_with_swapped_columns_cuts_nobody_off(files: Files) -> None:
    rows = [{**row, "situacao": "suspenso"} if place < 5 else row for place, row in enumerate(files.rows)]
    swapped = {**erp_files.COLUMNS, "name": "cpf", "document": "celular", "phone": "nome"}
    since = files.platform.seq()
    pull = erp_files.confirm(erp_files.upload(files.source_id, rows, swapped))
    drain(patience_s=1)
    assert not NEGATIVE & {line["operation"] for line in files.platform.ledger(since, kind="nx")}
    assert {customer.name for customer in Customer.query.all()} == {row["nome"] for row in files.rows}
    assert pull.status == "held"
    assert {alert.code for alert in Alert.query.filter_by(closed_at=None)} & {"contacts_invalid", "contacts_changed"}


def test_d18_ends_that_all_moved_by_a_day_end_nothing_earlier(files: Files) -> None:
    earlier = (files.ends_on - timedelta(days=1)).strftime("%d/%m/%Y")
    pull = erp_files.confirm(erp_files.upload(files.source_id, [{**row, "validade": earlier} for row in files.rows]))
    assert {sale.ends_on for sale in ServicePackage.query.all()} == {files.ends_on}
    assert pull.status == "held"
    assert [alert.code for alert in Alert.query.filter_by(closed_at=None)] == ["dates_shifted"]
