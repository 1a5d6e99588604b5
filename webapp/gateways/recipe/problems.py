"""What is wrong with a recipe: file, line, key, what was found and what is allowed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Location = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}")
_KEY = re.compile(r"^\s*([\w\"'.-]+)\s*=")


@dataclass(frozen=True)
class RecipeProblem:
    """One problem. ``code`` and ``params`` are a message; ``line`` is 0 when it cannot be told."""

    file: str
    line: int
    key: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        details = ", ".join(f"{name}: {value}" for name, value in self.params.items())
        return f"{self.file}:{self.line}: {self.key}: {self.code} ({details})"


class RecipeError(Exception):
    """A recipe that cannot be used; show every problem, keep the former recipe."""

    def __init__(self, problems: Iterable[RecipeProblem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class Problems:
    """Collects problems while a recipe is read, so that all are shown at once."""

    file: str
    text: str
    found: list[RecipeProblem] = field(default_factory=list)

    def add(self, location: Location, code: str, **params: Any) -> None:
        """Note a problem at a key, given as its path."""
        key = ".".join(map(str, location)) or "-"
        self.found.append(RecipeProblem(self.file, line_of(self.text, location), key, code, params))

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            RecipeError: there is at least one problem.
        """
        if self.found:
            raise RecipeError(self.found)


def line_of(text: str, location: Location) -> int:
    """Return the line on which a key, or the nearest table around it, stands; 0 when there is none.

    TOML readers of the standard library tell no positions, so the text is searched.
    """
    wanted = [str(part) for part in location if not isinstance(part, int)]
    best, best_depth = 0, 0
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        header, entry = _TABLE.match(line), _KEY.match(line)
        if header:
            table = _split(header.group(1))
        path = table if header else [*table, *_split(entry.group(1))] if entry else []
        depth = _depth(path, wanted, inline=line)
        if depth > best_depth:
            best, best_depth = number, depth
    return best


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _depth(path: list[str], wanted: list[str], inline: str) -> int:
    """Return how many parts of the wanted path a line reaches; inline tables count by their names."""
    if not path or path != wanted[: len(path)]:
        return 0
    depth = len(path)
    for part in wanted[depth:]:
        if not re.search(rf"[{{,\s]{re.escape(part)}\s*=", inline):
            break
        depth += 1
    return depth
