"""What words of a source mean here: suggestions, decisions, and records in our own words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.factories import make_package, make_plan, make_source
from tests.services.helpers import codes_of, last_event
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Plan, SourceLink, SourceMapping
from webapp.services import source_mapping as mapping
from webapp.services.errors import Conflict
from webapp.services.source_mapping import IGNORE, NEW, PACKAGE, PLAN, STATUS, Translator
from webapp.services.source_suggestions import Names, suggest
from webapp.services.source_words import MOST_WORDS
from webapp.sources.contract import CustomerRecord, Named, PackageRecord, Record, RecordProblem, Secret, ServiceRecord

pytestmark = pytest.mark.usefixtures("app")

PAYING = Named("servico_habilitado", "Serviço Habilitado")
FIBRE = Named("77", "Fibra 600 Mega")
CINEMA = Named("CINE", "Cinema")
MARIA = CustomerRecord("1001", "Maria  das Dores", "529.982.247-25", "Maria@Example.com", "(11) 98765-4321")


def service(**overrides: object) -> ServiceRecord:
    return replace(ServiceRecord("9", FIBRE, PAYING, packages=(PackageRecord(CINEMA),)), **overrides)  # type: ignore[arg-type]


def record(**overrides: object) -> Record:
    return Record(MARIA, service(**overrides))


def codes(translated: mapping.Translated) -> list[str]:
    return [problem.code for problem in translated.problems]


def see(source_id: int, *words: tuple[str, str, str]) -> None:
    mapping.note_seen(source_id, {(kind, external): (label, 1) for kind, external, label in words})
    db.session.commit()


def rows(source_id: int) -> dict[tuple[str, str], SourceMapping]:
    found = db.session.scalars(select(SourceMapping).where(SourceMapping.source_id == source_id))
    return {(row.kind, row.external): row for row in found}


def test_record_becomes_ours_when_every_word_is_mapped() -> None:
    source, plan, package = make_source(code_prefix="H-"), make_plan(), make_package()
    mapping.save_mapping(source.id, {(PLAN, "77"): str(plan.id), (PACKAGE, "CINE"): str(package.id)})
    sold = PackageRecord(CINEMA, Decimal("19.9"), date(2026, 1, 1))
    found = Translator.load(source.id).translate(record(packages=(sold,), password=Secret("abc"), due_day=40), 3)
    wanted = found.wanted
    assert wanted is not None
    assert wanted.service is not None
    assert (wanted.position, wanted.customer_code, wanted.customer_external) == (3, "H-1001", "1001")
    assert (wanted.name, wanted.document) == ("Maria das Dores", "52998224725")
    assert (wanted.email, wanted.phone) == ("maria@example.com", "5511987654321")
    mine = wanted.service
    assert (mine.code, mine.external, mine.plan_id, mine.status) == ("H-9", "9", plan.id, "servico_habilitado")
    assert (mine.password, mine.due_day, mine.exact) == (Secret("abc"), None, True)
    assert mine.packages is not None
    assert [(row.package_id, row.value, row.external) for row in mine.packages] == [
        (package.id, Decimal("19.90"), "9:CINE")
    ]
    assert (codes(found), found.unknown) == ([], ())


def test_unknown_words_change_nothing_and_are_named() -> None:
    found = Translator.load(make_source().id).translate(record(status=Named("congelado", "Congelado")), 0)
    assert found.wanted is not None
    assert found.wanted.service is not None
    wanted = found.wanted.service
    assert (wanted.status, wanted.plan_id, wanted.packages) == ("", None, ())
    # It is named, so it is not taken away although nobody knows what it is.
    assert wanted.named == {"9:CINE"}
    assert [kind for kind, _word in found.unknown] == [PLAN, STATUS, PACKAGE]
    assert codes(found) == ["source_plan_unmapped", "source_status_unknown", "source_package_unmapped"]


def test_record_that_says_nothing_about_packages_takes_none_away() -> None:
    found = Translator.load(make_source().id).translate(record(packages=None), 0)
    assert found.wanted is not None
    assert found.wanted.service is not None
    assert (found.wanted.service.packages, found.wanted.service.exact) == (None, False)


def test_package_that_ended_there_is_not_named_any_more() -> None:
    found = Translator.load(make_source().id).translate(record(packages=(PackageRecord(CINEMA, active=False),)), 0)
    assert found.wanted is not None
    assert found.wanted.service is not None
    assert (found.wanted.service.packages, found.wanted.service.named) == ((), frozenset())
    assert PACKAGE not in [kind for kind, _word in found.unknown]


@pytest.mark.parametrize(
    ("customer", "field", "code"),
    [
        (replace(MARIA, email="naotem@naotem.com"), "email", "source_email_placeholder"),
        (replace(MARIA, email="maria@"), "email", "email_wrong"),
        (replace(MARIA, document="111.111.111-11"), "document", "cpf_wrong"),
        (replace(MARIA, phone="1234"), "phone", "phone_wrong"),
    ],
)
def test_wrong_contact_is_left_out_and_the_record_goes_on(customer: CustomerRecord, field: str, code: str) -> None:
    found = Translator.load(make_source().id).translate(Record(customer), 0)
    assert found.wanted is not None
    assert getattr(found.wanted, field) == ""
    assert [(problem.field, problem.code) for problem in found.problems] == [(field, code)]


def test_record_with_problems_or_without_code_is_refused() -> None:
    translator = Translator.load(make_source().id)
    broken = replace(record(), problems=(RecordProblem("value", "file_money_unreadable", value="x"),))
    assert translator.translate(broken, 0).wanted is None
    assert translator.translate(broken, 0).problems[0].params == {"value": "x"}
    nameless = translator.translate(Record(replace(MARIA, code=" ")), 0)
    assert (nameless.wanted, codes(nameless)) == (None, ["source_code_missing"])


def test_plan_left_out_brings_nobody_new_but_who_is_here_is_followed() -> None:
    source = make_source()
    mapping.save_mapping(source.id, {(PLAN, "77"): IGNORE})
    assert Translator.load(source.id).translate(record(), 0) == mapping.Translated(None)
    db.session.add(SourceLink(source_id=source.id, kind="service", external="9", local_id=1, seen_at=utc_now()))
    db.session.commit()
    wanted = Translator.load(source.id).translate(record(), 0).wanted
    assert wanted is not None
    assert wanted.service is not None
    assert (wanted.service.plan_id, wanted.service.status) == (None, "servico_habilitado")


def test_decision_of_a_person_wins_over_the_table_and_a_suggestion_is_not_acted_upon() -> None:
    source = make_source()
    see(source.id, (STATUS, "suspenso_parcialmente", "Suspenso parcialmente"))
    assert Translator.load(source.id).meaning(STATUS, "suspenso_parcialmente") == "suspenso_parcialmente"
    mapping.save_mapping(source.id, {(STATUS, "suspenso_parcialmente"): "servico_habilitado"})
    assert Translator.load(source.id).meaning(STATUS, "suspenso_parcialmente") == "servico_habilitado"


@pytest.mark.parametrize(
    ("text", "target", "how"),
    [
        ("FIBRA 600 mega", "1", "equal"),
        ("Fibra 600 Mega + Streaming", "", ""),
        ("Fibra Ótica 600 Mega", "1", "similar"),
        ("Fibra 500 Mega", "2", "equal"),
        ("Fibra 300 Mega", "", ""),
    ],
)
def test_plan_is_suggested_by_name_and_never_by_another_speed(text: str, target: str, how: str) -> None:
    found = Names([(1, "Fibra 600 Mega"), (2, "Fibra 500 Mega")]).find(text)
    assert ((found.target, found.how) if found else ("", "")) == (target, how)


def test_status_is_suggested_by_table_then_by_what_it_says() -> None:
    words = [
        ("4", "Suspenso"), ("x", "Suspenso por Débito"), ("habilitado", ""), ("congelado", "Congelado"),
        # Of these the provider must say what they mean: nobody is ended by a guess.
        ("N", "Negativado"), ("y", "Serviço cancelado"),
    ]  # fmt: skip
    found = suggest(
        [SourceMapping(kind=STATUS, external=external, label=label) for external, label in words],
        {"4": "suspenso_debito", "N": ""}, [], [],
    )  # fmt: skip
    assert {external: (guess.target, guess.how) for (_kind, external), guess in found.items()} == {
        "4": ("suspenso_debito", "table"), "x": ("suspenso_debito", "similar"),
        "habilitado": ("servico_habilitado", "similar"),
    }  # fmt: skip


def test_package_is_suggested_by_code_before_name() -> None:
    package, other = make_package(code="CINE"), make_package(description="CINE")
    source = make_source()
    see(source.id, (PACKAGE, "cine", "CINE"))
    assert mapping.suggestions(source.id)[PACKAGE, "cine"].target == str(package.id) != str(other.id)


def test_accepting_confirms_every_suggestion_and_nothing_else() -> None:
    source, plan = make_source(), make_plan(description="Fibra 600 Mega")
    see(source.id, (PLAN, "77", "Fibra 600 Mega"), (PLAN, "78", "Rural"))
    assert mapping.accept_suggestions(source.id) == 1
    state = {key: (row.target, row.confirmed) for key, row in rows(source.id).items()}
    assert state == {(PLAN, "77"): (str(plan.id), True), (PLAN, "78"): ("", False)}
    assert last_event().after == {"mapped_plan": {"Fibra 600 Mega": "Fibra 600 Mega"}}


def test_missing_plans_are_made_once_with_the_names_of_the_source() -> None:
    source = make_source()
    see(source.id, (PLAN, "77", "Fibra 600 Mega"), (PLAN, "78", "Fibra 600 Mega"), (PLAN, "79", "Rural"))
    assert mapping.create_missing_plans(source.id) == 3
    plans = db.session.scalars(select(Plan).order_by(Plan.id)).all()
    assert [(plan.description, plan.value) for plan in plans] == [
        ("Fibra 600 Mega", Decimal(0)), ("Rural", Decimal(0)),
    ]  # fmt: skip
    assert mapping.create_missing_plans(source.id) == 0


def test_target_that_does_not_exist_is_refused_and_nothing_is_saved() -> None:
    source = make_source()
    choices = {(STATUS, "a"): "pago", (PLAN, "77"): "99", (PACKAGE, "CINE"): NEW, (PLAN, "78"): NEW}
    assert codes_of(lambda: mapping.save_mapping(source.id, choices)) == [
        ("status.a", "source_target_unknown"), ("plan.77", "source_target_unknown"),
        ("package.CINE", "source_target_unknown"),
    ]  # fmt: skip
    assert rows(source.id) == {}


def test_word_that_somebody_else_decided_meanwhile_is_a_conflict() -> None:
    source, key = make_source(), (STATUS, "congelado")
    see(source.id, (*key, ""))
    mapping.save_mapping(source.id, {key: "suspenso_pedido_cliente"})
    with pytest.raises(Conflict, match="stale"):
        mapping.save_mapping(source.id, {key: "cancelado"}, {key: ""})
    assert mapping.save_mapping(source.id, {key: ""}, {key: "suspenso_pedido_cliente"}) == 1
    assert (rows(source.id)[key].target, rows(source.id)[key].confirmed) == ("", False)


def test_counts_are_those_of_the_last_whole_reading() -> None:
    source = make_source()
    words = {(STATUS, "a"): ("A", 5), (STATUS, "b"): ("B", 2)}
    mapping.note_seen(source.id, words, whole=True)
    mapping.note_seen(source.id, {(STATUS, "a"): ("", 1), (STATUS, "c"): ("C", 1)})
    assert {key[1]: row.seen_count for key, row in rows(source.id).items()} == {"a": 5, "b": 2, "c": 1}
    mapping.note_seen(source.id, {(STATUS, "a"): ("A", 4)}, whole=True)
    assert {key[1]: (row.label, row.seen_count) for key, row in rows(source.id).items()} == {
        "a": ("A", 4), "b": ("B", 0), "c": ("C", 0),
    }  # fmt: skip


def test_undecided_plan_that_no_record_uses_any_more_is_forgotten_and_a_decided_one_stays() -> None:
    source = make_source()
    mapping.save_mapping(source.id, {(PLAN, "77"): IGNORE})
    mapping.note_seen(source.id, {(PLAN, "78"): ("Rural", 1), (STATUS, "a"): ("", 0)})
    mapping.note_seen(source.id, {(PLAN, "79"): ("Novo", 1)})
    assert {external for _kind, external in rows(source.id)} == {"77", "78", "79", "a"}
    mapping.note_seen(source.id, {(PLAN, "79"): ("Novo", 2)}, whole=True)
    assert {external for _kind, external in rows(source.id)} == {"77", "79", "a"}


def test_words_of_a_wrong_column_are_bounded_and_gone_with_the_next_file() -> None:
    sheet = make_source(kind="spreadsheet")
    mapping.note_seen(sheet.id, {(PLAN, f"Maria {number}"): ("", 1) for number in range(1500)} | {
        (PLAN, "Fibra 600"): ("", 7)})  # fmt: skip
    assert (len(rows(sheet.id)), (PLAN, "Fibra 600") in rows(sheet.id)) == (MOST_WORDS, True)
    mapping.note_seen(sheet.id, {(PLAN, "Fibra 600"): ("", 9)})
    assert {key: row.seen_count for key, row in rows(sheet.id).items()} == {(PLAN, "Fibra 600"): 9}
