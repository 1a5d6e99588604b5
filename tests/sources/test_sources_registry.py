"""All kinds of sources: their keys, and that what they declare fits the hub."""

import pytest

from webapp.decide.policy import STATUSES
from webapp.messages import ENTRIES, sources_reading
from webapp.sources import wire
from webapp.sources.contract import SourceAbility
from webapp.sources.registry import UnknownSource, all_sources, get_source
from webapp.sources.values import code, money


def test_sources_are_found_by_key_and_an_unknown_key_says_so() -> None:
    assert [source.traits.key for source in all_sources()] == ["hubsoft", "ixc", "sgp", "spreadsheet"]
    assert get_source("ixc").traits.label == "IXC Soft"
    with pytest.raises(UnknownSource, match="mkauth"):
        get_source("mkauth")


@pytest.mark.parametrize("source", all_sources(), ids=lambda source: source.traits.key)
def test_what_a_source_declares_fits_the_hub(source: object) -> None:
    traits = source.traits  # type: ignore[attr-defined]
    assert set(traits.statuses.values()) <= set(STATUSES)
    assert (traits.limits.light_every_s is not None) == traits.can(SourceAbility.CHANGES)
    texts = {str(text) for text in sources_reading.PARAM_TEXTS}
    for spec in traits.params:
        assert {spec.label, spec.help, spec.where, *spec.choice_labels} - {""} <= texts
        assert (spec.kind == "secret") == any(word in spec.name for word in ("secret", "password", "token", "segredo"))


def test_every_failure_on_the_way_has_words_about_a_source() -> None:
    codes = {f"source_{code_}" for code_ in wire.RESTATED}
    assert codes <= ENTRIES.keys()


AMOUNTS = [(89.9, "89.90"), ("10", "10.00"), ("R$ 1.234,56", "1234.56"), ("1234.5", "1234.50"), ("-3", None),
           ("", None), (None, None), (True, None), ("9" * 30, None), ("1.2.3", None)]  # fmt: skip


@pytest.mark.parametrize(("written", "amount"), AMOUNTS)
def test_amounts_are_read_as_they_are_written(written: object, amount: str | None) -> None:
    assert (None if (read := money(written)) is None else str(read)) == amount


@pytest.mark.parametrize(("written", "read"), [(7, "7"), ("007", "007"), (7.0, "7"), (0, ""), ("0", ""), (None, "")])
def test_ids_are_texts_and_0_is_none(written: object, read: str) -> None:
    assert code(written) == read
