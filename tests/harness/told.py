"""What the hub was told about each subscriber, and when: what it may do follows from that alone."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.machine.model import ABSENT, ACTIVE, LEVELS


@dataclass
class Saying:
    """One thing that was told. ``heard_at`` is when the hub surely knew it; None = nobody knows whether it did."""

    level: str
    said_at: datetime
    heard_at: datetime | None = None


@dataclass
class Told:
    """By service: what was said, in order."""

    sayings: dict[str, list[Saying]] = field(default_factory=lambda: defaultdict(list))

    def say(self, code: str, status: str) -> Saying:
        """Note that the hub is about to be told; ``heard`` says when it answered."""
        saying = Saying(LEVELS[status], datetime.now(UTC))
        self.sayings[code].append(saying)
        return saying

    def heard(self, saying: Saying) -> None:
        """Note that the hub has it."""
        saying.heard_at = datetime.now(UTC)

    def level(self, code: str) -> str:
        """Return what shall stand there now."""
        return self.sayings[code][-1].level if self.sayings[code] else ABSENT

    def may(self, code: str, decided_at: datetime, arrived_at: datetime) -> set[str]:
        """Return the levels that a call may have meant that was decided then and arrived then."""
        sayings = self.sayings[code]
        over = [_heard_before(later, decided_at) for later in sayings[1:]]
        return {
            one.level
            for one, superseded in zip(sayings, [*over, False], strict=True)
            if one.said_at <= arrived_at and not superseded
        }

    def losses(self, code: str, until: datetime) -> int:
        """Return how often it was told until then that somebody shall have less than everything."""
        return sum(one.level != ACTIVE for one in self.sayings[code] if one.said_at <= until)


def _heard_before(saying: Saying, moment: datetime) -> bool:
    return saying.heard_at is not None and saying.heard_at < moment
