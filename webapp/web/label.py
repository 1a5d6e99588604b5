"""What a state looks like on a screen."""

from typing import Any, NamedTuple


class Label(NamedTuple):
    """What a badge says, in which of Tabler's colours, with which icon."""

    text: Any
    colour: str = "secondary"
    icon: str = ""
