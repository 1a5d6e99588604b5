"""Every module says what belongs in it; every public thing of the inner layers says what it does."""

import ast
from collections.abc import Iterator

from tests.conventions.modules import Function, Module, read

INNER = ("webapp.gateways", "webapp.decide", "webapp.services")
Documented = ast.Module | ast.ClassDef | Function


def lacks(node: Documented) -> bool:
    return not (ast.get_docstring(node) or "").strip()


def public(name: str) -> bool:
    return not name.startswith("_")


def public_functions(module: Module) -> Iterator[Function]:
    """Functions of the module and methods of its public classes. A property is read like an attribute."""
    for node in module.tree.body:
        if isinstance(node, Function) and public(node.name):
            yield node
        if isinstance(node, ast.ClassDef) and public(node.name):
            yield from (item for item in node.body if isinstance(item, Function) and _is_method(item))


def _is_method(function: Function) -> bool:
    decorators = {ast.unparse(decorator) for decorator in function.decorator_list}
    return public(function.name) and not decorators & {"property", "cached_property", "overload"}


def test_every_module_has_a_docstring() -> None:
    modules = [module for module in read("webapp") + read("tests") if module.text.strip()]
    assert [module.where for module in modules if lacks(module.tree)] == []


def test_every_public_class_has_a_docstring() -> None:
    wrong = [
        f"{module.at(node.lineno)} {node.name}"
        for module in read("webapp")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and public(node.name) and lacks(node)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_public_function_of_the_inner_layers_has_a_docstring() -> None:
    wrong = [
        f"{module.at(function.lineno)} {function.name}"
        for module in read("webapp")
        if module.name.startswith(INNER)
        for function in public_functions(module)
        if lacks(function)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_public_function_is_fully_annotated() -> None:
    wrong = [
        f"{module.at(function.lineno)} {function.name}"
        for module in read("webapp")
        for function in public_functions(module)
        if function.returns is None
        or any(item.annotation is None for item in function.args.args if item.arg not in ("self", "cls"))
    ]
    assert not wrong, "\n".join(wrong)
