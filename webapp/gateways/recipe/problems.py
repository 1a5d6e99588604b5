"""What is wrong with a recipe: file, line, key, what was found and what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from webapp.gateways.recipe.positions import Location, positions_of

__all__ = ["Location", "Problems", "RecipeError", "RecipeProblem", "line_of"]

Severity = Literal["problem", "hint"]


@dataclass(frozen=True)
class RecipeProblem:
    """One problem. ``code`` and ``params`` are a message; ``line`` is 0 when it cannot be told.

    ``hint``: the recipe works as it stands; its writer should know.
    """

    file: str
    line: int
    key: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    severity: Severity = "problem"

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
    """Collects problems while a recipe is read, so that all are shown at once.

    Attributes:
        found: what stops the recipe; the same is noted once.
        hints: what does not.
    """

    file: str
    text: str
    found: list[RecipeProblem] = field(default_factory=list)
    hints: list[RecipeProblem] = field(default_factory=list)
    _lines: dict[Location, int] | None = None

    def add(self, location: Location, code: str, **params: Any) -> None:
        """Note a problem at a key, given as its path."""
        _once(self.found, self._problem(location, code, params, "problem"))

    def hint(self, location: Location, code: str, **params: Any) -> None:
        """Note what the writer should know, at a key given as its path."""
        _once(self.hints, self._problem(location, code, params, "hint"))

    def at_line(self, line: int, key: str, code: str, **params: Any) -> None:
        """Note a problem of which only the line is known."""
        self.found.append(RecipeProblem(self.file, line, key or "-", code, params))

    def raise_if_any(self) -> None:
        """Raise what was collected, by line.

        Raises:
            RecipeError: there is at least one problem.
        """
        if self.found:
            raise RecipeError(sorted(self.found, key=lambda problem: problem.line))

    def _problem(self, location: Location, code: str, params: dict[str, Any], severity: Severity) -> RecipeProblem:
        if self._lines is None:
            self._lines = positions_of(self.text)
        key = ".".join(map(str, location)) or "-"
        return RecipeProblem(self.file, _nearest(self._lines, location), key, code, params, severity)


def line_of(text: str, location: Location) -> int:
    """Return the line on which a key, or the nearest table around it, stands; 0 when there is none."""
    return _nearest(positions_of(text), location)


def _nearest(lines: Mapping[Location, int], location: Location) -> int:
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 0


def _once(known: list[RecipeProblem], problem: RecipeProblem) -> None:
    if problem not in known:
        known.append(problem)
