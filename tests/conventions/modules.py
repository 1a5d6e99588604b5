"""The program's own source as syntax trees: what each module imports, defines and calls."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name; ``module`` is absolute, ``name`` empty for ``import module``."""

    module: str
    name: str
    line: int
    function: str

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class Module:
    """One file. ``name`` is dotted, without ``.__init__``."""

    path: Path
    name: str
    text: str

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree, ""))

    @property
    def functions(self) -> Iterator[Function]:
        """All functions and methods, those inside others included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, line: int) -> str:
        return f"{self.where}:{line}"


@cache
def read(folder: str) -> tuple[Module, ...]:
    """Return the modules below a folder of the project. Migrations are records of the past, so they stay out."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple(_module(path) for path in paths if "versions" not in path.parts)


def _module(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(path, name, path.read_text(encoding="utf-8"))


def _imports(node: ast.AST, function: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, "", child.lineno, function) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = "." * child.level + (child.module or "")
            yield from (Import(module, alias.name, child.lineno, function) for alias in child.names)
        else:
            yield from _imports(child, child.name if isinstance(child, Function) else function)
