"""What code weighs in memory and nobody reads there: docstrings, and the types that libraries note beside arguments.

``assert`` stays: optimising with ``-OO`` would take it away, and libraries rely on it; only one that insists on a
docstring goes with it. Our own docstrings stay where people read them: commands show them as help, operations of the
API as their description.
"""

import ast
from pathlib import Path
from types import CodeType

READ = ("webapp.cli", "webapp.commands", "webapp.api")
# Of these libraries nothing asks at run time which types the arguments of its own functions have.
UNTYPED = (
    "sqlalchemy",
    "werkzeug",
    "flask",
    "jinja2",
    "urllib3",
    "click",
    "alembic",
    "limits",
    "markdown_it",
    "webauthn",
)
_HAS_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def lean(name: str, path: Path) -> CodeType:
    """Return a module as code that does the same and is smaller.

    Args:
        name: dotted.
        path: of its source.
    """
    tree: ast.Module = _Unasked().visit(ast.parse(path.read_bytes(), str(path)))
    for node in ast.walk(tree):
        if isinstance(node, _HAS_DOCSTRING) and not _within(name, READ):
            _drop_docstring(node)
        if isinstance(node, _FUNCTION) and _within(name, UNTYPED):
            _drop_types(node)
    return compile(tree, str(path), "exec", dont_inherit=True, optimize=0)


class _Unasked(ast.NodeTransformer):
    """Takes away that somebody insists on a docstring."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node) if "__doc__" in ast.unparse(node.test) else node


def _within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    if ast.get_docstring(node, clean=False) is None:
        return
    first = node.body.pop(0)
    if not node.body:
        node.body.append(ast.copy_location(ast.Pass(), first))


def _drop_types(node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    given = node.args
    node.returns = None
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if argument is not None:
            argument.annotation = None
