"""The list of what is left out on PostgreSQL is true: each line names a test, and says why."""

import re

import pytest

from tests.database.only_sqlite import ONLY_SQLITE, reason_of
from tests.fixtures.order import ROOT

# So many of about four thousand; whoever adds one thinks twice.
MOST = 60


@pytest.mark.parametrize("name", sorted(ONLY_SQLITE))
def test_what_is_left_out_is_there_and_has_a_reason(name: str) -> None:
    file, _, test = name.partition("::")
    text = (ROOT / file).read_text("utf-8")
    test, _, value = test.partition("[")
    assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE)
    assert f'"{value[:-1]}"' in text or not value
    assert len(ONLY_SQLITE[name]) > 30


def test_a_test_with_values_is_left_out_by_its_name_and_another_one_is_not() -> None:
    name = next(name for name in ONLY_SQLITE if "::" in name)
    assert reason_of(f"tests/{name}[one-two]") == ONLY_SQLITE[name]
    assert reason_of(f"tests/{name}_else") == ""
    assert len(ONLY_SQLITE) <= MOST
