"""One page in one state: a line of the catalogue in ``pages.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.models.operator import ADMIN

# Roles of nobody: who is not signed in, and who comes before there is any operator.
STRANGER, FIRST = "", "first"


@dataclass(frozen=True)
class Place:
    """One page in one state.

    Attributes:
        name: the picture's name; unique.
        address: path and query, with names of ``states.States`` in braces.
        table: id of the part that htmx fetches from the same address; empty where there is none.
        data: what is posted to get there; None for a page that is opened.
        status: what it answers with.
        role: whose page it is, or ``STRANGER``, or ``FIRST``.
    """

    name: str
    address: str
    table: str = ""
    data: Mapping[str, str] | None = None
    status: int = 200
    role: str = ADMIN

    @property
    def of_one_thing(self) -> bool:
        """Whether the path itself names a thing, so that it can be unknown."""
        return "{" in self.address.partition("?")[0]
