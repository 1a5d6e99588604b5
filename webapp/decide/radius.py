"""What a batch takes away: from how many, why, how much money it is about, and whose names to ring up. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

# So many causes are told apart; the rest is one more.
MOST_CAUSES = 6
MOST_EXAMPLES = 5
OTHER = "cause_other"
# Days differ from line to line of one cause; of a cause they are told as a span.
SINCE = "since"
_BETWEEN = "/"


class Line(Protocol):
    """One account, or right, that loses something."""

    @property
    def account_id(self) -> int | None: ...
    @property
    def login(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def cause(self) -> str: ...
    @property
    def cause_params(self) -> Mapping[str, Any]: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def name(self) -> str: ...


@dataclass
class _Group:
    """Lines of one cause.

    Attributes:
        first, last: ISO days, which sort as text.
    """

    code: str
    params: dict[str, Any]
    count: int = 0
    value: Decimal = Decimal(0)
    first: str = ""
    last: str = ""
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: Line, since: str) -> None:
        self.count += 1
        self.value += line.value or Decimal(0)
        if since:
            self.first = min(self.first or since, since)
            self.last = max(self.last, since)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(_example(line))

    @property
    def told(self) -> dict[str, Any]:
        """Values of the cause's words; days from the first to the last, as ISO 8601 writes an interval."""
        span = self.first if self.first == self.last else f"{self.first}{_BETWEEN}{self.last}"
        return {**self.params, **({SINCE: span} if span else {})}


class Radius:
    """Gathers lines one by one, so that a hundred thousand of them need no more room than a few."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Any, ...], _Group] = {}
        self._actions: dict[str, int] = {}
        self._accounts: set[int] = set()

    def add(self, line: Line) -> None:
        """Count one line in."""
        params = dict(line.cause_params)
        since = str(params.pop(SINCE, "") or "")
        key = (line.cause, *sorted((name, str(value)) for name, value in params.items()))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(line.cause, params)
        group.add(line, since)
        self._actions[str(line.action)] = self._actions.get(str(line.action), 0) + 1
        if line.account_id is not None:
            self._accounts.add(line.account_id)

    def as_json(self) -> dict[str, Any]:
        """Return ``count``, ``accounts``, ``actions``, ``value``, ``causes`` (largest first) and ``examples``.

        ``count`` is lines, ``accounts`` subscribers; money is text, R$ per month. Of a cause: ``code`` and ``params``
        (its words, see ``webapp/messages``; ``since`` may be ``first/last``), ``count``, ``percent`` and ``value``.
        """
        groups = self._largest_first()
        count = sum(group.count for group in groups)
        return {
            "count": count,
            "accounts": len(self._accounts),
            "actions": dict(sorted(self._actions.items())),
            "value": _money(sum((group.value for group in groups), Decimal(0))),
            "causes": [_cause(group, count) for group in groups],
            "examples": _spread(groups),
        }

    def _largest_first(self) -> list[_Group]:
        groups = sorted(self._groups.values(), key=lambda one: (-one.count, one.code, str(one.params)))
        first, rest = groups[:MOST_CAUSES], groups[MOST_CAUSES:]
        if len(rest) < 2:
            return groups
        examples = [example for group in rest for example in group.examples][:MOST_EXAMPLES]
        count, value = sum(group.count for group in rest), sum((group.value for group in rest), Decimal(0))
        return [*first, _Group(OTHER, {"causes": len(rest)}, count, value, examples=examples)]


def radius_of(lines: Iterable[Line]) -> dict[str, Any]:
    """Return what these lines take away, as JSON for ``Run.radius``: see ``Radius.as_json``."""
    radius = Radius()
    for line in lines:
        radius.add(line)
    return radius.as_json()


def _cause(group: _Group, count: int) -> dict[str, Any]:
    return {
        "code": group.code, "params": group.told, "count": group.count,
        "percent": round(100 * group.count / count, 1), "value": _money(group.value),
    }  # fmt: skip


def _spread(groups: list[_Group]) -> list[dict[str, Any]]:
    """Return examples of as many causes as there is room for: one of each, then a second of each."""
    found: list[dict[str, Any]] = []
    for place in range(MOST_EXAMPLES):
        found += [group.examples[place] for group in groups if place < len(group.examples)]
    return found[:MOST_EXAMPLES]


def _example(line: Line) -> dict[str, Any]:
    return {
        "account_id": line.account_id, "login": line.login, "name": line.name, "action": str(line.action),
        "code": line.cause, "params": dict(line.cause_params),
        "value": None if line.value is None else _money(line.value),
    }  # fmt: skip


def _money(value: Decimal) -> str:
    return f"{value:.2f}"
