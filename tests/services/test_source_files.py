"""An uploaded file: kept sealed, its columns chosen, turned into records, compared, applied when a person says so."""

import io
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from tests import factories
from webapp.extensions import db
from webapp.models import Customer, Event, Service, Source, SourcePull, SourcePullItem, SourceRow
from webapp.services import bad_rows, source_file_rows, source_files, source_mapping, source_pulls
from webapp.services.errors import Conflict, Invalid
from webapp.services.pages_pulls import state_of

PEOPLE = (("1", "Ana", "52998224725"), ("2", "Bia", "11144477735"))
HEADER = "Código;Nome;CPF;Contrato;Plano;Status;Senha\n"


@pytest.fixture
def source(app: object) -> Source:
    return factories.make_source(kind="spreadsheet", description="Lista")


@pytest.fixture
def mapped(source: Source) -> Source:
    plan = factories.make_plan(description="Fibra")
    targets = {("plan", "fibra"): str(plan.id)}
    source_mapping.save_mapping(source.id, targets)
    return source


def rows_for(count: int) -> str:
    return HEADER + "".join(f"{n};Pessoa {n};;C{n};Fibra;Ativo;segredo-{n}\n" for n in range(1, count + 1))


def upload(source: Source, text: str, name: str = "lista.csv") -> SourcePull:
    return source_files.stage_upload(source.id, io.BytesIO(text.encode()), name)


def chosen(pull: SourcePull) -> SourcePull:
    return source_files.choose_columns(pull.id, source_files.file_header(pull.id).columns)


def compared(source: Source, text: str) -> SourcePull:
    return source_pulls.work(chosen(upload(source, text)).id)


def everything_kept() -> str:
    """Return all that the database has of files, as anybody who steals it would see it."""
    rows = db.session.execute(select(SourceRow.payload, SourceRow.sealed)).all()
    items = db.session.execute(select(SourcePullItem.changes, SourcePullItem.problems)).all()
    pulls = db.session.execute(select(SourcePull.counts, SourcePull.certificate, SourcePull.error_params)).all()
    events = db.session.execute(select(Event.before, Event.after)).all()
    return repr((rows, items, pulls, events))


def test_upload_waits_for_its_columns_and_nobody_can_read_its_cells(source: Source) -> None:
    pull = upload(source, rows_for(3))
    header = source_files.file_header(pull.id)
    assert state_of(pull) == "columns"
    assert (header.rows, header.remembered, header.doubts) == (3, False, [])
    assert header.columns["service_code"] == "Contrato"
    assert header.samples[0] == (2, ("1", "Pessoa 1", "", "C1", "Fibra", "Ativo", "segredo-1"))
    assert "Pessoa" not in everything_kept()
    assert "segredo" not in everything_kept()


def test_file_changes_nothing_before_it_is_confirmed_and_everything_after(mapped: Source) -> None:
    pull = compared(mapped, rows_for(3))
    assert (state_of(pull), pull.records, pull.counts["refused"]) == ("preview", 3, 0)
    assert Customer.query.count() == 0
    source_pulls.confirm_pull(pull.id)
    assert source_pulls.work(pull.id).status == "done"
    assert {row.code for row in Service.query} == {"C1", "C2", "C3"}
    assert "segredo" not in everything_kept()


def test_second_file_remembers_the_columns_and_finds_nothing_to_do(mapped: Source) -> None:
    first = compared(mapped, rows_for(2))
    source_pulls.confirm_pull(first.id)
    source_pulls.work(first.id)
    again = upload(mapped, rows_for(2))
    header = source_files.file_header(again.id)
    assert header.remembered
    source_files.choose_columns(again.id, header.columns)
    assert source_pulls.work(again.id).counts["unchanged"] == 2
    assert SourcePullItem.query.filter_by(pull_id=again.id).count() == 0


def test_columns_of_a_file_with_another_header_are_suggested_anew(mapped: Source) -> None:
    compared(mapped, rows_for(1))
    pull = upload(mapped, "id_cliente;cliente;situacao\n1;Ana;Ativo\n")
    header = source_files.file_header(pull.id)
    assert not header.remembered
    assert header.columns == {"code": "id_cliente", "name": "cliente", "status": "situacao"}


def test_swapped_columns_are_refused_until_a_person_is_sure(source: Source) -> None:
    text = HEADER + "".join(f"{n};{cpf};Pessoa {n};C{n};Fibra;Ativo;\n" for n, cpf in enumerate(["52998224725"] * 3))
    pull = upload(source, text)
    columns = source_files.file_header(pull.id).columns
    with pytest.raises(Invalid) as refusal:
        source_files.choose_columns(pull.id, columns)
    assert {(one.field, one.code) for one in refusal.value.problems} == {
        ("Nome", "file_column_doubtful"), ("CPF", "file_column_doubtful"),
    }  # fmt: skip
    assert source_files.choose_columns(pull.id, columns, sure=True).status == "reading"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"name": "Nome"}, "file_identity_missing"),
        ({"code": "Código"}, "file_says_nothing"),
        ({"code": "Código", "name": "Gone"}, "file_column_gone"),
        ({"code": "Código", "nonsense": "Nome"}, "file_column_gone"),
    ],
)
def test_columns_that_cannot_be_used_are_refused(source: Source, columns: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        source_files.choose_columns(upload(source, rows_for(1)).id, columns)
    assert [one.code for one in refusal.value.problems] == [code]


def test_columns_can_be_chosen_once(source: Source) -> None:
    pull = chosen(upload(source, rows_for(1)))
    for late in (source_files.file_header, source_files.discard_upload):
        with pytest.raises(Conflict):
            late(pull.id)


def test_new_file_takes_the_place_of_one_that_waits_and_not_of_one_at_work(source: Source) -> None:
    first = upload(source, rows_for(1))
    second = upload(source, rows_for(2))
    assert (state_of(first), SourceRow.query.filter_by(pull_id=first.id).count()) == ("stopped", 0)
    chosen(second)
    with pytest.raises(Conflict, match="pull_under_way"):
        upload(source, rows_for(3))


def test_discarded_file_leaves_nothing_behind(mapped: Source) -> None:
    pull = source_files.discard_upload(compared(mapped, rows_for(2)).id)
    assert state_of(pull) == "stopped"
    assert SourceRow.query.count() == SourcePullItem.query.count() == Customer.query.count() == 0


def test_file_that_breaks_off_leaves_nothing_behind(source: Source) -> None:
    with pytest.raises(Invalid) as refusal:
        upload(source, rows_for(3000) + '4000;"Ana\n' + "x" * 140_000)
    assert refusal.value.problems[0].code == "file_broken"
    assert SourcePull.query.count() == SourceRow.query.count() == 0


def test_upload_to_an_erp_is_refused(app: object) -> None:
    with pytest.raises(Conflict, match="file_wrong_source"):
        upload(factories.make_source(), rows_for(1))


def test_conversion_goes_on_where_it_was_stopped(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file_rows, "BATCH", 2)
    pull = chosen(upload(source, rows_for(5) + "1;Outra;;C9;Fibra;Ativo;\n"))
    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        source_files.convert_rows(pull.id, interrupting(seen, at=4))
    assert (seen, db.session.get_one(SourcePull, pull.id).records) == ([2, 4], 4)
    source_files.convert_rows(pull.id, lambda done, total: seen.append(done))
    assert seen == [2, 4, 6]
    payloads = db.session.scalars(
        select(SourceRow.payload).where(SourceRow.position >= 0).order_by(SourceRow.position)
    ).all()
    assert [payload["service"]["code"] for payload in payloads] == ["C1", "C2", "C3", "C4", "C5", "C9"]
    assert payloads[-1]["problems"][0]["code"] == "file_customer_differs"
    assert payloads[-1]["problems"][0]["params"]["row"] == "2"


def interrupting(seen: list[int], at: int) -> Callable[[int, int], None]:
    def progress(done: int, _total: int) -> None:
        seen.append(done)
        if done == at:
            raise KeyboardInterrupt

    return progress


def test_file_compared_again_after_its_words_were_mapped_can_be_used(source: Source) -> None:
    pull = compared(source, rows_for(1))
    assert pull.counts["refused"] == 1
    plan = factories.make_plan(description="Fibra")
    source_mapping.save_mapping(source.id, {("plan", "fibra"): str(plan.id)})
    source_files.compare_again(pull.id)
    assert source_pulls.work(pull.id).counts["refused"] == 0


def test_rows_that_cannot_be_used_come_back_as_files_that_carry_nothing_out(mapped: Source) -> None:
    pull = compared(mapped, HEADER + "1;=cmd();12,3E+5;C1;Fibra;Ativo;\n2;Bia;;C2;@Plano;Ativo;\n")
    lines = [
        (cells["row"], cells["name"], cells["plan"], [one["code"] for one in problems])
        for cells, problems in bad_rows.bad_lines(pull)
    ]
    assert [line[:3] for line in lines] == [("2", "=cmd()", "Fibra"), ("3", "Bia", "@Plano")]
    assert "file_number_shortened" in lines[0][3]
    table = [("Nome", "Plano"), ("=cmd()", "@Plano"), ("-1", "\t=1")]
    assert bad_rows.as_csv(table).decode("utf-8-sig").splitlines()[1:] == ["'=cmd();'@Plano", "'-1;'\t=1"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(bad_rows.as_xlsx(table)))
    assert book.get_sheet_by_index(0).to_python()[1] == ["=cmd()", "@Plano"]
