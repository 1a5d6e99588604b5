"""What may be declared to Anatel."""

import pytest

from webapp.decide.dici import MEDIUMS, PRODUCT_KINDS, unknown_words


@pytest.mark.parametrize("declared", ["scm", "stfc", "seac"])
def test_known_and_empty_words_are_fine_whatever_is_declared(declared: str) -> None:
    assert not unknown_words(declared, "", "")
    assert not [word for medium in MEDIUMS for word in unknown_words(declared, medium, "")]
    assert not [word for kind in PRODUCT_KINDS for word in unknown_words(declared, "", kind)]


def test_unknown_words_are_named_with_those_that_are_known() -> None:
    first, second = unknown_words("seac", "Fibra", "tv")
    assert (first.field, first.value, first.allowed) == ("medium", "Fibra", MEDIUMS)
    assert (second.field, second.value, second.allowed) == ("product_kind", "tv", PRODUCT_KINDS)


def test_nothing_is_judged_where_nothing_is_declared() -> None:
    assert not unknown_words("none", "pombo", "tv")
