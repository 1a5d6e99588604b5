"""What a check of the chain found."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.services.chain.store import Head

# A row says something else; a row is gone; one was put in afterwards; links stand in another order; the one before was
# removed, or this one rewritten; the end is missing; the whole is another one than was seen before; the database was
# told to let everybody change the history.
CHANGED, REMOVED, INSERTED, REORDERED, BROKEN, CUT, REPLACED, OPEN = FAULTS = (
    "changed", "removed", "inserted", "reordered", "broken", "cut", "replaced", "open",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong.

    Attributes:
        place: in the chain.
        row_kind, row_id: the row of the history; empty and 0 where none can be named.
    """

    what: str
    place: int
    row_kind: str = ""
    row_id: int = 0

    @property
    def code(self) -> str:
        """Key of ``webapp/messages``; ``params`` are its values."""
        return f"chain_{self.what}"

    @property
    def params(self) -> dict[str, Any]:
        return {"place": self.place, "kind": self.row_kind, "id": self.row_id}


@dataclass
class Report:
    """What a check of the whole chain found; figures of what was looked at before it stopped.

    Attributes:
        links: links that hold.
        erased: rows among them whose content went lawfully.
        pruned: rows among them that went lawfully.
        begins: place of the last link that was taken away because its time was over; 0 = none was.
        waiting: rows that are not linked yet: a change to them would not show.
        head: the end of the chain.
    """

    at: datetime
    first: Fault | None = None
    links: int = 0
    erased: int = 0
    pruned: int = 0
    begins: int = 0
    waiting: int = 0
    head: Head = field(default_factory=Head)

    @property
    def ok(self) -> bool:
        return self.first is None
