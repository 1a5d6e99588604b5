"""An account goes over to another holder or another e-mail, step by step: made anew, looked at, then the old ended."""

from webapp.services.guided_moves.advancing import advance, advance_due
from webapp.services.guided_moves.asking import Gap, MoveOrder, Scheme, ask, scheme_of
from webapp.services.guided_moves.steering import go_on, stop
from webapp.services.guided_moves.viewing import (
    AccountStep,
    MoveView,
    get_move,
    list_moves,
    open_move_of,
    service_to_move,
    view_move,
)

__all__ = [
    "AccountStep", "Gap", "MoveOrder", "MoveView", "Scheme", "advance", "advance_due", "ask", "get_move", "go_on",
    "list_moves", "open_move_of", "scheme_of", "service_to_move", "stop", "view_move",
]  # fmt: skip
