"""Nothing grows until nobody reads it. An exemption says why, and how far it goes."""

import pytest

from tests.conventions.modules import Function, Module, read

FUNCTION_LINES = 60
FILE_LINES = 400
PARAMETERS = 7
LONGER_FILES: dict[str, tuple[int, str]] = {}
LONGER_FUNCTIONS: dict[str, tuple[int, str]] = {}


@pytest.fixture(scope="module")
def modules() -> tuple[Module, ...]:
    return read("webapp") + read("tests") + read("packaging")


def body_lines(function: Function) -> int:
    """Count the lines of a body; a docstring is no work for the reader."""
    first, last = function.body[0], function.body[-1]
    start = first.lineno
    if ast_is_docstring(function) and len(function.body) > 1:
        start = function.body[1].lineno
    return (last.end_lineno or last.lineno) - start + 1


def ast_is_docstring(function: Function) -> bool:
    value = getattr(function.body[0], "value", None)
    return isinstance(getattr(value, "value", None), str)


def parameters(function: Function) -> int:
    arguments = function.args
    names = [item.arg for item in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    return len([name for name in names if name not in ("self", "cls")])


def test_no_file_is_too_long(modules: tuple[Module, ...]) -> None:
    limits = {module: LONGER_FILES.get(module.where, (FILE_LINES, ""))[0] for module in modules}
    lengths = {module: len(module.text.splitlines()) for module in modules}
    assert [f"{module.where}: {lengths[module]}" for module in modules if lengths[module] > limits[module]] == []


def test_no_function_is_too_long(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(function.lineno)} {function.name}: {body_lines(function)}"
        for module in modules
        for function in module.functions
        if body_lines(function) > LONGER_FUNCTIONS.get(f"{module.where}:{function.name}", (FUNCTION_LINES, ""))[0]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_function_takes_too_many_parameters(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(function.lineno)} {function.name}: {parameters(function)}"
        for module in modules
        for function in module.functions
        if not function.name.startswith("test_") and parameters(function) > PARAMETERS
    ]
    assert not wrong, "\n".join(wrong)


def test_every_exemption_is_still_needed(modules: tuple[Module, ...]) -> None:
    lengths = {module.where: len(module.text.splitlines()) for module in modules}
    assert [where for where in LONGER_FILES if lengths.get(where, 0) <= FILE_LINES] == []
