"""Every code that a use case can refuse with has its words."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.messages import ENTRIES, domain

SERVICES = Path(domain.__file__).parents[1] / "services"
FILES = (
    "documents", "customers", "buyers", "sale_checks", "service_store", "plan_sales", "sales", "subscriptions",
    "integrations", "integration_rules", "integration_params", "products", "packages", "plans", "importing",
    "import_rows", "import_file", "recipes", "recipe_texts", "pages_gateways",
    "doctor", "doctor_clock", "doctor_places", "doctor_postgres", "doctor_runs", "doctor_server", "changes",
    "../decide/params", "../decide/credentials",
)  # fmt: skip
MAKERS = {"Problem": 1, "Flaw": 1, "NotFound": 0, "Conflict": 0, "row_problem": 2, "Finding": 2, "get_or_refuse": 2}


def codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = MAKERS.get(node.func.id)
        if place is not None and len(node.args) > place:
            yield from (
                one.value for one in _plain(node.args[place]) if isinstance(one, ast.Constant) and _is_code(one)
            )


def _plain(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a node without the parts of texts that are put together: a part is no code."""
    if isinstance(node, ast.JoinedStr):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from _plain(inner)


def _is_code(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and "_" in node.value


@pytest.mark.parametrize("name", FILES)
def test_every_code_has_words(name: str) -> None:
    assert {code for code in codes(SERVICES / f"{name}.py") if code not in ENTRIES} == set()


def test_codes_are_found_at_all() -> None:
    assert {"login_held", "login_held_own"} <= set(codes(SERVICES / "buyers.py"))


@pytest.mark.parametrize("code", sorted(domain.ENTRIES))
def test_words_can_be_filled_in(code: str) -> None:
    entry = domain.ENTRIES[code]
    for text in (str(entry.cause), str(entry.remedy)):
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() for name in names)
