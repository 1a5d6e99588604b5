"""What a verdict is: the answer to why somebody does not watch, and who has the next step. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from webapp.decide.why_facts import Light, Part


class Who(StrEnum):
    """Who has the next step."""

    HUB = "hub"
    HERE = "here"
    ADMIN = "admin"
    SOURCE = "source"
    PLATFORM = "platform"
    CUSTOMER = "customer"
    NOBODY = "nobody"


class Mend(StrEnum):
    """What mends it; the page knows the button, and whom it is for."""

    NONE = ""
    SELL = "sell"
    ADD_SERVICE = "add_service"
    OPEN_PLAN = "open_plan"
    OPEN_PACKAGE = "open_package"
    EDIT_SALE = "edit_sale"
    EDIT_SERVICE = "edit_service"
    EDIT_DATA = "edit_data"
    ENABLE = "enable"
    ASK_SOURCE = "ask_source"
    ORDER = "order"
    SETTLE = "settle"
    TRY_NOW = "try_now"
    RESEND = "resend"
    OPEN_WAY = "open_way"
    OPEN_RULES = "open_rules"
    OBSERVING = "observing"
    OPEN_RUN = "open_run"
    LOOK = "look"


_MOVING = frozenset({"why_being_sent", "why_queued", "why_differs_mending"})


@dataclass(frozen=True)
class Verdict:
    """The answer in one sentence.

    Attributes:
        code: of the sentence in ``messages/why.py``, with ``params``; days and moments are not formatted here.
        part: the link that decides.
        since: since when it is so; None = not known.
        again_at: when the hub acts by itself.
        trouble: code and values of what went wrong, told beside the sentence; empty = nothing more to tell.
        watches: the customer can watch as far as we know; None = nobody knows.
    """

    code: str
    light: Light
    part: Part
    who: Who
    mend: Mend = Mend.NONE
    params: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    again_at: datetime | None = None
    trouble: tuple[str, Mapping[str, Any]] | None = None
    watches: bool | None = False

    @property
    def is_moving(self) -> bool:
        """Tell whether a look at it some seconds later may show something else, with nobody doing anything."""
        return self.code in _MOVING
