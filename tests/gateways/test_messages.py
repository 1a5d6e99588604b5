"""Every failure that a gateway can raise has a cause and a next step in words."""

import ast
from pathlib import Path

import pytest

from webapp.gateways import errors
from webapp.messages import ENTRIES, explain

FOLDER = Path(errors.__file__).parent
# The factories that build an error from a code kept in a variable: their codes stand as plain texts.
NAMES = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"_Broken", "TemplateProblem"}


def codes():
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in NAMES and isinstance(node.args[0].value, str):
                    yield node.args[0].value


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_code_has_cause_and_remedy(code):
    assert str(ENTRIES[code].cause)
    assert str(ENTRIES[code].remedy)


def test_every_reason_of_an_incomplete_listing_has_words():
    source = (FOLDER / "recipe" / "listing.py").read_text("utf-8")
    reasons = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and str(node.value).startswith("listing_")
    }
    assert reasons
    assert reasons <= set(ENTRIES)


@pytest.mark.usefixtures("app")
def test_words_of_the_platform_are_told_apart_from_ours():
    assert str(explain("credentials_refused", {"message": "unknown token"}).cause).endswith(" “unknown token”")
    assert "“" not in str(explain("credentials_refused", {"message": ""}).cause)
