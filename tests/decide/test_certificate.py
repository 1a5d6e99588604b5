"""What is wrong with a reading of a source, and what it forbids: the cases D1 to D20, and each threshold."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.decide.builders import NOW
from webapp.decide import certificate as c
from webapp.decide.certificate import Before, Certificate, Compared, Effect, Finding, Reading, certify
from webapp.messages import ENTRIES, explain

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATUSES = {"servico_habilitado": 80, "suspenso_debito": 10, "cancelado": 10}
GOOD = Reading(
    c.FULL, complete=True, pages=5, rows=100, records=100, distinct=100, first_total=100, last_total=100,
    served_age_s=3.0, newest_registered=NOW, newest_changed=NOW, highest_id=5000,
)  # fmt: skip
LAST = Before(100, 100, STATUSES, NOW - HOUR, NOW - HOUR, 4990)
SAME = Compared(known=100, matched=100, contacts_of=95, statuses=STATUSES, ends_of=50, live=90, paying=80)
# A reading of a provider with eight subscribers.
TINY = replace(GOOD, rows=8, records=8, distinct=8, first_total=8, last_total=8)
TINY_LAST = replace(LAST, rows=8, records=8, statuses={"servico_habilitado": 8})
TINY_SAME = Compared(known=8, matched=8, contacts_of=8, statuses={"servico_habilitado": 8}, live=8, paying=8)


def read(**changes: Any) -> Reading:
    return replace(GOOD, **changes)


def showed(**changes: Any) -> Compared:
    return replace(SAME, **changes)


def codes(found: Certificate) -> set[str]:
    return {finding.code for finding in found.findings}


def only(found: Certificate) -> Finding:
    assert len(found.findings) == 1, codes(found)
    return found.findings[0]


def test_good_reading_has_no_finding_and_is_a_base() -> None:
    found = certify(GOOD, LAST, SAME)
    assert (found.findings, found.clean, found.base) == ((), True, True)
    assert all(found.allows(effect) for effect in Effect)


CASES = {
    "D1 D2 nobody": (read(records=0, rows=0, distinct=0, first_total=0, last_total=0), showed(matched=0, absent=100,
                     statuses={}, contacts_of=0), "reading_empty"),
    "D3 D4 not understood": (read(complete=False, error_code="source_html", records=0, rows=0, distinct=0),
                             showed(matched=0, statuses={}), "reading_incomplete"),
    "D5 a page missing": (read(rows=80, records=80, distinct=80), showed(matched=80, absent=20), "totals_disagree"),
    "D6 round in a circle": (read(repeated_page=1), SAME, "page_repeated"),
    "D7 cached, as it says": (read(served_age_s=7200.0), SAME, "reading_stale"),
    "D7 cached, as single looks say": (GOOD, showed(contradicted=1), "reading_older"),
    "D7 the same first page": (read(same_first_page=True), showed(contradicted=1), "reading_copied"),
    "D7 D14 older than before": (read(newest_changed=NOW - DAY), SAME, "reading_went_back"),
    "D8 shown twice": (read(distinct=99), SAME, "rows_shifted"),
    "D9 without status": (GOOD, showed(statuses={}, unknown_words={"": 100}), "status_words_unknown"),
    "D10 all suspended": (GOOD, showed(statuses={"suspenso_debito": 90, "cancelado": 10}), "nobody_pays"),
    "D11 a new word": (GOOD, showed(unknown_words={"novo": 30}), "status_words_unknown"),
    "D12 other ids": (GOOD, showed(matched=0, absent=100, new=100, moved=100), "another_provider"),
    "D12 customers numbered anew": (GOOD, showed(reowned=100), "owners_changed"),
    "D12 D17 nobody fits": (GOOD, showed(judged=100, refused=100), "records_refused"),
    "D13 other people, own ids": (GOOD, showed(matched=0, absent=100, new=60), "another_provider"),
    "D13 other people, our ids": (GOOD, showed(contacts_changed={"name": 94, "document": 95, "email": 90}),
                                  "other_people"),
    "D14 backup of three weeks ago": (read(newest_registered=NOW - 21 * DAY), SAME, "reading_went_back"),
    "D14 ids of before": (read(highest_id=4900), SAME, "ids_went_back"),
    "D15 ended ones hidden": (read(rows=90, records=90, distinct=90, first_total=90, last_total=90),
                              showed(matched=90, absent=10, statuses={"servico_habilitado": 80, "suspenso_debito": 10}),
                              "ended_hidden"),
    "D16 half of it": (read(rows=51, records=51, distinct=51, first_total=51, last_total=51),
                       showed(matched=51, absent=49), "reading_shrunken"),
    "D17 swapped columns": (GOOD, showed(contacts_changed={"email": 95, "phone": 95}), "contacts_changed"),
    "D17 what cannot be one": (GOOD, showed(contacts_invalid={"document": 51}), "contacts_invalid"),
    "D18 ends a day earlier": (GOOD, showed(earlier_ends={1: 11}), "dates_shifted"),
    "D19 clock ahead": (read(clock_ahead_s=40 * 86_400.0), SAME, "clock_ahead"),
    "D20 down": (read(complete=False, error_code="source_unreachable", pages=0, records=0, rows=0, distinct=0),
                 showed(matched=0, statuses={}), "reading_incomplete"),
}  # fmt: skip


@pytest.mark.parametrize(("reading", "compared", "code"), CASES.values(), ids=CASES)
def test_case_takes_nothing_from_anybody_and_says_why(reading: Reading, compared: Compared, code: str) -> None:
    found = certify(reading, LAST, compared)
    assert code in codes(found)
    assert not found.allows(Effect.NO_NEGATIVE)
    finding = next(one for one in found.findings if one.code == code)
    words = explain(code, finding.params)
    assert words.remedy
    assert "(" not in words.cause, f"a figure is missing: {words.cause}"


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ({"rows": 90, "records": 90, "distinct": 90, "first_total": 90, "last_total": 90},
         {"rows": 89, "records": 89, "distinct": 89, "first_total": 89, "last_total": 89}, "reading_shrunken"),
        ({"served_age_s": 3600.0}, {"served_age_s": 3601.0}, "reading_stale"),
        ({"clock_ahead_s": 86_400.0}, {"clock_ahead_s": 86_401.0}, "clock_ahead"),
        ({"newest_changed": NOW - 2 * HOUR}, {"newest_changed": NOW - 2 * HOUR - DAY}, "reading_went_back"),
        ({"newest_registered": NOW - 2 * HOUR},
         {"newest_registered": NOW - 2 * HOUR - timedelta(seconds=1)}, "reading_went_back"),
        ({"highest_id": 4985}, {"highest_id": 4984}, "ids_went_back"),
        ({"flawed": 20}, {"flawed": 21}, "records_flawed"),
        ({"distinct": 100}, {"distinct": 99}, "rows_shifted"),
        ({"last_total": 100}, {"last_total": 101}, "totals_disagree"),
    ],
)  # fmt: skip
def test_reading_is_held_from_its_threshold_on(good: dict[str, Any], bad: dict[str, Any], code: str) -> None:
    assert certify(read(**good), LAST, SAME).clean
    assert code in codes(certify(read(**bad), LAST, SAME))


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ({"unknown_words": {"x": 5}}, {"unknown_words": {"x": 6}}, "status_words_unknown"),
        ({"statuses": {"servico_habilitado": 60, "suspenso_debito": 30, "cancelado": 10}},
         {"statuses": {"servico_habilitado": 59, "suspenso_debito": 31, "cancelado": 10}}, "paying_fell"),
        ({"statuses": {**STATUSES, "cancelado": 1}}, {"statuses": {**STATUSES, "cancelado": 0}}, "ended_hidden"),
        ({"moved": 2, "new": 2}, {"moved": 3, "new": 3}, "identity_changed"),
        ({"reowned": 20}, {"reowned": 21}, "owners_changed"),
        ({"judged": 100, "refused": 20}, {"judged": 100, "refused": 21}, "records_refused"),
        ({"judged": 4, "refused": 4}, {"judged": 5, "refused": 5}, "records_refused"),
        ({"matched": 50, "new": 50}, {"matched": 49, "new": 51}, "another_provider"),
        ({"matched": 40, "new": 10}, {"matched": 40, "new": 11}, "another_provider"),
        ({"contacts_changed": {"phone": 19}}, {"contacts_changed": {"phone": 20}}, "contacts_changed"),
        ({"contacts_invalid": {"email": 50}}, {"contacts_invalid": {"email": 51}}, "contacts_invalid"),
        ({"earlier_ends": {1: 10, 2: 9}}, {"earlier_ends": {1: 11, 2: 9}}, "dates_shifted"),
    ],
)  # fmt: skip
def test_comparison_is_held_from_its_threshold_on(good: dict[str, Any], bad: dict[str, Any], code: str) -> None:
    assert certify(GOOD, LAST, showed(**good)).clean
    found = certify(GOOD, LAST, showed(**bad))
    assert (codes(found), found.clean) == ({code}, False)


@pytest.mark.parametrize(
    ("compared", "clean"),
    [
        ({"statuses": {"servico_habilitado": 5, "suspenso_debito": 3}}, True),
        ({"statuses": {"servico_habilitado": 4, "suspenso_debito": 4}}, True),
        ({"statuses": {"servico_habilitado": 3, "suspenso_debito": 5}}, False),
        ({"matched": 7, "absent": 1, "new": 2}, True),
        ({"matched": 6, "absent": 2, "new": 2}, True),
        ({"matched": 5, "absent": 3, "new": 2}, False),
        ({"moved": 1, "new": 1}, True),
        ({"moved": 2, "new": 2}, False),
        ({"contacts_changed": {"email": 4}}, True),
        ({"contacts_changed": {"email": 5}}, False),
        ({"earlier_ends": {1: 2}, "ends_of": 3}, True),
        ({"earlier_ends": {1: 3}, "ends_of": 8}, False),
    ],
)
def test_tiny_provider_is_not_nagged_and_not_less_safe(compared: dict[str, Any], clean: bool) -> None:
    assert certify(TINY, TINY_LAST, replace(TINY_SAME, **compared)).clean is clean


def test_tiny_provider_may_lose_a_record_but_not_two() -> None:
    def shown(count: int) -> Reading:
        figures = ("rows", "records", "distinct", "first_total", "last_total")
        return replace(TINY, **dict.fromkeys(figures, count))

    assert certify(shown(7), TINY_LAST, replace(TINY_SAME, matched=7, absent=1)).clean
    assert codes(certify(shown(6), TINY_LAST, replace(TINY_SAME, matched=6, absent=2))) == {"reading_shrunken"}


def test_reading_that_names_an_error_takes_nothing_even_if_it_calls_itself_whole() -> None:
    assert only(certify(read(error_code="source_connection_lost"), LAST, SAME)).code == "reading_incomplete"


def test_few_records_that_cannot_be_understood_are_no_alarm() -> None:
    assert certify(replace(TINY, flawed=4), TINY_LAST, TINY_SAME).clean
    assert codes(certify(replace(TINY, flawed=5), TINY_LAST, TINY_SAME)) == {"records_flawed"}


def test_two_contacts_that_change_and_four_that_cannot_be_are_no_column_in_the_wrong_place() -> None:
    assert certify(TINY, TINY_LAST, replace(TINY_SAME, contacts_of=3, contacts_changed={"email": 2})).clean
    assert not certify(TINY, TINY_LAST, replace(TINY_SAME, contacts_of=3, contacts_changed={"email": 3})).clean
    seven = replace(TINY, rows=7, records=7, distinct=7, first_total=7, last_total=7)
    assert certify(seven, TINY_LAST, replace(TINY_SAME, contacts_invalid={"email": 4})).clean
    assert not certify(seven, TINY_LAST, replace(TINY_SAME, contacts_invalid={"email": 5})).clean


def test_base_of_a_few_is_another_providers_when_none_of_them_is_shown() -> None:
    few = Compared(known=4, matched=1, absent=3, new=9)
    assert "another_provider" not in codes(certify(GOOD, LAST, few))
    assert "another_provider" in codes(certify(GOOD, LAST, replace(few, matched=0, absent=4)))


def test_reading_that_lacks_people_and_brings_none_is_no_other_provider_and_still_gives_its_positives() -> None:
    shown = read(rows=30, records=30, distinct=30, first_total=30, last_total=30)
    found = certify(shown, LAST, showed(matched=30, absent=70, new=1))
    assert codes(found) == {"reading_shrunken"}
    assert found.allows(Effect.NO_CREATE)


def test_broken_reading_of_another_provider_makes_nothing_new() -> None:
    found = certify(read(complete=False, records=20, rows=20, distinct=20), LAST, showed(matched=2, new=18))
    assert not found.allows(Effect.NO_CREATE)
    half = certify(read(complete=False, records=20, rows=20, distinct=20), LAST, showed(matched=15, new=5))
    assert half.allows(Effect.NO_CREATE)


def test_total_that_moved_while_everything_was_read_is_only_noted() -> None:
    finding = only(certify(read(first_total=99), LAST, SAME))
    assert (finding.code, finding.effects) == ("total_moved", frozenset({Effect.NOTE}))


def test_few_that_ended_may_vanish_and_five_may_not() -> None:
    without = showed(statuses={"servico_habilitado": 80, "suspenso_debito": 10})
    assert certify(GOOD, replace(LAST, statuses={**STATUSES, "cancelado": 4}), without).clean
    assert only(certify(GOOD, replace(LAST, statuses={**STATUSES, "cancelado": 5}), without)).code == "ended_hidden"


def test_first_reading_takes_nothing_but_is_what_the_next_is_measured_by() -> None:
    found = certify(GOOD, None, SAME)
    assert only(found).code == "first_reading"
    assert (found.allows(Effect.NO_NEGATIVE), found.allows(Effect.NO_CREATE), found.base) == (False, True, True)
    assert not certify(read(complete=False), None, SAME).base


def test_reading_with_all_suspended_is_never_a_base_not_even_the_first() -> None:
    assert not certify(GOOD, None, showed(statuses={"suspenso_debito": 5})).base


@pytest.mark.parametrize("mode", [c.LIGHT, c.HINT, c.FILE])
def test_part_of_a_base_is_not_measured_as_a_whole(mode: str) -> None:
    part = replace(GOOD, mode=mode, rows=3, records=3, distinct=2, first_total=None, last_total=None, highest_id=1)
    suspended = {"suspenso_debito": 3}
    assert certify(part, None, Compared(known=100, matched=3, statuses=suspended, paying=80, stops=3)).clean


@pytest.mark.parametrize("mode", [c.LIGHT, c.HINT, c.FILE])
def test_part_of_a_base_may_not_stop_half_of_those_who_pay(mode: str) -> None:
    part = replace(GOOD, mode=mode)
    assert certify(part, None, Compared(paying=5, stops=2)).clean
    assert only(certify(part, None, Compared(paying=5, stops=3))).code == "many_stop"
    assert certify(part, None, Compared(paying=4, stops=4)).clean


@pytest.mark.parametrize(
    "changes",
    [
        {"contacts_changed": {"email": 50}}, {"unknown_words": {"x": 50}}, {"earlier_ends": {1: 30}},
        {"contacts_invalid": {"document": 90}}, {"contacts_changed": {"name": 50, "document": 50}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", [c.LIGHT, c.HINT, c.FILE])
def test_what_a_part_says_of_those_whom_it_shows_is_asked_all_the_same(mode: str, changes: dict[str, Any]) -> None:
    assert not certify(replace(GOOD, mode=mode), None, showed(**changes)).allows(Effect.NO_NEGATIVE)


def test_file_with_other_services_of_known_customers_is_admitted_and_one_of_the_same_people_is_not() -> None:
    file = replace(GOOD, mode=c.FILE)
    assert certify(file, None, showed(moved=50, new=50)).clean
    assert only(certify(file, None, showed(moved=51, new=51))).code == "identity_changed"
    assert certify(replace(file, records=2), None, showed(moved=2, new=2)).clean
    assert not certify(replace(file, records=4), None, showed(moved=3, new=3)).clean


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("D13 other people, our ids", set(Effect) - {Effect.NOTE}),
        ("D17 swapped columns", {Effect.NO_NEGATIVE, Effect.NO_CONTACT, Effect.NOTHING}),
        ("D17 what cannot be one", {Effect.NO_NEGATIVE, Effect.NO_CONTACT, Effect.NO_CREATE, Effect.NOTHING}),
        ("D16 half of it", {Effect.NO_NEGATIVE, Effect.NOTHING}),
    ],
)
def test_finding_forbids_what_it_is_about(code: str, forbidden: set[Effect]) -> None:
    reading, compared, _code = CASES[code]
    found = certify(reading, LAST, compared)
    assert {effect for effect in Effect if not found.allows(effect)} >= forbidden - {Effect.NOTHING}
    assert found.allows(Effect.NO_CREATE) is (Effect.NO_CREATE not in forbidden)
    assert found.allows(Effect.NO_CONTACT) is (Effect.NO_CONTACT not in forbidden)
    assert found.allows(Effect.NOTHING) is (code != "D13 other people, our ids")


def test_person_may_accept_what_can_be_real_and_nothing_that_was_read_badly() -> None:
    shrunken = certify(read(rows=80, records=80, distinct=80, first_total=80, last_total=80), LAST, SAME)
    broken = certify(read(complete=False, records=80, rows=80, distinct=80), LAST, SAME)
    assert (c.acceptable(shrunken), c.acceptable(broken), c.acceptable(certify(GOOD, LAST, SAME))) == (
        True,
        False,
        False,
    )
    assert not c.acceptable(certify(GOOD, LAST, showed(moved=50, new=50)))
    assert not c.acceptable(certify(GOOD, None, SAME)), "the first is a base by itself"


def test_accepted_change_of_contacts_is_noted_from_then_on_and_other_findings_still_hold() -> None:
    many = showed(contacts_changed={"phone": 90})
    assert certify(GOOD, LAST, many, {"contacts_changed"}).clean
    assert not certify(GOOD, LAST, showed(moved=50, new=50), {"identity_changed"}).clean
    assert not certify(read(rows=80, records=80, distinct=80), LAST, SAME, {"reading_shrunken"}).clean


def test_what_is_wrong_with_the_source_stands_for_single_looks_and_what_is_wrong_with_its_list_does_not() -> None:
    stands = {name: c.standing(certify(reading, LAST, compared)) for name, (reading, compared, _) in CASES.items()}
    assert not stands["D13 other people, our ids"].allows(Effect.NOTHING)
    assert not stands["D17 swapped columns"].allows(Effect.NO_CONTACT)
    for name in ("D10 all suspended", "D19 clock ahead", "D14 backup of three weeks ago"):
        assert not stands[name].allows(Effect.NO_NEGATIVE)
    for name in ("D5 a page missing", "D6 round in a circle", "D16 half of it", "D20 down", "D11 a new word"):
        assert stands[name].clean


def test_second_looks_that_contradict_stop_further_negatives() -> None:
    found = certify(GOOD, LAST, SAME).plus(c.contradicted(30, 2))
    assert (found.allows(Effect.NO_NEGATIVE), found.base) == (False, False)
    assert explain(found.findings[0].code, found.findings[0].params).cause.endswith("2 of 30 services.")


def test_certificate_and_base_survive_json() -> None:
    found = certify(read(served_age_s=9e3), LAST, showed(contacts_changed={"email": 95}))
    assert c.load(json.loads(json.dumps({**c.dump(found), "other": 1}))) == found
    base = c.base_of(GOOD, SAME)
    assert c.load_base(json.loads(json.dumps(c.dump_base(base)))) == base
    assert c.load_base(c.dump_base(c.base_of(Reading(c.FULL, True), Compared()))) == Before(0, 0)
    assert c.load({}) == Certificate()


def test_every_finding_has_words() -> None:
    made = {finding.code for reading, compared, _code in CASES.values()
            for finding in certify(reading, LAST, compared).findings}  # fmt: skip
    assert made <= ENTRIES.keys()


@pytest.mark.parametrize("mode", [c.LIGHT, c.HINT, c.FILE])
def test_a_few_that_fit_nobody_say_nothing_of_a_round_of_single_looks(mode: str) -> None:
    found = certify(Reading(mode, complete=True, records=6), None, showed(judged=6, refused=5, matched=6, reowned=5))
    assert codes(found) == ({"records_refused", "owners_changed"} if mode == c.FILE else set())


def test_services_that_stay_with_their_customers_are_accepted_once_for_as_long_as_they_are_shown() -> None:
    held = certify(GOOD, LAST, showed(reowned=100))
    assert (c.acceptable(held), c.lasting(held)) == (True, ())
    noted = certify(GOOD, LAST, showed(reowned=100), {"owners_changed"})
    assert (noted.clean, c.lasting(noted)) == (True, ("owners_changed",))
    assert c.lasting(certify(GOOD, LAST, SAME, {"owners_changed"})) == ()
