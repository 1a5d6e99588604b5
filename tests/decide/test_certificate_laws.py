"""What no certificate may ever allow, whatever was read."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.decide import certificate as c
from webapp.decide.certificate import Before, Compared, Effect, Reading, certify

DAY = timedelta(days=1)
STATUSES = ("servico_habilitado", "suspenso_debito", "cancelado")
counts = st.integers(0, 200)
readings = st.builds(
    Reading, st.sampled_from([c.FULL, c.LIGHT, c.HINT, c.FILE]), st.booleans(), rows=counts, records=counts,
    distinct=counts, pages=counts, first_total=st.none() | counts, last_total=st.none() | counts, flawed=counts,
    repeated_page=st.none() | counts, served_age_s=st.none() | st.floats(0, 1e6), clock_ahead_s=st.floats(0, 1e6),
    highest_id=st.none() | counts,
)  # fmt: skip
fields = st.dictionaries(st.sampled_from(["name", "document", "email", "phone"]), counts)
statuses = st.dictionaries(st.sampled_from(STATUSES), counts)
comparisons = st.builds(
    Compared, known=counts, matched=counts, new=counts, absent=counts, moved=counts, contacts_changed=fields,
    contacts_of=counts, contacts_invalid=fields, statuses=statuses, ends_of=counts, paying=counts, stops=counts,
    unknown_words=st.dictionaries(st.text(max_size=3), counts, max_size=3), contradicted=counts,
    judged=counts, refused=counts, reowned=counts,
    earlier_ends=st.dictionaries(st.integers(1, 9), counts, max_size=3),
)  # fmt: skip
bases = st.none() | st.builds(Before, counts, counts, statuses, highest_id=st.none() | counts)


@given(readings, bases, comparisons)
def test_nothing_negative_is_allowed_by_a_reading_that_is_not_whole_sound_and_measured(
    reading: Reading, before: Before | None, compared: Compared
) -> None:
    found = certify(reading, before, compared)
    if (
        not reading.complete
        or reading.clock_ahead_s > DAY.total_seconds()
        or (reading.whole and _unsound(reading, before))
    ):
        assert not found.allows(Effect.NO_NEGATIVE)


@given(readings, bases, comparisons)
def test_only_a_finding_about_other_people_withholds_everything(
    reading: Reading, before: Before | None, compared: Compared
) -> None:
    found = certify(reading, before, compared)
    assert found.allows(Effect.NOTHING) is not bool(
        {one.code for one in found.findings} & {"another_provider", "other_people"}
    )
    makes_none = {"another_provider", "other_people", "identity_changed", "owners_changed", "contacts_invalid"}
    assert found.allows(Effect.NO_CREATE) is not bool({one.code for one in found.causes} & makes_none)


@given(readings, bases, comparisons, counts, counts)
def test_worse_figures_never_allow_more(
    reading: Reading, before: Before | None, compared: Compared, more: int, longer: int
) -> None:
    found = certify(reading, before, compared)
    worse = replace(reading, complete=False, clock_ahead_s=reading.clock_ahead_s + longer, flawed=reading.flawed + more)
    changed = {name: count + more for name, count in compared.contacts_changed.items()}
    after = certify(worse, before, replace(compared, contacts_changed=changed, stops=compared.stops + more,
                                           contradicted=compared.contradicted + more))  # fmt: skip
    for effect in (Effect.NO_NEGATIVE, Effect.NO_CONTACT):
        assert found.allows(effect) or not after.allows(effect)


@given(readings, bases, comparisons)
def test_what_is_a_base_forbids_at_most_negatives(reading: Reading, before: Before | None, compared: Compared) -> None:
    found = certify(reading, before, compared)
    if found.base:
        assert found.allows(Effect.NO_CREATE)
        assert found.allows(Effect.NO_CONTACT)
        assert reading.complete


def _unsound(reading: Reading, before: Before | None) -> bool:
    total = reading.first_total if reading.last_total is None else reading.last_total
    return (
        before is None
        or not reading.records
        or reading.repeated_page is not None
        or reading.distinct < reading.records
        or (total is not None and total != reading.rows)
        or (before.records - reading.records > 1 and reading.records < before.records * 0.9)
    )
